"""The dialects, by the names that users know and by sqlglot's."""

from __future__ import annotations

from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.callsite import callsite

__all__ = ["DIALECTS", "dialect_name"]

DIALECTS = ("duckdb", "postgresql", "mysql", "sqlite", "snowflake", "bigquery")
"""MariaDB speaks ``mysql``; everything that is written for it runs there."""

_OTHERS = {"postgres": "postgresql", "mariadb": "mysql"}


def dialect_name(name: str) -> str:
    """The dialect as VibePiper calls it. Raises `DefinitionError` for one it does not know."""
    known = _OTHERS.get(name, name)
    if known not in DIALECTS:
        hint = suggest(name, DIALECTS)
        raise DefinitionError(f"'{name}' is no dialect of SQL", at=callsite(), hint=hint)
    return known


def sqlglot_name(name: str) -> str:
    """The dialect as sqlglot calls it."""
    known = dialect_name(name)
    return "postgres" if known == "postgresql" else known
