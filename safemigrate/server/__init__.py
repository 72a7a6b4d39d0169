"""A throw-away PostgreSQL server over any folder of PostgreSQL programs.

In:   a folder that holds `postgres` and `initdb` (or nothing: `find_bin` looks for one), and settings.
Out:  a running `Server`, its databases made, cloned and dropped in milliseconds, and their URLs.

The server listens on a socket in a private folder, trusts whoever can reach it, writes nothing safely and
is gone with the process that started it, however that ends. It speaks a time zone that is not UTC, since
UTC hides table rewrites. What to run on it, and what its answers mean, is decided elsewhere.

    binaries    finds the programs and tells their version
    account     decides who runs them, since PostgreSQL refuses root
    cache       folders that outlive a run, and their locks
    cluster     a fresh data directory, from a template where there is one
    process     starts and stops one postmaster
    guard       the small process beside it that cleans up when its starter dies
    session     the connection that makes and drops databases
    server      databases
"""

from safemigrate.server.binaries import Binaries, find_bin
from safemigrate.server.server import Server, start

__all__ = ["Binaries", "Server", "find_bin", "start"]
