"""drop-function: see drop_function.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.calls import takes, takes_as_many
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.objects import called_by, is_known, made_later
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema.operations import CreateFunction, DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version calls it by its name, unless the transaction makes it anew."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    if (again := _made_again(site)) is not None:
        yield from again
        return
    triggers = called_by(site.before, op.name)
    if triggers and not op.cascade:
        yield Hit(frozenset({Hazard.FAILS}), message=f"PostgreSQL refuses to drop {op.name}: {triggers[0]} calls it.")
    elif triggers:
        yield Hit(BREAKS, message=f"CASCADE drops {' and '.join(triggers)}, which the old version's writes rely on.")
    elif not called_by(begun(site), op.name):
        # no statement can call the function of a trigger, so drop-trigger has said all there is to say
        yield Hit(BREAKS)


def _made_again(site: Site) -> tuple[Hit, ...] | None:
    """What the function made later in the transaction is not: one that takes every call of the old one.

    None where the transaction makes none that takes as many arguments.
    """
    op = _operation(site)
    arguments = _arguments(site)
    made = [
        later
        for later in made_later(site, op.kind, op.name)
        if arguments is None or not isinstance(later, CreateFunction) or takes_as_many(later, arguments)
    ]
    if not made:
        return None
    functions = [later for later in made if isinstance(later, CreateFunction)]
    if arguments is None or len(functions) < len(made) or any(takes(later, arguments) for later in functions):
        return ()
    old, new = ", ".join(arguments), ", ".join(functions[-1].arguments)
    message = f"A call of the old version with ({old}) may not find the new {op.name}, which takes ({new})."
    return (Hit(BREAKS, certain=False, message=message),)


def _arguments(site: Site) -> tuple[str, ...] | None:
    """The types that calls of the function give, None where they are not known."""
    op = _operation(site)
    if op.arguments is not None:
        return op.arguments
    known = site.before.functions_named(op.name)
    return known[0].arguments if len(known) == 1 else None


def split(site: Site) -> Split | Refusal | None:
    """The same, when nobody calls it any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Drop the trigger first.")
    return put_off(
        site,
        f"drops the {op.kind.lower()} {op.name}",
        deploy=f"the version that no longer calls {op.name}",
        proof=f"No running version calls {op.name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
