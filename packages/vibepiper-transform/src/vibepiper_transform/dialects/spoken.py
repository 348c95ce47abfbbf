"""sqlglot's dialects."""

from __future__ import annotations

from functools import cache

from sqlglot.dialects.dialect import Dialect

__all__ = ["spoken"]


@cache
def spoken(name: str) -> Dialect:
    """The dialect that sqlglot calls so. It makes one for each text that it is asked of by name.
    SQLite takes a name in double quotes that it does not know for a text, and one in backticks for
    an error."""
    dialect = Dialect.get_or_raise(name)
    for quote in ("IDENTIFIER_START", "IDENTIFIER_END") if name == "sqlite" else ():
        setattr(dialect, quote, "`")
    return dialect
