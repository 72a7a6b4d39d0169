"""What stands on a table beside its columns and constraints: triggers, policies, privileges. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field

from safemigrate.schema.name import Name


@dataclass(frozen=True, slots=True, order=True)
class Granted:
    """A *privilege* (upper case) that *role* has, and may hand on where it is *grantable*."""

    role: str
    privilege: str
    grantable: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a table. *columns* are those of UPDATE OF, *condition* that of WHEN, *enabled* is False after
    DISABLE. *equal* are an old and a new column that a trigger of ours keeps equal."""

    name: str
    timing: str = ""
    events: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    function: Name | None = None
    enabled: bool = True
    each_row: bool = False
    constraint: bool = False
    condition: str = ""
    equal: tuple[str, str] | None = None
    born: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A row security policy. The fields are those of CreatePolicy."""

    name: str
    permissive: bool = True
    command: str = "ALL"
    roles: tuple[str, ...] = ("public",)
    born: int = field(default=-1, compare=False)
