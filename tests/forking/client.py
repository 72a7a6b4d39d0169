"""Stands in for a Python that was started: has the zygote fork it, and ends as the fork ended.

Started by the wrapper as ``python -I -S client.py SOCKET ARGUMENT…``. What a fork cannot imitate (``-I``, a variable
that Python reads as it starts) is run by a new Python. Only built-in modules are imported: to start this is
all that a process costs.
"""

import _signal
import _socket
import marshal
import posix
import sys

#: variables of Python's own that the zygote obeys
OBEYED = {
    b"PYTHONDONTWRITEBYTECODE",
    b"PYTHONHASHSEED",
    b"PYTHONPATH",
    b"PYTHONSAFEPATH",
    b"PYTHONUNBUFFERED",
}


def forkable(arguments: list[str]) -> bool:
    """Whether a fork can imitate them (code, a module or a script, behind ``-P`` or not) and our variables."""
    first = arguments[1:] if arguments[:1] == ["-P"] else arguments
    known = bool(first) and (first[0].endswith(".py") or (first[0] in ("-c", "-m") and len(first) > 1))
    own = {name for name in posix.environ if name.startswith(b"PYTHON")}
    return known and own <= OBEYED and posix.environ.get(b"PYTHONHASHSEED", b"0") == b"0"


def asked(address: str, arguments: list[str]) -> int:
    """The wait status of a fork that runs *arguments* with our descriptors, folder and variables, and our signals."""
    numbers = sorted(number for number in map(int, posix.listdir("/proc/self/fd")) if is_open(number))
    link = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    link.connect(address)
    request = marshal.dumps((arguments, posix.getcwdb(), dict(posix.environ), numbers))
    packed = b"".join(number.to_bytes(4, sys.byteorder) for number in numbers)
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, packed)]
    link.sendmsg([len(request).to_bytes(8, "big")], rights)
    link.sendall(request)
    for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, lambda number, _: link.sendall(bytes([number])))
    return int.from_bytes(link.recv(4), "big")


def is_open(number: int) -> bool:
    """Whether it is a descriptor still: that of the listing itself is not."""
    try:
        posix.fstat(number)
    except OSError:
        return False
    return True


def end_by(number: int) -> None:
    """Ends this process by the signal that ended the fork."""
    if number != _signal.SIGKILL:
        _signal.signal(number, _signal.SIG_DFL)
    posix.kill(posix.getpid(), number)


def main() -> None:
    address, *arguments = sys.argv[1:]
    if not forkable(arguments):
        posix.execv(sys.executable, [sys.executable, *arguments])
    status = asked(address, arguments)
    if posix.WIFSIGNALED(status):
        end_by(posix.WTERMSIG(status))
    posix._exit(posix.WEXITSTATUS(status))


main()
