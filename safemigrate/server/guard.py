"""Runs one program for as long as the process that started us lives, then removes its folders.

A script with the standard library only, started as `python guard.py '{"command": …}'`. It holds the reading
end of a pipe whose writing end only the starter has: a line on it means go, its end means that the starter has
stopped us or has died, by kill -9 as well.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from typing import TypedDict

PATIENCE_SECONDS = 10
PR_SET_PDEATHSIG = 1


class Task(TypedDict):
    """What the starter asks for: a command, its account, what it inherits, and the folders to remove."""

    command: list[str]
    uid: int | None
    gid: int | None
    groups: list[int] | None
    descriptors: list[int]
    folders: list[str]


def main(task: Task) -> None:
    if sys.stdin.readline():
        _run(task)
    _remove(task["folders"])


def _run(task: Task) -> None:
    try:
        program = subprocess.Popen(
            task["command"],
            user=task["uid"],
            group=task["gid"],
            extra_groups=task["groups"],
            pass_fds=task["descriptors"],
            stdin=subprocess.DEVNULL,
            cwd="/",
            preexec_fn=_die_with_guard if sys.platform == "linux" else None,
        )
    except OSError as error:
        print(f"{task['command'][0]}: {error}", file=sys.stderr)
        return
    ended = threading.Event()

    def stop(*_: object) -> None:
        threading.Thread(target=_stop, args=(program, ended), daemon=True).start()

    def stop_when_orphaned() -> None:
        sys.stdin.read()
        stop()

    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=stop_when_orphaned, daemon=True).start()
    program.wait()
    ended.set()


def _stop(program: subprocess.Popen[bytes], ended: threading.Event) -> None:
    # to postgres these mean: disconnect everybody and stop; stop now; and at last the kernel's word
    for request in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        program.send_signal(request)
        if ended.wait(PATIENCE_SECONDS):
            return


def _die_with_guard() -> None:
    """Runs in the child: if we are killed with -9 ourselves, postgres stops at once."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _remove(folders: list[str]) -> None:
    """Removes *folders*, again while some process that is about to end still writes there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(os.path.exists(folder) for folder in folders) and time.monotonic() < deadline:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if any(os.path.exists(folder) for folder in folders):
            time.sleep(0.02)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
