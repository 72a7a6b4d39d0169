"""The process that lets Alembic compare models with a scratch database: env.py runs, and connects only there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext, RevisionContext
from alembic.operations import ops
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from safemigrate.history.environment_child import answer_one, application, config_of, divert


@renderers.dispatch_for(ops.RenameTableOp)
def _rename_table(context: AutogenContext, op: ops.RenameTableOp) -> str:
    schema = f", schema={op.schema!r}" if op.schema else ""
    return f"{context.opts['alembic_module_prefix']}rename_table({op.table_name!r}, {op.new_table_name!r}{schema})"


class _Unknown(Exception):
    """A rename of what is not there."""


def main() -> None:
    """Answer one request."""
    answer_one({"generate": _generated})


def _generated(request: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        _prepare(request)
    except _Unknown as error:
        return {"unknown": str(error)}
    doubts: list[Mapping[str, Any]] = []
    empty: list[bool] = []

    def directives(context: MigrationContext, revision: Any, scripts: list[ops.MigrationScript]) -> None:
        script = scripts[0]
        assert script.upgrade_ops is not None
        assert script.downgrade_ops is not None
        doubts.extend(_doubts(script.upgrade_ops, context.connection, set(request["settled"])))
        empty.append(script.upgrade_ops.is_empty() and not request["renames"])
        renamed = [_renaming(*each) for each in request["renames"]]
        script.upgrade_ops.ops[:0] = renamed
        script.downgrade_ops.ops += [_back(each) for each in reversed(renamed)]
        if doubts or empty[-1]:
            scripts.clear()

    config = config_of(request)
    directory = ScriptDirectory.from_config(config)
    wanted = {
        "message": request["message"],
        "autogenerate": True,
        "sql": False,
        "head": request["head"],
        "splice": False,
        "branch_label": None,
        "version_path": None,
        "rev_id": request["rev_id"],
        "depends_on": None,
    }
    revision_context = RevisionContext(config, directory, wanted, process_revision_directives=directives)

    def compare(rev: Any, context: MigrationContext) -> Sequence[Any]:
        # the scratch database is at head, wherever this project keeps its version
        revision_context.run_autogenerate(tuple(directory.get_heads()), context)
        return []

    divert(request["url"])
    template = revision_context.template_args
    environment = EnvironmentContext(
        config,
        directory,
        fn=compare,
        as_sql=False,
        dont_mutate=True,
        template_args=template,
        revision_context=revision_context,
    )
    with application(request), environment:
        directory.run_env()
    if not empty:
        raise CommandError("env.py did not ask Alembic to compare anything: it runs no migrations online")
    scripts = [script for script in revision_context.generate_scripts() if script is not None]
    if doubts or not scripts:
        return {"doubts": doubts}
    return {"revision": scripts[0].revision, "path": scripts[0].path}


def _prepare(request: Mapping[str, Any]) -> None:
    """Make the renames in the scratch database, and leave in it nothing but what revisions made."""
    url = sa.make_url(request["url"]).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
        for schema, table, column, new in request["renames"]:
            preparer = connection.dialect.identifier_preparer
            named = ".".join(preparer.quote(part) for part in (schema, table) if part)
            part = f"COLUMN {preparer.quote(column)} " if column else ""
            try:
                connection.exec_driver_sql(f"ALTER TABLE {named} RENAME {part}TO {preparer.quote(new)}")
            except sa.exc.ProgrammingError as error:
                raise _Unknown(f"{named}{'.' * bool(column)}{column}") from error


def _doubts(upgrade: ops.UpgradeOps, connection: sa.Connection | None, settled: set[str]) -> list[Mapping[str, Any]]:
    """Columns that go while others of their type come, and tables that go while others like them come."""
    assert connection is not None
    dialect = connection.dialect
    found: list[Mapping[str, Any]] = []
    created = [op for op in upgrade.ops if isinstance(op, ops.CreateTableOp)]
    for op in upgrade.ops:
        if isinstance(op, ops.DropTableOp):
            shape = _shape(op.to_table(), dialect)
            like = [
                new for new in created if new.schema == op.schema and _alike(_shape(new.to_table(), dialect), shape)
            ]
            found += _asked(op.schema, op.table_name, "", [new.table_name for new in like], [], settled)
        elif isinstance(op, ops.ModifyTableOps):
            added = [each.column for each in op.ops if isinstance(each, ops.AddColumnOp)]
            dropped = [each for each in op.ops if isinstance(each, ops.DropColumnOp)]
            for place, each in enumerate(dropped):
                column = each.to_column()
                same = [new for new in added if _typed(new, dialect) == _typed(column, dialect)]
                near = [new.name for new in added[place : place + 1]]
                found += _asked(op.schema, op.table_name, column.name, [new.name for new in same], near, settled)
    return found


def _asked(
    schema: str | None, table: str, column: str, new: list[str], near: list[str], settled: set[str]
) -> list[Mapping[str, Any]]:
    old = ".".join(part for part in (schema, table, column) if part)
    if not new or old in settled:
        return []
    return [{"schema": schema, "table": table, "column": column, "new": new, "same_place": near}]


def _typed(column: sa.Column[Any], dialect: sa.Dialect) -> str:
    return str(column.type.compile(dialect=dialect))


def _shape(table: sa.Table, dialect: sa.Dialect) -> set[tuple[str, str]]:
    return {(column.name, _typed(column, dialect)) for column in table.columns}


def _alike(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> bool:
    """Whether most of the columns of two tables are the same."""
    return len(one & other) * 2 >= max(len(one), len(other), 1)


def _renaming(schema: str | None, table: str, column: str, new: str) -> ops.MigrateOperation:
    if not column:
        return ops.RenameTableOp(table, new, schema=schema)
    return ops.AlterColumnOp(table, column, schema=schema, modify_name=new)


def _back(op: ops.MigrateOperation) -> ops.MigrateOperation:
    if isinstance(op, ops.RenameTableOp):
        return ops.RenameTableOp(op.new_table_name, op.table_name, schema=op.schema)
    assert isinstance(op, ops.AlterColumnOp)
    assert op.modify_name is not None
    return ops.AlterColumnOp(op.table_name, op.modify_name, schema=op.schema, modify_name=op.column_name)


if __name__ == "__main__":
    main()
