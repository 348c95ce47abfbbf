"""Functions that SQLite lacks, or has with another meaning than DuckDB; queries that VibePiper
compiles use them. What is null makes null."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from vibepiper_sqlite import numbers, texts, times
from vibepiper_sqlite.aggregates import AGGREGATES

__all__ = ["add_functions"]

Value = str | bytes | int | float | None
_FUNCTIONS: dict[str, tuple[int, Callable[..., Value]]] = {
    "vp_ceil": (1, numbers.ceil),
    "vp_date": (3, times.make_date),
    "vp_days": (2, times.days_between),
    "vp_diff": (3, times.boundaries),
    "vp_floor": (1, numbers.floor),
    "vp_instant": (2, times.from_local),
    "vp_local": (2, times.to_local),
    "vp_lower": (1, texts.lower),
    "vp_mod": (2, numbers.remainder),
    "vp_part": (2, times.part),
    "vp_round": (2, numbers.rounded),
    "vp_shift": (4, times.shifted),
    "vp_sqrt": (1, numbers.root),
    "vp_trunc": (2, times.truncated),
    "vp_upper": (1, texts.upper),
    "vp_whole": (2, numbers.whole),
}


def add_functions(connection: sqlite3.Connection) -> None:
    """Makes the functions known to the connection."""
    for name, (arguments, function) in _FUNCTIONS.items():
        connection.create_function(name, arguments, _strict(function), deterministic=True)
    for name, (arguments, aggregate) in AGGREGATES.items():
        made = cast("Callable[[], Any]", aggregate)
        connection.create_aggregate(name, arguments, made)


def _strict(function: Callable[..., Value]) -> Callable[..., Value]:
    @wraps(function)
    def called(*values: Value) -> Value:
        return None if None in values else function(*values)

    return called
