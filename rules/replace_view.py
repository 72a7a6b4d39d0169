"""replace-view: see replace_view.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Placed, Refusal, Site, Split
from safemigrate.rulebook.net import begun, left
from safemigrate.schema import Schema
from safemigrate.schema.name import quoted, says
from safemigrate.schema.objects import Made, View
from safemigrate.schema.operations import CreateView, DropObject, Grant, Revoke
from safemigrate.sql import condition_of, is_writable, read, selects_less

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version names the columns of the view that it knows."""
    op = _operation(site)
    there = site.before.view(op.name)
    if there is not None and op.or_replace:
        yield from _replaced(site, there)
    elif _dropped_here(site):
        yield from _made_anew(site)


def split(site: Site) -> Split | Refusal | None:
    """A view that only loses columns waits for contract; others cannot stand side by side under one name."""
    op = _operation(site)
    if not any(check(site)):
        return None
    return _less(site) or Refusal(
        f"The old version reads {op.name} as it was.",
        "Make the new view under a name of its own (with _v2 behind it), and drop the old one a release later.",
    )


def _less(site: Site) -> Split | None:
    """The view as it was until the old version is gone, where the new one finds in it all that it reads."""
    op, start = _operation(site), begun(site)
    old = start.view(op.name)
    texts = start.made.get(_key(old), ()) if old is not None else ()
    if old is None or not texts or not _dropped_here(site) or not selects_less(texts[0], op.text):
        return None
    mine = {i for i, placed in enumerate(site.run.operations) if _is_about(placed, old)}
    others = [placed for i, placed in enumerate(site.run.operations) if i not in mine]
    if any(says(placed.operation.sql(), old.name.name) for placed in (*others, *site.ahead)):
        return None
    gone = ", ".join(quoted(column) for column in old.columns if column not in op.columns)
    return Split(
        consumes=frozenset(mine),
        change=f"takes {gone} out of the view {op.name}",
        contract=(tuple(site.run.operations[i].operation for i in sorted(mine)),),
        deploy=f"the version that no longer reads {gone} of {op.name}",
        proof=f"No running version reads {gone} of {op.name}.",
    )


def _is_about(placed: Placed, view: View) -> bool:
    """Whether the operation drops the view, makes it anew, or says who may do what with it."""
    match placed.operation:
        case DropObject(kind="VIEW", name=name, cascade=False) | CreateView(kind="VIEW", name=name):
            return placed.before.resolve(name) == view.name
        case Grant(on="TABLE", names=(name,)):
            return placed.before.resolve(name) == view.name
        case _:
            return False


def _replaced(site: Site, old: View) -> Iterator[Hit]:
    """PostgreSQL itself sees to it that no column goes."""
    op, new = _operation(site), site.after.view(_operation(site).name)
    if new is None or old.born == site.before.revision:
        return
    if old.columns and new.columns and new.columns[: len(old.columns)] != old.columns:
        yield Hit(
            frozenset({Hazard.FAILS}),
            message=f"CREATE OR REPLACE VIEW can only add columns behind those that {op.name} has: drop it first.",
        )
    else:
        yield from _unwritable(site, old)
        yield from _other_rows(site, old)


def _made_anew(site: Site) -> Iterator[Hit]:
    op, start = _operation(site), begun(site)
    old, new = start.view(op.name), site.after.view(op.name)
    if new is None or (old is None and start.complete):
        return
    if old is None or not (old.columns and new.columns):
        yield Hit(BREAKS, certain=False, message=f"Nobody can tell whether {op.name} has all the columns it had.")
        return
    gone = [quoted(column) for column in old.columns if column not in new.columns]
    if gone:
        yield Hit(BREAKS, message=f"{op.name} has no {' and no '.join(gone)} any more, which the old version reads.")
    else:
        yield from _unwritable(site, old)
        yield from _other_rows(site, old)
        yield from _ungranted(site, old)


def _unwritable(site: Site, old: View) -> Iterator[Hit]:
    op, texts = _operation(site), begun(site).made.get(_key(old), ())
    if not old.materialized and texts and is_writable(texts[0]) and not is_writable(op.text):
        yield Hit(BREAKS, certain=False, message=f"PostgreSQL let one write to {op.name}, and does not any more.")


def _other_rows(site: Site, old: View) -> Iterator[Hit]:
    """Another condition over the same tables lets other rows pass."""
    op, texts = _operation(site), begun(site).made.get(_key(old), ())
    was, now = condition_of(texts[0]) if texts else None, condition_of(op.text)
    if was is None or now is None or was == now or set(map(site.before.resolve, op.tables)) != set(old.tables):
        return
    yield Hit(BREAKS, certain=False, message=f"{op.name} has another condition, so the old version reads other rows.")


def _ungranted(site: Site, old: View) -> Iterator[Hit]:
    """DROP takes the privileges along, and CREATE brings none back."""
    again = {role for grant in _grants(left(site), old) for role in grant.roles}
    for grant in _grants(begun(site), old):
        if not again.issuperset(grant.roles):
            yield Hit(
                BREAKS,
                certain=False,
                message=f"DROP takes the privileges on {old.name} along: {grant.text} brings them back.",
            )
            return


def _grants(schema: Schema, view: View) -> Iterator[Grant]:
    """The GRANTs that a view was given, as far as they are remembered."""
    for text in schema.made.get(_key(view), ())[1:]:
        yield from (op for op in read(text) if isinstance(op, Grant) and not isinstance(op, Revoke))


def _key(view: View) -> Made:
    return Made("MATERIALIZED VIEW" if view.materialized else "VIEW", view.name)


def _dropped_here(site: Site) -> bool:
    """Whether the revision dropped a view of that name before."""
    op = _operation(site)
    return any(
        isinstance(placed.operation, DropObject)
        and placed.operation.kind in ("VIEW", "MATERIALIZED VIEW")
        and placed.before.resolve(placed.operation.name) == site.after.resolve(op.name)
        for placed in site.run.operations[: site.position]
    )


def _operation(site: Site) -> CreateView:
    assert isinstance(site.operation, CreateView)
    return site.operation
