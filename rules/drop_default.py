"""drop-default: see drop_default.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Site, Split
from safemigrate.rulebook.net import column_goes, column_in_the_end, left
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Answer
from safemigrate.schema.name import quoted
from safemigrate.schema.operations import DropDefault, DropExpression, DropIdentity, SetDefault, SetNotNull

BREAKS = frozenset({Hazard.BREAKS_OLD})
_Dropping = DropDefault | DropIdentity | DropExpression | SetDefault


def check(site: Site) -> Iterator[Hit]:
    """What the old version leaves out must come from somewhere until it is gone."""
    op = _operation(site)
    before = site.before
    if isinstance(op, DropDefault) and (view := before.view(op.table)) is not None:
        # which defaults a view has is not known
        if view.born != before.revision:
            yield Hit(
                BREAKS,
                certain=False,
                message=f"An INSERT of the old version into {op.table} that leaves out {quoted(op.column)} has none.",
            )
        return
    if isinstance(op, SetDefault) and not op.default.is_null_constant:
        return
    if before.is_new(op.table) or not before.column(op.table, op.column).has_default.possible:
        return
    # a transaction is judged by its net change
    end, name = left(site), column_in_the_end(site, op.table, op.column)
    column = end.column(*name)
    if column_goes(site, op.table, op.column) or column.has_default.certain:
        return
    required = column.nullable is not Answer.YES or end.not_null_check(*name) is not None
    if before.is_new_column(op.table, op.column):
        # set-not-null tells what it means for the old version that a new column becomes required
        if required and not _made_required_here(site):
            yield Hit(BREAKS)
    elif required:
        yield Hit(BREAKS)
    else:
        yield Hit(
            BREAKS,
            certain=False,
            message=f"Where the old version leaves out {_name(op)}, NULL is stored from now on.",
        )


def split(site: Site) -> Split | None:
    """The same, when nobody leaves the column out any more."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return put_off(
        site,
        f"takes the default from {_name(op)}",
        deploy=f"the version that always writes {_name(op)}",
        proof=f"Every running version writes {_name(op)}.",
    )


def _made_required_here(site: Site) -> bool:
    op = _operation(site)
    return any(
        isinstance(p.operation, SetNotNull)
        and p.operation.column == op.column
        and p.before.same(p.operation.table, op.table)
        for p in site.in_transaction
    )


def _name(op: _Dropping) -> str:
    return f"{op.table}.{quoted(op.column)}"


def _operation(site: Site) -> _Dropping:
    assert isinstance(site.operation, _Dropping)
    return site.operation
