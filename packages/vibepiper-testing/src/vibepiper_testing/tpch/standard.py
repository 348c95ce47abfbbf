"""The 22 queries in the words of the specification, with its validation parameters."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["QUERIES", "standard_sql"]

QUERIES = tuple(range(1, 23))


def standard_sql(number: int) -> str:
    """The text of a query, 1 to 22. "The first n rows" is a LIMIT, and query 15's view a CTE."""
    return files("vibepiper_testing.tpch").joinpath("sql", f"{number:02}.sql").read_text()
