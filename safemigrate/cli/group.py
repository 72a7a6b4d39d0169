"""The group of commands: each is imported on demand, and what goes wrong becomes one line and an exit code."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TextIO

import click

import safemigrate
from safemigrate.errors import SafemigrateError

#: what --help shows, so that showing it imports no command
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Every day": {
        "lint": "Find what breaks, blocks or loses data in new revisions.",
        "split": "Write the safe form of a revision: expand, migrate, contract.",
        "verify": "Run the old and the new version on every schema of the rollout.",
        "explain": "Say what a revision locks and breaks, or why a rule warns.",
    },
    "Deploy": {
        "plan": "Lay the steps over the phases and waves of a rollout.",
        "apply": "Run one phase on a live database.",
        "status": "Say what has run and what is left.",
        "can-i": "Answer whether a phase may start, with evidence.",
    },
    "Rarely": {
        "init": "Set a project up: configuration, commit hook, CI.",
        "revision": "Write the revision for what changed in the models, split at once.",
        "defer": "Lead a new release past a contract that still waits.",
        "demo": "See a migration fail and its safe form pass, on your machine.",
        "rules": "List the rules, or test your own.",
        "config": "Show each setting and where it comes from.",
        "stats": "Write how large and busy tables are, for lint --stats.",
    },
}

USAGE = 2
INTERRUPTED = 130
#: as a shell calls what SIGPIPE ended: whoever read the output has seen enough
PIPE_CLOSED = 141


class CommandLine(click.Group):
    """Commands by section. A command lives in ``safemigrate.cli.<name>`` as ``command``."""

    def __init__(self, name: str, *, sections: Mapping[str, Mapping[str, str]], help: str) -> None:
        version = click.version_option(safemigrate.__version__, prog_name=name)
        super().__init__(name, help=help, no_args_is_help=True, context_settings={"max_content_width": 100})
        version(self)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for commands in self.sections.values() for name in commands if _exists(name)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command = importlib.import_module(_module(name)).command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from difflib import get_close_matches

            near = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f' Did you mean "{near[0]}"?' if near else " safemigrate --help lists the commands."
            raise click.UsageError(f'There is no command "{name}".{hint}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        known = self.list_commands(ctx)
        for section, commands in self.sections.items():
            rows = [(name, text) for name, text in commands.items() if name in known]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command. In standalone mode this does not return: it ends with the command's exit code."""
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=False, **extra)
        if not standalone_mode:
            return run()
        _prepare_streams()
        code = _exit_code(run)
        sys.exit(_flushed(code))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # click would take it for an exit code of 1, which says that there are findings
            raise _PipeClosed from error


class _PipeClosed(Exception):
    """Whoever read our output has gone."""


class _Closed(io.TextIOBase):
    """Standard output where the shell closed it: what is written there is an error, and not a crash."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")


def _prepare_streams() -> None:
    if sys.stdout is None:
        sys.stdout = _Closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # the name of a file may hold bytes that are no text, and a terminal may know ASCII only
            stream.reconfigure(errors="backslashreplace")


def _flushed(code: int) -> int:
    """*code*, or what it becomes when the last of the output cannot be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _silence(sys.stdout)
        if isinstance(error, BrokenPipeError):
            return PIPE_CLOSED
        _say(f"error: standard output: {_reason(error)}. {_remedy(error)}")
        return USAGE
    return code


def _silence(stream: TextIO) -> None:
    """Sends what *stream* still holds to nowhere, so that Python does not fail on it at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _exit_code(run: Callable[[], object]) -> int:
    """What *run* returns where that is a number, or the code of what it raises, which is told on stderr."""
    debug = bool(os.environ.get("SAFEMIGRATE_DEBUG"))
    try:
        returned = run()
    except SafemigrateError as error:
        if debug:
            _trace()
        _say(f"error: {error}")
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return USAGE
    except click.ClickException as error:
        _say("\n".join(_usage(error)))
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted: the same command again goes on.")
        return INTERRUPTED
    except _PipeClosed:
        _silence(sys.stdout)
        return PIPE_CLOSED
    except OSError as error:
        if debug:
            _trace()
        _say(f"error: {_place(error)}{_reason(error)}. {_remedy(error)}")
        if error.errno in _STREAM_ERRORS:
            _silence(sys.stdout)
        return USAGE
    except Exception as error:
        if debug:
            _trace()
        else:
            _say(f"this is a bug in safemigrate: {type(error).__name__}: {error}")
            _say("Run it again with SAFEMIGRATE_DEBUG=1 to see where, and report it with what it prints.")
        return USAGE
    return returned if isinstance(returned, int) else 0


#: what a write to a stream ends with, which names no file
_STREAM_ERRORS = frozenset({errno.ENOSPC, errno.EBADF, errno.EIO})


def _place(error: OSError) -> str:
    if isinstance(error.filename, str | bytes):
        return f"{os.fsdecode(error.filename)}: "
    return "standard output: " if error.errno in _STREAM_ERRORS else ""


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _remedy(error: OSError) -> str:
    room = error.errno in _STREAM_ERRORS
    return "Check that it is open and has room." if room else "Check that it is there and permitted."


def _usage(error: click.ClickException) -> Iterator[str]:
    yield f"error: {error.format_message()}"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        yield f"Run {error.ctx.command_path} --help to see how it is used."


def _trace() -> None:
    import traceback

    _say(traceback.format_exc())


def _say(text: str) -> None:
    from safemigrate.redact import redact

    click.echo(redact(text).rstrip(), err=True)


def _module(name: str) -> str:
    return f"safemigrate.cli.{name.replace('-', '_')}"


def _exists(name: str) -> bool:
    return importlib.util.find_spec(_module(name)) is not None


cli = CommandLine(
    "safemigrate",
    sections=SECTIONS,
    help="Schema changes without downtime for SQLAlchemy, Alembic and PostgreSQL.",
)
