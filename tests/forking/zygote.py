"""A Python that has imported what the processes of the tests import, and forks one for each client that asks.

To import SQLAlchemy and Alembic is most of what ``alembic upgrade`` costs on a small history, half a second of a
processor, and a fork has imported them. It sees what a new process would see: the client's arguments, variables,
folder and descriptors, and no module of a project that another one had loaded.

Started as ``python -u -P zygote.py SOCKET WRAPPER`` by a process whose end closes our standard input.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import marshal
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

import safemigrate

#: how the names of modules end that a fork runs: what they register may be registered once
_PROGRAMS = ("_child", ".__main__", ".pytest_plugin")
#: beside all else that is ours
PRELOADED = ("alembic.autogenerate", "alembic.config", "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.orm")

# a guard may take it away from a fork
_LEAVE = os._exit


@dataclass(frozen=True)
class Request:
    """What a client asks for, and the descriptors it gives, in the order of their numbers at the client."""

    arguments: Sequence[str]
    folder: bytes
    variables: dict[bytes, bytes]
    numbers: Sequence[int]
    given: Sequence[int]


def main(address: str, wrapper: str) -> None:
    """Serve until our standard input ends."""
    ours = (module.name for module in pkgutil.walk_packages(safemigrate.__path__, "safemigrate."))
    for name in (*PRELOADED, *ours):
        if not name.endswith(_PROGRAMS):
            importlib.import_module(name)
    sys.executable = wrapper
    # nothing of this is garbage, and to look at it would copy it into each fork
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as selector:
        listener.bind(address)
        listener.listen(64)
        selector.register(sys.stdin, selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ, lambda: _begin(listener, selector))
        print("ready", flush=True)
        # one at a time: what is done for an event may close what the next one is about
        while act := selector.select()[0][0].data:
            act()


def _begin(listener: socket.socket, selector: selectors.BaseSelector) -> None:
    link, _ = listener.accept()
    request = _received(link)
    pid = os.fork()
    if pid == 0:
        _become(request)
    for descriptor in request.given:
        os.close(descriptor)
    _Fork(pid, link, selector)


class _Fork:
    """A fork that runs, with the link to its client: what ends one ends the other, and signals are passed on."""

    def __init__(self, pid: int, link: socket.socket, selector: selectors.BaseSelector) -> None:
        self._pid = pid
        self._link = link
        self._ended = os.pidfd_open(pid)
        self._selector = selector
        selector.register(self._ended, selectors.EVENT_READ, self._end)
        selector.register(link, selectors.EVENT_READ, self._signal)

    def _signal(self) -> None:
        number = self._link.recv(1)
        if not number:
            self._selector.unregister(self._link)
        os.kill(self._pid, number[0] if number else signal.SIGKILL)

    def _end(self) -> None:
        _, status = os.waitpid(self._pid, 0)
        self._selector.unregister(self._ended)
        os.close(self._ended)
        if self._link in self._selector.get_map():
            self._selector.unregister(self._link)
        with self._link, contextlib.suppress(BrokenPipeError):
            self._link.sendall(status.to_bytes(4, "big"))


def _received(link: socket.socket) -> Request:
    size, given, _, _ = socket.recv_fds(link, 8, 64)
    with link.makefile("rb") as stream:
        arguments, folder, variables, numbers = marshal.loads(stream.read(int.from_bytes(size, "big")))
    return Request(arguments, folder, variables, numbers, given)


def _become(request: Request) -> NoReturn:
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        os.chdir(request.folder)
        os.environb.clear()
        os.environb.update(request.variables)
        _take_descriptors(request)
        time.tzset()
        code = _run(list(request.arguments))
    finally:
        _LEAVE(code)


def _take_descriptors(request: Request) -> None:
    """Gives the client's descriptors the numbers that they have there, and closes ours.

    The streams stay the same objects, since a module may hold one from its import on.
    """
    beyond = max(*request.numbers, *request.given) + 1
    moved = [os.dup2(descriptor, beyond + place) for place, descriptor in enumerate(request.given)]
    os.closerange(0, beyond)
    for descriptor, number in zip(moved, request.numbers, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)


def _run(arguments: list[str]) -> int:
    """What Python does with its arguments; its exit code."""
    safe = arguments[0] == "-P" or bool(os.environ.get("PYTHONSAFEPATH"))
    if arguments[0] == "-P":
        del arguments[0]
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    flag = arguments[0] if arguments[0] in ("-c", "-m") else ""
    program = arguments.pop(1) if flag else arguments[0]
    own = [] if safe else [{"-c": "", "-m": os.getcwd()}.get(flag, os.path.dirname(os.path.abspath(program)))]
    sys.path[:0] = own + list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    sys.argv[:] = arguments
    try:
        _become_main(flag, program)
        code = 0
    except SystemExit as ended:
        code = _code(ended)
    except BaseException:
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return code


def _become_main(flag: str, program: str) -> None:
    match flag:
        case "-c":
            main = sys.modules["__main__"] = ModuleType("__main__")
            exec(compile(program, "<string>", "exec"), vars(main))  # noqa: S102
        case "-m":
            # what was imported with others runs once more as the main module
            sys.modules.pop(program, None)
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        case _:
            runpy.run_path(program, run_name="__main__")


def _code(ended: SystemExit) -> int:
    if ended.code is None:
        return 0
    if isinstance(ended.code, int):
        return ended.code & 0xFF
    print(ended.code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    main(*sys.argv[1:])
