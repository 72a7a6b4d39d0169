"""A verification for machines: JSON whose shape ``schemas/verify.json`` promises."""

from __future__ import annotations

import json
from pathlib import Path

from safemigrate.redact import redact
from safemigrate.report.text import relative
from safemigrate.verify.matrix import NEW, OLD, Cell, Matrix, Stop
from safemigrate.verify.outcome import Failure, Note, Refusal
from safemigrate.verify.state import State

VERSION = 1


def matrix_json(matrix: Matrix, *, root: Path) -> str:
    """The matrix as one JSON document; paths are relative to *root*."""
    versions = matrix.versions
    document = {
        "version": VERSION,
        "verdict": matrix.verdict.value,
        "postgres": matrix.postgres,
        "phased": matrix.phased,
        "old": _version(versions.old, versions.old_revision, matrix.statements.get(OLD, 0)),
        "new": _version(versions.new, versions.new_revision, matrix.statements.get(NEW, 0)),
        "states": [_state(state, root) for state in matrix.states],
        "cells": [_cell(cell) for cell in matrix.cells],
        "refused": _stop(matrix.stop) if matrix.stop else None,
        "rollback_blocked_after": matrix.blocked.state.step if matrix.blocked else None,
        "seconds": round(matrix.seconds, 2),
    }
    return json.dumps(document, indent=2) + "\n"


def schema_path() -> Path:
    """Where the JSON Schema of matrix_json() lies."""
    return Path(__file__).parent / "schemas" / "verify.json"


def _version(name: str, revision: str, statements: int) -> dict[str, object]:
    return {"name": name, "revision": revision or None, "statements": statements}


def _state(state: State, root: Path) -> dict[str, object]:
    return {
        "name": state.name,
        "stage": state.stage.value,
        "phase": state.phase.value if state.phase else None,
        "step": state.step or None,
        "half": state.half,
        "title": state.title,
        "path": relative(state.path, root) if state.path else None,
        "line": state.line if state.path else None,
    }


def _cell(cell: Cell) -> dict[str, object]:
    return {
        "state": cell.state.name,
        "version": cell.version,
        "role": cell.role.value,
        "verdict": cell.verdict.value,
        "ran": cell.ran,
        "planned": cell.planned,
        "failures": [_failure(each) for each in cell.failures],
        "unproven": [_note(each) for each in cell.unproven],
        "surprises": [_note(each) for each in cell.surprises],
    }


def _failure(failure: Failure) -> dict[str, object]:
    subject = failure.subject
    return {
        "entity": subject.entity,
        "kind": subject.kind,
        "about": subject.about,
        "sql": redact(failure.sql) or None,
        "sqlstate": failure.sqlstate or None,
        "message": redact(failure.message),
    }


def _note(note: Note) -> dict[str, object]:
    subject = note.subject
    return {"entity": subject.entity, "kind": subject.kind, "about": subject.about, "message": redact(note.message)}


def _stop(stop: Stop) -> dict[str, object]:
    refusal: Refusal = stop.refusal
    return {
        "state": stop.state.name,
        "step": stop.state.step,
        "sqlstate": refusal.sqlstate or None,
        "message": redact(refusal.message),
    }
