"""SQL without Alembic: scripts, and the findings in them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from safemigrate.history import Phase, Reading, Revision, Statement
from safemigrate.lint import suppressions
from safemigrate.lint.baseline import baseline, pieces
from safemigrate.lint.conditions import Conditions
from safemigrate.lint.result import LintResult
from safemigrate.lint.revisions import verdict_on
from safemigrate.lint.verdict import summed_up
from safemigrate.rulebook import Finding, Rule, Run, judge, load_rules, replay
from safemigrate.schema import Schema

_PHASE = re.compile(r'^--\s*safemigrate_phase\s*=\s*["\']?(expand|migrate|contract)\b', re.MULTILINE)
_BEGINS = re.compile(r"(?:BEGIN|START\s+TRANSACTION)\b", re.IGNORECASE)
_ENDS = re.compile(r"(?:COMMIT|END|ROLLBACK|ABORT)\b(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b)", re.IGNORECASE)
_TAKES_BACK = re.compile(r"(?:ROLLBACK|ABORT)\b", re.IGNORECASE)
_CHAINS = re.compile(r"\bAND\s+CHAIN\b", re.IGNORECASE)
_CONTROLS = re.compile(r"PREPARE\s+TRANSACTION\b", re.IGNORECASE)
_COMMENTS = re.compile(r"\s*(?:--[^\n]*(?:\n|$)|/\*.*?\*/)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Script:
    """The text of a file of SQL. *autocommit* says that each statement commits itself, as psql does."""

    path: Path
    sql: str
    autocommit: bool = False

    def reading(self) -> Reading:
        """The script as if it were a revision: its phase is what ``-- safemigrate_phase = "contract"`` says."""
        written = _PHASE.search(self.sql)
        revision = Revision("", (), self.path, Phase(written[1]) if written else None)
        return Reading(revision, tuple(self._statements()))

    def _statements(self) -> Iterator[Statement]:
        read = [(piece, _bare(piece.text)) for piece in pieces(self.sql, str(self.path))]
        explicit = any(_BEGINS.match(text) for _, text in read)
        numbers = count()
        outside = None if self.autocommit or explicit else next(numbers)
        current = outside
        begun = None
        for piece, text in read:
            if _BEGINS.match(text):
                current, begun = next(numbers), piece
            elif _ENDS.match(text):
                if current is not None and _TAKES_BACK.match(text):
                    yield Statement(piece.text, "", self.path, piece.line, piece.column, transaction=current)
                chained = bool(_CHAINS.search(text))
                current = next(numbers) if chained or outside is not None else None
                begun = begun if chained else None
            elif not _CONTROLS.match(text):
                yield Statement(piece.text, "", self.path, piece.line, piece.column, transaction=current)
        if begun is not None:
            # nothing commits what it begins
            yield Statement(begun.text, "", self.path, begun.line, begun.column, transaction=None)


def lint_scripts(scripts: Sequence[Script], rules: Sequence[Rule], conditions: Conditions) -> LintResult:
    """What *rules* find in *scripts*, which run one after the other.

    Raises:
        SqlSyntaxError: a script cannot be cut into statements.
        ConfigurationError: a suppression that cannot be understood.
    """
    runs = script_runs(scripts, conditions)
    found = judge(
        rules,
        runs,
        policy=conditions.policy,
        postgres=conditions.postgres,
        answers=conditions.answers,
        statistics=conditions.statistics,
    )
    names = {rule.name for rule in rules}
    allowances = [
        allowance
        for script in scripts
        for allowance in suppressions.sql_allowances(script.path, script.sql, _spans(script.reading()), names)
    ]
    findings = suppressions.apply(found, allowances, today=conditions.today)
    return summed_up(verdict_on(runs, found, rules), findings, total=len(runs), unit="script")


def script_runs(scripts: Sequence[Script], conditions: Conditions) -> tuple[Run, ...]:
    """What *scripts* do, each on the schema that those before it left."""
    schema = baseline(conditions.schema_sql) if conditions.schema_sql else Schema()
    return tuple(replay([script.reading() for script in scripts], schema))


def lint_sql(
    sql: str, *, schema_sql: str = "", postgres: int | None = None, autocommit: bool = False
) -> list[Finding]:
    """What the built-in rules find in *sql*, run on the schema that *schema_sql* makes.

    Everything is one transaction, unless *sql* has its own BEGIN and COMMIT (then what stands outside of them
    commits itself) or *autocommit* says that each statement does. Without *schema_sql*, tables that *sql* does
    not create are taken for existing, large and in use. Allowed findings are left out. *postgres* is the target's
    major version, None for the worst of all supported.

    Raises:
        SqlSyntaxError: *sql* cannot be cut into statements.
        ConfigurationError: a suppression that cannot be understood.
    """
    rules = [rule for rule in load_rules() if not rule.page.opt_in]
    conditions = Conditions(datetime.date.today(), postgres=postgres, schema_sql=schema_sql)
    script = Script(Path("<sql>"), sql, autocommit)
    return list(lint_scripts([script], rules, conditions).open)


def _spans(reading: Reading) -> tuple[tuple[int, int], ...]:
    return tuple((s.line, s.line + s.sql.count("\n")) for s in reading.statements)


def _bare(text: str) -> str:
    """*text* without the comments it opens with."""
    while match := _COMMENTS.match(text):
        text = text[match.end() :]
    return text.lstrip()
