"""A made-up Alembic project of any length: ``python benchmarks/synthetic_history.py DIR REVISIONS [TABLES]``.

The first revisions make the tables, ten each; those behind them change one table each, in turn, the way people do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_HEAD = '''"""{title}"""
revision = {id!r}
down_revision = {down!r}
from alembic import op
import sqlalchemy as sa


def upgrade() -> None:
{upgrade}

def downgrade() -> None:
{downgrade}
'''
_TABLE = """    op.create_table(
        "{table}",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(12, 2), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_index("ix_{table}_name", "{table}", ["name"])
"""
#: what each kind of revision does to a table, and how it is taken back; {n} makes names new
_CHANGES = (
    ('op.add_column("{t}", sa.Column("c{n}", sa.Text(), nullable=True))', 'op.drop_column("{t}", "c{n}")'),
    ('op.create_index("ix_{t}_{n}", "{t}", ["created_at"])', 'op.drop_index("ix_{t}_{n}", "{t}")'),
    (
        'op.create_foreign_key("fk_{t}_{n}", "{t}", "{o}", ["parent_id"], ["id"])',
        'op.drop_constraint("fk_{t}_{n}", "{t}")',
    ),
    ('op.execute("UPDATE {t} SET note = name WHERE note IS NULL")', "pass"),
    (
        'op.alter_column("{t}", "note", existing_type=sa.Text(), nullable=False)',
        'op.alter_column("{t}", "note", existing_type=sa.Text(), nullable=True)',
    ),
    ('op.alter_column("{t}", "amount", type_=sa.Numeric(14, 2))', "pass"),
    ('op.execute("ALTER TABLE {t} ADD CONSTRAINT k{n} CHECK (amount >= 0) NOT VALID")', "pass"),
    ('op.drop_column("{t}", "c{b}")', 'op.add_column("{t}", sa.Column("c{b}", sa.Text()))'),
)


def bodies(tables: int) -> Iterator[tuple[str, str]]:
    """The bodies of upgrade() and downgrade(), without end."""
    names = [f"t{number:04d}" for number in range(tables)]
    for begin in range(0, tables, 10):
        ten = names[begin : begin + 10]
        drops = "".join(f'    op.drop_table("{name}")\n' for name in ten)
        yield "".join(_TABLE.format(table=name) for name in ten), drops
    number = 0
    while True:
        kind, round_ = number % len(_CHANGES), number // len(_CHANGES)
        table, other = names[round_ % tables], names[(round_ + 1) % tables]
        forms = {"t": table, "o": other, "n": number, "b": number - kind}
        yield tuple(f"    {text.format(**forms)}\n" for text in _CHANGES[kind])  # type: ignore[misc]
        number += 1


def write(folder: Path, revisions: int, tables: int) -> None:
    """Write the project into *folder*."""
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text("[alembic]\nscript_location = %(here)s/migrations\n")
    (folder / "migrations" / "env.py").write_text(
        "from alembic import context\n"
        'context.configure(dialect_name="postgresql", literal_binds=True)\n'
        "with context.begin_transaction():\n    context.run_migrations()\n"
    )
    (folder / "pyproject.toml").write_text("[tool.safemigrate]\n")
    down = None
    for number, (upgrade, downgrade) in enumerate(islice(bodies(tables), revisions)):
        id = f"{number:012x}"
        text = _HEAD.format(title=f"Revision {number}", id=id, down=down, upgrade=upgrade, downgrade=downgrade)
        (versions / f"{id}_revision.py").write_text(text)
        down = id


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 100)
