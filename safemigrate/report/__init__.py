"""Values to text: findings, plans and verdicts for people and for machines.

In: the values of the folders above. Out: strings, or lines of styled text. Nothing is judged, read or run here,
and printing is the command line's.
"""
