"""The text of an authored revision, cut where its upgrade() and downgrade() can be changed."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, takewhile
from pathlib import Path

from safemigrate.errors import SplitRefused
from safemigrate.plan.returns import return_line

#: what autogenerate writes around what it made
_OPENING = "# ### commands auto generated"
_CLOSING = "# ### end Alembic commands ###"


@dataclass(frozen=True, slots=True)
class Block:
    """A statement of a function body. Lines are 1-based and inclusive; texts are indented as in the file.

    *above* are the comments and blank lines between the statement before and this one, *within* the comments inside
    of it and beside it. *plain* says that it runs once, as it stands: no if, loop or try decides about it. *leaves*
    is the line of a return that hangs on what a database may answer, 0 where there is none.

    A ``with`` that may be left and entered again between its statements has a *header* and the statements in it as
    *parts*. So has a loop over values that are written out: its *rounds* are the lines that give its names their
    values, and its parts stand as deep as the loop itself.
    """

    first: int
    last: int
    above: tuple[str, ...]
    text: tuple[str, ...]
    within: tuple[str, ...]
    plain: bool
    leaves: int
    header: tuple[str, ...] = ()
    parts: tuple[Block, ...] = ()
    rounds: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A revision file. *upgrade* are the statements of its upgrade(), its docstring aside, *indent* is what stands in
    front of each."""

    path: Path
    text: _Text
    tree: ast.Module
    upgrade: tuple[Block, ...]
    indent: str

    @property
    def names(self) -> frozenset[str]:
        """The names that the module's imports bind."""
        found: set[str] = set()
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        return frozenset(found)


def read_source(path: Path) -> Source:
    """The file at *path*. Raises SplitRefused where it has no plain ``def upgrade()`` to rewrite."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    function = function_of(tree, "upgrade")
    if function is None:
        raise SplitRefused(
            "there is no plain def upgrade() to rewrite.",
            where=str(path),
            remedy="Write the function in the revision's own file.",
        )
    cut = _Text.of(text, tree, function)
    return Source(path, cut, tree, _blocks(cut, _body(function), _body_begins(cut, function)), _indent(cut, function))


def function_of(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The function *name* of the module itself."""
    return next((n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name), None)


def replaced(source: Source, bodies: Mapping[str, Sequence[str]], declarations: Sequence[str]) -> str:
    """The text with other bodies for some functions, *declarations* after the identifiers, and the imports they need.

    The lines of a body are indented. A docstring of a function stays. A function that is not there is added at the
    end.
    """
    edits: list[tuple[int, int, list[str]]] = []
    for name, body in bodies.items():
        function = function_of(source.tree, name)
        if function is None:
            end = len(source.text.lines)
            edits.append((end, end, ["", "", f"def {name}() -> None:", *body]))
            continue
        start = _body_begins(source.text, function)
        edits.append((start, _body_ends(source.text, function, body), list(body)))
    after = _identifiers_end(source.tree)
    edits.append((after, after, ["", *declarations]))
    missing = [
        line
        for name, line in (("op", "from alembic import op"), ("sa", "import sqlalchemy as sa"))
        if name not in source.names
    ]
    if missing:
        place = _imports_end(source.tree)
        edits.append((place, place, missing))
    lines_now = list(source.text.lines)
    for start, end, new in sorted(edits, reverse=True, key=lambda edit: edit[0]):
        lines_now[start:end] = new
    return "\n".join(lines_now).rstrip() + "\n"


