"""Conditions: what they may come out as where some columns hold NULL, and which values they let pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product

from sqlglot import exp

from safemigrate.sql import trees

#: True, False or None for SQL's NULL; what is neither a truth value nor NULL may be either truth
Outcomes = frozenset[bool | None]

_SOME: Outcomes = frozenset({True, False})
_NULL: Outcomes = frozenset({None})
_ANY: Outcomes = frozenset({True, False, None})

# NULL in gives NULL out
_STRICT = (
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Add,
    exp.Sub,
    exp.Mul,
    exp.Div,
    exp.Mod,
    exp.Neg,
    exp.DPipe,
    exp.Like,
    exp.ILike,
    exp.SimilarTo,
    exp.RegexpLike,
    exp.RegexpILike,
    exp.Between,
    exp.Length,
    exp.Lower,
    exp.Upper,
    exp.Trim,
    exp.Abs,
    exp.Round,
    exp.Substring,
    exp.Left,
    exp.Right,
    exp.Extract,
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.StartsWith,
)


@lru_cache(maxsize=4096)
def outcomes(text: str, null: frozenset[str]) -> Outcomes:
    """What the condition *text* may come out as where the columns *null* hold NULL and all others anything.

    A check refuses a row for which it is False only. What is not understood may come out as anything.
    """
    tree = trees.expression(text)
    return _ANY if tree is None else _outcomes(tree, null)


def _outcomes(tree: exp.Expr, null: frozenset[str]) -> Outcomes:
    found = _plain(tree, null)
    return frozenset(None if o is None else not o for o in found) if tree.args.get("negate") else found


def _plain(tree: exp.Expr, null: frozenset[str]) -> Outcomes:
    """The outcomes of *tree* without the NOT that its node may carry."""
    match tree:
        case exp.Paren() | exp.Cast():
            return _outcomes(tree.this, null)
        case exp.Column():
            return _NULL if trees.column_name(tree) in null else _ANY
        case exp.Null():
            return _NULL
        case exp.Boolean():
            return frozenset({bool(tree.this)})
        case exp.Literal():
            return _SOME
        case exp.Not():
            return frozenset(None if o is None else not o for o in _outcomes(tree.this, null))
        case exp.And():
            return _joined(_and, tree, null)
        case exp.Or():
            return _joined(_or, tree, null)
        case exp.Is():
            return _is(tree, null)
        case exp.In():
            return _NULL if _outcomes(tree.this, null) == _NULL else _ANY
        case exp.Coalesce():
            return _coalesced([tree.this, *tree.expressions], null)
        case _ if isinstance(tree, _STRICT):
            return _strict(tree, null)
        case _:
            return _ANY


def _joined(
    join: Callable[[bool | None, bool | None], bool | None], tree: exp.Binary, null: frozenset[str]
) -> Outcomes:
    pairs = product(_outcomes(tree.left, null), _outcomes(tree.right, null))
    return frozenset(join(one, other) for one, other in pairs)


def _and(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _or(one: bool | None, other: bool | None) -> bool | None:
    if one is True or other is True:
        return True
    return None if one is None or other is None else False


def _is(tree: exp.Is, null: frozenset[str]) -> Outcomes:
    tested = _outcomes(tree.this, null)
    match tree.expression:
        case exp.Null():
            return frozenset(o is None for o in tested)
        case exp.Boolean() as truth:
            return frozenset(o is bool(truth.this) for o in tested)
        case _:
            return _SOME


def _coalesced(parts: Iterable[exp.Expr], null: frozenset[str]) -> Outcomes:
    found: Outcomes = frozenset()
    for part in parts:
        outcome = _outcomes(part, null)
        found |= outcome - _NULL
        if None not in outcome:
            return found
    return found | _NULL


def _strict(tree: exp.Expr, null: frozenset[str]) -> Outcomes:
    operands = [_outcomes(child, null) for child in tree.iter_expressions() if not isinstance(child, exp.DataType)]
    if _NULL in operands:
        return _NULL
    return _ANY if any(None in operand for operand in operands) else _SOME


@lru_cache(maxsize=4096)
def choice(text: str) -> tuple[str, frozenset[str]] | None:
    """The column and the values, where *text* lets that column be one of some constants and says nothing else.

    ``status IN ('a', 'b')``, ``status = 'a'`` and ``status::text = ANY (ARRAY['a'::text])`` are such conditions.
    """
    tree = _bare(trees.expression(text))
    match tree:
        case exp.In() if tree.expressions and not tree.args.get("negate"):
            column, values = _bare(tree.this), _constants(tree.expressions)
        case exp.EQ():
            column, values = _bare(tree.left), _constants(_right(tree.right))
        case _:
            return None
    if not isinstance(column, exp.Column) or values is None:
        return None
    return trees.column_name(column), values


@lru_cache(maxsize=4096)
def may_meet(text: str, column: str, value: str) -> bool:
    """Whether a row that holds *value* in *column*, and anything elsewhere, may meet the condition *text*.

    What is not understood may be met, and what is no constant may be any value.
    """
    tree, given = trees.expression(text), trees.expression(value)
    constants = _constants([given]) if given is not None else None
    return tree is None or constants is None or _may_meet(tree, column, constants)


def _may_meet(tree: exp.Expr, column: str, values: frozenset[str]) -> bool:
    match tree:
        case exp.Paren():
            return _may_meet(tree.this, column, values)
        case exp.And():
            return _may_meet(tree.left, column, values) and _may_meet(tree.right, column, values)
        case exp.Or():
            return _may_meet(tree.left, column, values) or _may_meet(tree.right, column, values)
        case exp.Is(this=exp.Column() as asked, expression=exp.Null()) if not tree.args.get("negate"):
            return trees.column_name(asked) != column
    chosen = choice(tree.sql("postgres"))
    return chosen is None or chosen[0] != column or not chosen[1].isdisjoint(values)


def _right(tree: exp.Expr) -> Iterable[exp.Expr]:
    if not isinstance(tree, exp.Any):
        return (tree,)
    array = _bare(tree.this)
    return tuple(array.expressions) if isinstance(array, exp.Array) else (tree,)


def _bare(tree: exp.Expr | None) -> exp.Expr | None:
    while isinstance(tree, exp.Paren | exp.Cast):
        tree = tree.this
    return tree


def _constants(trees_: Iterable[exp.Expr]) -> frozenset[str] | None:
    bare = [_bare(tree) for tree in trees_]
    if not all(isinstance(tree, exp.Literal) for tree in bare):
        return None
    return frozenset(str(tree.this) for tree in bare if tree is not None)
