"""Writes what each SQL dialect can do: python -m tools.dialects."""

from __future__ import annotations

import pyarrow as pa
import sqlglot
from sqlglot import exp
from vibepiper_testing.sql_features import FEATURES, TABLES
from vibepiper_transform import DIALECTS, UnsupportedSql, compile_query

from tools.workspace import ROOT

__all__ = ["PAGE", "written"]

PAGE = ROOT / "docs" / "reference" / "dialects.md"
BEGIN, END = "<!-- dialects: written by `nox -s generate` -->", "<!-- end of dialects -->"


def written() -> str:
    """The page as it should be."""
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{rest.partition(END)[2]}"


def tables() -> str:
    shown = [name for name in DIALECTS if name != "duckdb"]
    lines: list[str] = []
    for group, features in FEATURES.items():
        lines += [
            f"## {group}",
            "",
            f"| | {' | '.join(shown)} |",
            f"| --- |{' --- |' * len(shown)}",
        ]
        for name, sql in features.items():
            cells = " | ".join(support(sql, dialect) for dialect in shown)
            lines.append(f"| {name} | {cells} |")
        lines.append("")
    return "\n".join(lines).rstrip()


def support(sql: str, dialect: str) -> str:
    """Whether a query can be written in a dialect, or why not."""
    query = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(query, exp.Query)
    try:
        compile_query(query, dialect, columns)
    except UnsupportedSql as error:
        why = error.message.partition(": ")[2].replace("|", "\\|")
        return f"no: {why}"
    return "yes"


def columns(table: exp.Table) -> pa.Schema:
    return TABLES[table.name].schema


if __name__ == "__main__":
    PAGE.write_text(written())