def with_keyword(lines: Sequence[str], function: str, keyword: str) -> tuple[str, ...]:
    """The call of *function* that *lines* are, with one more keyword; empty where they are another statement."""
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip())]
    numbered = [line.removeprefix(indent) for line in lines]
    statements = ast.parse("\n".join(numbered)).body
    if list(lines) != indented(numbered, indent) or len(statements) != 1:
        # a string of several lines begins further to the left, or the line holds more
        return ()
    call = statements[0].value if isinstance(statements[0], ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != function:
        return ()
    given: tuple[ast.expr | ast.keyword, ...] = (*call.args, *call.keywords)
    row, end = max((each.end_lineno or 0, each.end_col_offset or 0) for each in given)
    line = numbered[row - 1].encode()
    before, behind = line[:end].decode(), line[end:].decode()
    if row == call.end_lineno:
        numbered[row - 1] = f"{before}, {keyword}{behind}"
    else:
        numbered[row - 1] = f"{before},{behind.removeprefix(',')}"
        numbered.insert((call.end_lineno or row) - 1, f"    {keyword},")
    return tuple(indented(numbered, indent))


def indented(lines: Iterable[str], indent: str) -> list[str]:
    """*lines* behind *indent*, blank ones without."""
    return [indent + line if line else "" for line in lines]


def deeper(lines: Sequence[str], indent: str) -> list[str]:
    """*lines* behind *indent*, but for those that begin within a string."""
    inside = _strings(tokenize.generate_tokens(io.StringIO("\n".join(lines) + "\n").readline))
    return [indent + line if line and at not in inside else line for at, line in enumerate(lines, start=1)]


def _indent(text: _Text, function: ast.FunctionDef) -> str:
    first = function.body[0]
    return text.lines[first.lineno - 1][: first.col_offset] if first.lineno > function.lineno else "    "


def with_parent(path: Path, down: str) -> str:
    """The text of the revision at *path*, built on *down* instead. Its own words stay as they are.

    Raises SplitRefused where down_revision is not written as a literal.
    """
    text = path.read_text("utf-8")
    node = next((each for each in ast.parse(text).body if _assigns(each, "down_revision")), None)
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Constant) or value.lineno != value.end_lineno:
        raise SplitRefused(
            "down_revision is not one literal, so it cannot be rewritten.",
            where=str(path),
            remedy='Write it as down_revision = "…".',
        )
    lines = text.split("\n")
    line = lines[value.lineno - 1].encode()
    written = line[: value.col_offset] + json.dumps(down).encode() + line[value.end_col_offset :]
    lines[value.lineno - 1] = written.decode()
    # what Alembic's template says of it in the docstring
    return re.sub(r"^Revises: .*$", f"Revises: {down}", "\n".join(lines), count=1, flags=re.MULTILINE)


def _assigns(node: ast.stmt, name: str) -> bool:
    targets = (
        node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    )
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    body = function.body
    is_docstring = (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )
    return body[1:] if is_docstring else body


@dataclass(frozen=True, slots=True)
class _Text:
    """The lines of a file, its comments by line, the lines that begin within a string, the literals that its module
    gives to names, and the last line of a function that reads each name."""

    lines: Sequence[str]
    comments: Mapping[int, str]
    strings: frozenset[int]
    literals: Mapping[str, object]
    read: Mapping[str, int]

    @classmethod
    def of(cls, text: str, tree: ast.Module, function: ast.FunctionDef) -> _Text:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        comments = {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
        strings = _strings(tokens)
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
        read = {node.id: node.lineno for node in sorted(names, key=lambda node: node.lineno)}
        return cls(text.splitlines(), comments, strings, dict(_literals(tree)), read)

    def cut(self, first: int, last: int, shift: int) -> tuple[str, ...]:
        """The lines *first* to *last*, moved to the left by *shift* columns but for what is in a string."""
        return tuple(
            line if number in self.strings else line[min(shift, len(line) - len(line.lstrip())) :]
            for number, line in enumerate(self.lines[first - 1 : last], start=first)
        )

    def begins(self, first: int, stop: int) -> int:
        """The line behind which the comments and blank lines above line *first* begin, *stop* at the earliest."""
        above = first - 1
        while above > stop and _is_between(self.lines[above - 1]):
            above -= 1
        return above


def _strings(tokens: Iterable[tokenize.TokenInfo]) -> frozenset[int]:
    """The lines that begin within a string."""
    # what is no comment and goes over several lines is a string, or a part of one
    spans = (range(t.start[0] + 1, t.end[0] + 1) for t in tokens if t.type != tokenize.NEWLINE)
    return frozenset(chain.from_iterable(spans))


def _blocks(text: _Text, body: Sequence[ast.stmt], start: int, shift: int = 0) -> tuple[Block, ...]:
    """The statements of a body that begins behind line *start*, moved to the left by *shift* columns."""
    blocks = []
    for node in body:
        last = node.end_lineno or node.lineno
        blocks.append(
            Block(
                node.lineno,
                last,
                text.cut(start + 1, node.lineno - 1, shift),
                text.cut(node.lineno, last, shift),
                tuple(text.comments[line] for line in range(node.lineno, last + 1) if line in text.comments),
                _runs_once(node),
                return_line(node),
                *_cut(text, node, shift),
            )
        )
        start = last
    return tuple(blocks)


def _cut(
    text: _Text, node: ast.stmt, shift: int
) -> tuple[tuple[str, ...], tuple[Block, ...], tuple[tuple[str, ...], ...]]:
    """Header, parts and rounds of a statement that can be cut; all empty for others."""
    rounds: tuple[tuple[str, ...], ...] = ()
    match node:
        case ast.With() if all(map(_may_be_reentered, node.items)):
            inside = shift
        case ast.For() if (rounds := _rounds(text, node)) and not _is_more_than_its_rounds(text, node):
            inside = shift + node.body[0].col_offset - node.col_offset
        case _:
            return (), (), ()
    first = node.body[0]
    if first.lineno == node.lineno:
        return (), (), ()
    begins = text.begins(first.lineno, node.lineno)
    return text.cut(node.lineno, begins, shift), _blocks(text, node.body, begins, inside), rounds


def _may_be_reentered(item: ast.withitem) -> bool:
    """batch_alter_table and autocommit_block: leaving and entering them again changes nothing."""
    call = item.context_expr
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("batch_alter_table", "autocommit_block")
    )


