"""drop-function: see drop_function.md."""

from __future__ import annotations

from collections.abc import Iterator

from safemigrate.rulebook import Hazard, Hit, Refusal, Site, Split
from safemigrate.rulebook.calls import same_result, takes, takes_as_many
from safemigrate.rulebook.net import begun
from safemigrate.rulebook.objects import called_by, is_known, made_later
from safemigrate.rulebook.shapes import put_off
from safemigrate.schema import Answer
from safemigrate.schema.objects import Function, same_arguments
from safemigrate.schema.operations import CreateFunction, DropObject

BREAKS = frozenset({Hazard.BREAKS_OLD})


def check(site: Site) -> Iterator[Hit]:
    """The old version calls it by its name, unless the transaction makes it anew."""
    op = _operation(site)
    if not is_known(site, op.kind, op.name, if_exists=op.if_exists):
        return
    if op.if_exists and site.before.complete and not site.before.overloads(op.name, op.arguments):
        # others of the name stay
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
    """What the function made later in the transaction is not: one that takes every call, and gives what the old gave.

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
    if len(functions) < len(made):
        return ()
    taker = next((later for later in functions if arguments is None or takes(later, arguments)), None)
    if arguments is None or taker is not None:
        return _given(site, taker or functions[-1])
    old, new = ", ".join(arguments), ", ".join(functions[-1].arguments)
    message = f"A call of the old version with ({old}) may not find the new {op.name}, which takes ({new})."
    return (Hit(BREAKS, certain=False, message=message),)


def _takes_its_place(site: Site) -> bool:
    """Whether one of the same name and arguments follows, which cannot stand beside it."""
    op, arguments = _operation(site), _arguments(site)
    made = [later for later in made_later(site, op.kind, op.name) if isinstance(later, CreateFunction)]
    return any(arguments is None or same_arguments(later.arguments, arguments).possible for later in made)


def _given(site: Site, new: CreateFunction) -> tuple[Hit, ...]:
    """What a call gets from *new* that it did not get before. CALL gets the arguments."""
    old = _known(site)
    same = same_result(old.returns if old else "", new.returns)
    if same is Answer.YES or new.kind == "PROCEDURE":
        return ()
    if old is None or same is Answer.UNKNOWN:
        return (Hit(BREAKS, certain=False, message=f"Nobody can tell whether {new.name} returns what it returned."),)
    message = f"A call of the old version gets {new.returns} from {new.name}, where it got {old.returns}."
    return (Hit(BREAKS, message=message),)


def _arguments(site: Site) -> tuple[str, ...] | None:
    """The types that calls of the function give, None where they are not known."""
    arguments = _operation(site).arguments
    known = _known(site)
    return arguments if arguments is not None or known is None else known.arguments


def _known(site: Site) -> Function | None:
    """The function as the history made it, None where that is not known."""
    op = _operation(site)
    found = site.before.overloads(op.name, op.arguments)
    return found[0] if len(found) == 1 else None


def split(site: Site) -> Split | Refusal | None:
    """The same, when nobody calls it any more."""
    op = _operation(site)
    hits = list(check(site))
    if not hits:
        return None
    if Hazard.FAILS in hits[0].hazards:
        return Refusal(hits[0].message, "Drop the trigger first.")
    if _takes_its_place(site):
        return Refusal(
            f"The old version calls {op.name} as it was.",
            "Make the new one under a name of its own (with _v2 behind it), and drop the old one a release later.",
        )
    return put_off(
        site,
        f"drops the {op.kind.lower()} {op.name}",
        deploy=f"the version that no longer calls {op.name}",
        proof=f"No running version calls {op.name}.",
    )


def _operation(site: Site) -> DropObject:
    assert isinstance(site.operation, DropObject)
    return site.operation
