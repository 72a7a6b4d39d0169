"""A split for machines: JSON whose shape ``schemas/split.json`` promises."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from safemigrate.errors import SplitRefused, Undecided
from safemigrate.plan.answers import Asked, Pasted, pasted
from safemigrate.plan.files import RevisionFile
from safemigrate.redact import redact
from safemigrate.report.text import relative

VERSION = 1


def split_json(files: Sequence[RevisionFile], asked: Sequence[Asked], *, written: bool, root: Path) -> str:
    """What became of a release, as one JSON document; paths are relative to *root*."""
    return _dumped(
        {
            "version": VERSION,
            "written": written,
            "files": [_file(file, root) for file in files],
            "questions": [_asked(each, root) for each in asked],
            "refused": None,
            "refusals": [],
            "paste": None,
        }
    )


def refusal_json(error: SplitRefused, *, given: Mapping[str, str], root: Path) -> str:
    """The same document for a release that is not split; *given* are the answers of the command line."""
    refusals = [_refusal(each, root) for each in error.each]
    paste = pasted(error.each, given)
    return _dumped(
        {
            "version": VERSION,
            "written": False,
            "files": [],
            "questions": [],
            "refused": refusals[0],
            "refusals": refusals,
            "paste": _pasted(paste, root) if paste else None,
        }
    )


def schema_path() -> Path:
    """Where the JSON Schema of both lies."""
    return Path(__file__).parent / "schemas" / "split.json"


def _file(file: RevisionFile, root: Path) -> dict[str, object]:
    return {
        "revision": file.revision,
        "phase": file.phase.value,
        "path": relative(file.path, root),
        "replaces": file.replaces,
        "text": file.text,
    }


def _asked(asked: Asked, root: Path) -> dict[str, object]:
    statement = asked.placed.statement
    return {
        "key": asked.question.key,
        "asks": asked.question.asks,
        "example": asked.question.example,
        "answer": asked.answer,
        "sql": redact(asked.sql),
        "path": relative(statement.path, root),
        "line": statement.line,
    }


def _refusal(error: SplitRefused, root: Path) -> dict[str, object]:
    return {
        "found": redact(error.found),
        "where": relative(Path(error.where), root) if error.where else None,
        "remedy": redact(error.remedy) or None,
        "question": _question(error) if isinstance(error, Undecided) else None,
    }


def _question(error: Undecided) -> dict[str, object]:
    return {
        "key": error.key,
        "asks": error.asks,
        "example": error.example,
        "sql": redact(error.sql),
        "required": error.required,
    }


def _pasted(paste: Pasted, root: Path) -> dict[str, object]:
    return {
        "options": paste.options,
        "declarations": [
            {"path": relative(Path(file), root), "text": text} for file, text in paste.declarations.items()
        ],
    }


def _dumped(document: dict[str, object]) -> str:
    return json.dumps(document, indent=2) + "\n"
