"""The show: one release rolled out twice over real traffic, plainly and with safemigrate.

In:   how many processes, rows and seconds, and a narrator who tells what happens.
Out:  a `Show`: what both runs measured, and whether the second kept what it promises.

Everything is real: a throw-away server, the shop's two versions as processes of their own, `alembic` and
`safemigrate` as the commands that a person would type. What was measured is what is shown, whatever it is.

    shop        the example project, copied to where it may be written
    leash       the script around each process, which ends with the demo however that ends
    commands    a program of the project, run to its end
    fleet       the processes that serve traffic
    log         what they wrote down: operations, failures, facts
    ledger      whether the database says what they wrote
    watch       who waits for a lock of the migration, and for how long
    reader      the long transaction that stands in a migration's way
    stage       one run's fleet, watch and database in one hand
    rollout     the two ways to roll the release out
    result      what was measured, and the judgement
    table       the same for people, and as JSON
    show        the whole evening

Printing is the command line's.
"""
