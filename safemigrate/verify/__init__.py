"""Really run it: both versions of an application, and the examples of the rules' pages, on a real PostgreSQL.

In: pages, versions and a throw-away server. Out: verdicts, with what PostgreSQL said. Nothing here decides what a
hazard is or how a change is split; it asks PostgreSQL whether those who do are right.

    version        finds a version at a git ref or in a folder, and loads it in a process of its own
    models_child, models, types
                   that process: from mapped classes to statements (SQLAlchemy and the standard library only)
    workload       what it told: entities, attributes, statements; recorded adds those of a file
    values         made-up values for each type; checks those that a CHECK constraint lists
    release        the revisions between two versions, and their steps
    state, states  the schema between two steps, each a database
    session        sends a version's statements as they are, and plans them
    application    a version at work: its objects made, changed and read
    cell           one version on one state
    cross          what one version writes is what the other reads
    outcome, matrix
                   what came of it, and the verdicts
    verification   all of it together

    observe        the locks a statement takes and the work it does, as the server tells them
    pages, pages_on_server, story
                   the five tests of a rule's page, for our rules and a user's own
"""
