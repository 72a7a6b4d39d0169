"""Starts the zygote, and writes the program that stands in for ``python``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

HERE = Path(__file__).parent


@contextmanager
def started() -> Iterator[Path]:
    """A program to start in place of ``sys.executable``: what it runs is forked, see zygote.py."""
    # not pytest's own folder: the name of a socket is short
    with tempfile.TemporaryDirectory(prefix="safemigrate-forking-", dir="/tmp") as folder:
        address, wrapper = Path(folder, "socket"), Path(folder, "python")
        command = f"exec {quote(sys.executable)} -I -S {quote(str(HERE / 'client.py'))} {quote(str(address))}"
        wrapper.write_text(f'#!/bin/sh\n{command} "$@"\n')
        wrapper.chmod(0o755)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        zygote = subprocess.Popen(
            [sys.executable, "-u", "-P", HERE / "zygote.py", address, wrapper],
            env={**environment, "PYTHONHASHSEED": "0"},
            stdin=subprocess.PIPE,
            # pipes, since Python remembers of its streams that a file can be wound back
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        with zygote:
            assert zygote.stdout is not None
            first = zygote.stdout.readline()
            assert first == b"ready\n", (first + zygote.stdout.read()).decode()
            yield wrapper
