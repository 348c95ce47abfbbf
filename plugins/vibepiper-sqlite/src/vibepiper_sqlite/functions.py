"""Functions that SQLite lacks, or has only for ASCII; queries that VibePiper compiles use them."""

from __future__ import annotations

import sqlite3

__all__ = ["add_functions"]

Value = str | bytes | int | float | None


def add_functions(connection: sqlite3.Connection) -> None:
    """Makes the functions known to the connection."""
    connection.create_function("lower", 1, _lower, deterministic=True)
    connection.create_function("upper", 1, _upper, deterministic=True)


def _lower(value: Value) -> Value:
    return value if not isinstance(value, str) else "".join(map(_lower_one, value))


def _upper(value: Value) -> Value:
    return value if not isinstance(value, str) else "".join(map(_upper_one, value))


def _lower_one(letter: str) -> str:
    found = letter.lower()
    return found if len(found) == 1 else letter


def _upper_one(letter: str) -> str:
    """Letter for letter, as DuckDB does: of what would become two, it knows only the sharp s."""
    found = letter.upper()
    return found if len(found) == 1 else {"ß": "ẞ"}.get(letter, letter)
