"""``safemigrate.tag``: lets the database tell which version of an application each connection belongs to."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

#: what PostgreSQL keeps of application_name
_LIMIT_BYTES = 63
_UNSAFE = re.compile(r"[^!-~]")
_TAGGED = "safemigrate.tag"


def tag(engine: Engine | AsyncEngine, *, service: str, version: str, revision: str) -> None:
    """Names every connection that *engine* makes from now on ``service@version/revision``.

    *revision* is the Alembic revision that the application was built for; the gate of a contract compares it with
    the history, and asks for nothing else. Call it where the engine is made. On a database other than PostgreSQL
    it does nothing.

        engine = create_engine(url)
        safemigrate.tag(engine, service="shop", version="2.1", revision="4d90b6ce8a13")
    """
    from sqlalchemy import event

    synchronous: Any = getattr(engine, "sync_engine", engine)
    if synchronous.dialect.name != "postgresql":
        return
    name = application_name(service=service, version=version, revision=revision)

    @event.listens_for(synchronous, "do_connect")
    def name_at_start(dialect: Any, record: Any, arguments: Any, parameters: dict[str, Any]) -> None:
        if dialect.driver == "asyncpg":
            parameters["server_settings"] = {**parameters.get("server_settings", {}), "application_name": name}
        else:
            parameters["application_name"] = name
        _mark(record)

    @event.listens_for(synchronous, "connect")
    def name_afterwards(connection: Any, record: Any) -> None:
        # an engine with a creator of its own connects without the other event
        if record.info.get(_TAGGED):
            return
        cursor = connection.cursor()
        cursor.execute(f"SET application_name = '{name}'")
        cursor.close()
        connection.commit()


def application_name(*, service: str, version: str, revision: str) -> str:
    """``service@version/revision`` within 63 bytes: the revision is kept whole, since it is what gates read."""
    clean_service = re.sub(r"[@/']", "_", _UNSAFE.sub("_", service))
    clean_version = re.sub(r"[/']", "_", _UNSAFE.sub("_", version))
    clean_revision = _UNSAFE.sub("_", revision).replace("'", "_")
    left = _LIMIT_BYTES - len(clean_revision) - 2
    if len(clean_service) + len(clean_version) > left:
        clean_version = _cut(clean_version, max(left - len(clean_service), left // 2))
        clean_service = _cut(clean_service, left - len(clean_version))
    return f"{clean_service}@{clean_version}/{clean_revision}"


def _cut(text: str, length: int) -> str:
    """*text* in *length* characters, with a digest at its end, so that two long names stay apart."""
    if len(text) <= length:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{text[: max(length - 7, 0)]}-{digest}"[:length]


def _mark(record: Any) -> None:
    info = getattr(record, "info", None)
    if info is not None:
        info[_TAGGED] = True
