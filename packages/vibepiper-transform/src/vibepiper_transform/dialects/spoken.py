"""sqlglot's dialects."""

from __future__ import annotations

from functools import cache

from sqlglot.dialects.dialect import Dialect

__all__ = ["spoken"]


@cache
def spoken(name: str) -> Dialect:
    """The dialect that sqlglot calls so. It makes one for each text that it is asked of by name."""
    return Dialect.get_or_raise(name)
