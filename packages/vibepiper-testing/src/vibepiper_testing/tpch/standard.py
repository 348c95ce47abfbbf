"""The 22 queries in the words of the specification, with its validation parameters."""

from __future__ import annotations

import re
from importlib.resources import files

from vibepiper_testing.tpch.data import TABLES

__all__ = ["QUERIES", "sql_template", "standard_sql"]

QUERIES = tuple(range(1, 23))


def standard_sql(number: int) -> str:
    """The text of a query, 1 to 22. "The first n rows" is a LIMIT, and query 15's view a CTE."""
    return files("vibepiper_testing.tpch").joinpath("sql", f"{number:02}.sql").read_text()


def sql_template(number: int) -> str:
    """The text of a query as a SQL asset has it: its tables are ``{{ references }}``."""
    table = re.compile(rf"(?<=[\s(])(?<!as )({'|'.join(TABLES)})(?=[\s,)]|$)")
    clause = re.compile(r"(\bfrom\b.*?(?=\bwhere\b|\bgroup\b|\border\b|\)|$))", re.DOTALL)
    parts = clause.split(standard_sql(number))
    return "".join(
        table.sub(r"{{ \1 }}", part) if part.startswith("from") else part for part in parts
    )
