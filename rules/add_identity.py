"""add-identity: see add_identity.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Answer, Generation
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import AddIdentity, ChangeIdentity, DropObject, Query

BREAKS = frozenset({Hazard.BREAKS_OLD})
FAILS = frozenset({Hazard.FAILS})
_ALWAYS = "SET GENERATED ALWAYS"


def check(site: Site) -> Iterator[Hit]:
    """GENERATED ALWAYS refuses a value that is given; an identity that begins at 1 gives one that is taken."""
    op = _operation(site)
    if site.is_new(op.table):
        return
    column = site.before.column(op.table, op.column)
    if isinstance(op, ChangeIdentity):
        if _ALWAYS in op.options.upper() and column.generation is not Generation.IDENTITY_ALWAYS:
            yield Hit(BREAKS)
        return
    refused = _refused(op, site)
    if refused:
        yield Hit(FAILS, message=refused)
        return
    if op.generation is Generation.IDENTITY_ALWAYS and not site.before.is_new_column(op.table, op.column):
        yield Hit(BREAKS)
    if _begins_anew(op, site):
        yield from _taken_numbers(op, site)


def split(site: Site) -> Split | Refusal | None:
    """BY DEFAULT while a version may still give the value; ALWAYS when none does."""
    op = _operation(site)
    if not any(Hazard.BREAKS_OLD in hit.hazards or Hazard.FAILS in hit.hazards for hit in check(site)):
        return None
    name = _name(op)
    deploy, proof = f"the version that never gives {name} a value", f"No running version gives {name} a value."
    if isinstance(op, ChangeIdentity):
        return put_off(site, f"makes {name} GENERATED ALWAYS", deploy=deploy, proof=proof)
    refused = _refused(op, site)
    if refused:
        return Refusal(refused, "Change the column in this revision first.")
    if _begins_anew(op, site) and any(_taken_numbers(op, site)):
        return Refusal(
            f"The identity of {name} begins at 1, below the numbers that are taken.",
            "Give it a START WITH beyond them, or set its sequence in the same transaction; the sequence of a serial "
            "must be dropped before, or pg_get_serial_sequence() names that one.",
        )
    return Split(
        consumes=frozenset({site.position}),
        change=f"makes {name} an identity",
        expand=((replace(op, generation=Generation.IDENTITY_BY_DEFAULT),),),
        contract=((ChangeIdentity(op.table, op.column, _ALWAYS),),),
        deploy=deploy,
        proof=proof,
    )


def _refused(op: AddIdentity, site: Site) -> str:
    """Why PostgreSQL does not take it, empty where it does."""
    column = site.before.column(op.table, op.column)
    if column.nullable is Answer.YES:
        return f"An identity must be NOT NULL, and {_name(op)} is not."
    if column.has_default.certain:
        return f"{_name(op)} has a default, which must be dropped in the same transaction before it gets an identity."
    return ""


def _taken_numbers(op: AddIdentity, site: Site) -> Iterator[Hit]:
    """What numbers from 1 on do to the old version, if it left the column out, else to the new one."""
    begun = site.in_transaction[0].before.column(op.table, op.column)
    message = f"The numbers begin at 1, so a row that leaves out {_name(op)} gets one that is taken."
    if begun.has_default.certain:
        yield Hit(BREAKS, message=message)


def _begins_anew(op: AddIdentity, site: Site) -> bool:
    """Whether nothing in the transaction tells the sequence where to begin."""
    told = re.search(r"\b(START|RESTART|MINVALUE)\b", op.options, re.IGNORECASE)
    return not told and not any(_sets_sequence(p.operation, op, site) for p in site.in_transaction)


def _sets_sequence(operation: object, op: AddIdentity, site: Site) -> bool:
    match operation:
        case Query(text=text):
            # while the sequence of the serial is there, it is the one that PostgreSQL finds for the column
            finds = "pg_get_serial_sequence" not in text.lower() or not _keeps_sequence(op, site)
            return finds and re.search(r"\bsetval\s*\(", text, re.IGNORECASE) is not None
        case ChangeIdentity(column=op.column, options=options):
            return "RESTART" in options.upper()
        case _:
            return False


def _keeps_sequence(op: AddIdentity, site: Site) -> bool:
    begun = site.in_transaction[0].before.column(op.table, op.column)
    dropped = any(isinstance(p.operation, DropObject) and p.operation.kind == "SEQUENCE" for p in site.in_transaction)
    return begun.generation is Generation.SERIAL and not dropped


def _name(op: AddIdentity | ChangeIdentity) -> str:
    return f"{op.table}.{quoted(op.column)}"


def _operation(site: Site) -> AddIdentity | ChangeIdentity:
    assert isinstance(site.operation, AddIdentity | ChangeIdentity)
    return site.operation
