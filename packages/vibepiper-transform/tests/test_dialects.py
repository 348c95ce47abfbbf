"""Queries as the SQL of a dialect."""

from __future__ import annotations

import pyarrow as pa
import pytest
from sqlglot import parse_one
from vibepiper.errors import DefinitionError
from vibepiper_transform import col, compile_query, from_arrow


def compiled(sql: str, dialect: str) -> str:
    return compile_query(parse_one(sql, dialect="duckdb"), dialect)


def test_names_are_quoted() -> None:
    assert compiled("SELECT Id FROM t", "duckdb") == 'SELECT "Id" FROM "t"'


def test_postgresql_rounds_halves_away_from_zero() -> None:
    text = compiled("SELECT round(x, 1) AS r FROM t", "postgresql")
    assert "FLOOR(ABS" in text


def test_a_relation_is_written_in_any_dialect() -> None:
    relation = from_arrow(pa.table({"n": [1]})).select(h=col("n") / 2)
    assert "DOUBLE PRECISION" in relation.sql("postgresql")
    assert relation.sql("postgres") == relation.sql("postgresql")


def test_an_unknown_dialect_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DefinitionError, match=r"'mysq' is no dialect of SQL\n.*'mysql'"):
        compiled("SELECT 1", "mysq")
