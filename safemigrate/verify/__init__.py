"""Really run it: both versions of an application, and the examples of the rules' pages, on a real PostgreSQL.

In: pages, versions and a throw-away server. Out: verdicts, with what PostgreSQL said. Nothing here decides what a
hazard is or how a change is split; it asks PostgreSQL whether those who do are right.

    observe    the locks a statement takes and the work it does, as the server tells them
    pages      the five tests of a rule's page, for our rules and a user's own
"""
