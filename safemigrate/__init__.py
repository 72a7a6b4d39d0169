"""Zero-downtime schema changes for SQLAlchemy, Alembic and PostgreSQL."""

from __future__ import annotations

__version__ = "0.1.0"
