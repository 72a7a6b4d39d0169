"""Changes to revision files (split), and revision files to a plan of steps laid over the waves of a rollout.

In: runs of revisions. Out: revision files as text, and Plan(Step). A plan comes only from revision files, so that
what was reviewed is what runs. Nothing here touches a database.
"""
