"""Operations on functions, and calls of code that stands in the database."""

from __future__ import annotations

from dataclasses import dataclass

from safemigrate.schema.model import Volatility
from safemigrate.schema.operations.objects import CreateObject


@dataclass(frozen=True, slots=True)
class CreateFunction(CreateObject):
    """CREATE FUNCTION, PROCEDURE or AGGREGATE, as *kind* says.

    *arguments* are the types of the arguments that a call gives, *required* how many of them have no default.
    *returns* is a type, or TABLE with its columns, empty where OUT arguments say it. *settings* are the parameters
    its SET clauses name. *body* is the source text, empty for C and for what is not a string.
    """

    arguments: tuple[str, ...] = ()
    required: int = 0
    returns: str = ""
    language: str = ""
    volatility: Volatility = Volatility.VOLATILE
    security_definer: bool = False
    settings: tuple[str, ...] = ()
    body: str = ""