def _rounds(text: _Text, node: ast.For) -> tuple[tuple[str, ...], ...]:
    """The lines that give the loop's names their values, round by round; empty where they are not written out."""
    try:
        values = text.literals[node.iter.id] if isinstance(node.iter, ast.Name) else ast.literal_eval(node.iter)
    except (KeyError, ValueError, TypeError, RecursionError, MemoryError):
        return ()
    targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if not isinstance(values, list | tuple) or len(names) != len(targets) or len(values) > _MOST_ROUNDS:
        return ()
    if not isinstance(node.target, ast.Tuple):
        return tuple((f"{names[0]} = {_written(value)}",) for value in values)
    if not all(isinstance(value, list | tuple) and len(value) == len(names) for value in values):
        return ()
    return tuple(
        tuple(f"{name} = {_written(each)}" for name, each in zip(names, value, strict=True)) for value in values
    )


#: a longer loop would make a revision that nobody reads
_MOST_ROUNDS = 50


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _is_more_than_its_rounds(text: _Text, node: ast.For) -> bool:
    """Whether the loop may be left early, or its names are read behind it."""
    leaves = any(isinstance(each, ast.Break | ast.Continue | ast.Return) for each in ast.walk(node))
    names = [each.id for each in ast.walk(node.target) if isinstance(each, ast.Name)]
    return bool(node.orelse) or leaves or any(text.read.get(name, 0) > (node.end_lineno or 0) for name in names)


def _literals(tree: ast.Module) -> Iterator[tuple[str, object]]:
    """The literals that a module gives to names, once and for all: a name that is given another has none."""
    given = [
        (target.id, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    given += [
        (node.target.id, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name)
    ]
    names = [name for name, _ in given]
    for name, value in given:
        if names.count(name) == 1:
            with suppress(ValueError, TypeError, RecursionError, MemoryError):
                yield name, ast.literal_eval(value)


def _runs_once(node: ast.stmt) -> bool:
    """An expression, or a with block of such that lets no error pass: batch_alter_table and autocommit_block."""
    if isinstance(node, ast.With):
        return not any(map(_swallows, node.items)) and all(map(_runs_once, node.body))
    return isinstance(node, ast.Expr)


def _swallows(item: ast.withitem) -> bool:
    return any(getattr(each, "id", getattr(each, "attr", "")) == "suppress" for each in ast.walk(item.context_expr))


def _body_begins(text: _Text, function: ast.FunctionDef) -> int:
    """The line behind which the statements of a function begin, with their comments."""
    body = _body(function)
    if not body:
        return function.end_lineno or function.lineno
    return text.begins(body[0].lineno, function.lineno)


def _body_ends(text: _Text, function: ast.FunctionDef, body: Sequence[str]) -> int:
    """The line behind which a function ends that gets *body*: Alembic's closing mark goes with its opening one."""
    end = function.end_lineno or function.lineno
    if any(line.strip().startswith(_OPENING) for line in body):
        return end
    behind = takewhile(lambda at: _is_between(text.lines[at]), range(end, len(text.lines)))
    return next((at + 1 for at in behind if text.lines[at].strip() == _CLOSING), end)


def _is_between(line: str) -> bool:
    """Whether the line is blank, or a comment."""
    return not line.strip() or line.lstrip().startswith("#")


def _identifiers_end(tree: ast.Module) -> int:
    """The line after which a new module attribute stands well: the last assignment above the functions."""
    end = _imports_end(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            break
        if isinstance(node, ast.Assign | ast.AnnAssign):
            end = node.end_lineno or end
    return end


def _imports_end(tree: ast.Module) -> int:
    ends = [node.end_lineno or 0 for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    docstring = tree.body[0].end_lineno if tree.body and isinstance(tree.body[0], ast.Expr) else 0
    return max(ends, default=docstring or 0)
