"""TPC-H's queries with their tables in three places: what moves changes no answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq
import pytest
import sqlglot
from sqlglot import exp
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_testing.tpch import (
    QUERIES,
    assert_same_answer,
    build_query,
    generate,
    standard_sql,
)
from vibepiper_transform import Relation, database_table, scan_parquet


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return generate(tmp_path_factory.mktemp("tpch"))


@pytest.fixture(scope="module")
def apart(files: Mapping[str, Path]) -> dict[str, Relation]:
    read = {name: pq.read_table(path) for name, path in files.items()}
    sales = RecordingBackend("sales", **{n: read[n] for n in ("lineitem", "orders", "customer")})
    parts = RecordingBackend("parts", **{n: read[n] for n in ("part", "partsupp", "supplier")})
    there = {name: database_table(sales, name) for name in ("lineitem", "orders", "customer")}
    there |= {name: database_table(parts, name) for name in ("part", "partsupp", "supplier")}
    return {**there, **{name: scan_parquet(files[name]) for name in ("nation", "region")}}


@pytest.mark.parametrize("number", QUERIES)
def test_the_answer_is_that_of_one_place(
    number: int, files: Mapping[str, Path], apart: Mapping[str, Relation]
) -> None:
    together = {name: scan_parquet(path) for name, path in files.items()}
    found = build_query(number, apart).to_table()
    assert_same_answer(found, build_query(number, together).to_table())


@pytest.mark.parametrize("number", QUERIES)
def test_so_is_that_of_the_standard_s_sql(
    number: int, files: Mapping[str, Path], apart: Mapping[str, Relation]
) -> None:
    """Which joins by commas, has subqueries that see the query around them, and names no table."""
    found = over(standard_sql(number), apart).to_table()
    together = {name: scan_parquet(path) for name, path in files.items()}
    assert_same_answer(found, over(standard_sql(number), together).to_table())


def over(sql: str, tables: Mapping[str, Relation]) -> Relation:
    tree = cast("exp.Query", sqlglot.parse_one(sql, dialect="duckdb"))
    sources = {}
    for table in list(tree.find_all(exp.Table)):
        if table.name in tables:
            ((name, source),) = tables[table.name].sources.items()
            sources[name] = source
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias_or_name)))
            table.set("this", exp.to_identifier(name, quoted=True))
    return Relation(tree, sources)
