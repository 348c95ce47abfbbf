"""What SQL can ask for gives DuckDB's answer on every engine, or is refused by name."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper_testing.sql_features import FEATURES, TABLES
from vibepiper_transform import Relation, UnsupportedSql

from tests.properties.engines import NAMES, Engine, answer, asked

QUERIES = {name: sql for group in FEATURES.values() for name, sql in group.items()}
REFUSED = {
    "postgresql": {
        "count distinct over a window", "remainder", "structs", "try_cast",
    },
    "mysql": {
        "NaN", "count distinct over a window", "format", "list of values", "lists", "median",
        "number of a text", "quantile", "random", "range of numbers", "range of times",
        "split", "structs", "text of a fraction", "text of values",
        "time zones", "try_cast", "unnest",
    },
    "sqlite": {
        "NaN", "count distinct over a window", "decimals", "format", "list of values", "lists",
        "number of a text", "random", "range of times", "regular expressions", "split", "structs",
        "text of a fraction", "text of values", "try_cast", "unnest",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def tables(engines: dict[str, Engine]) -> dict[str, dict[str, Relation]]:
    return {name: engine.keep(TABLES) for name, engine in engines.items()}


@pytest.mark.parametrize("engine", NAMES)
@pytest.mark.parametrize("feature", QUERIES)
def test_an_engine_gives_duckdbs_answer_or_refuses(
    tables: dict[str, dict[str, Relation]], feature: str, engine: str
) -> None:
    relation = asked(QUERIES[feature], tables[engine])
    assert type(relation.backend) is type(tables[engine]["t"].backend)
    if feature in REFUSED[engine]:
        with pytest.raises(UnsupportedSql, match=f"^{engine} cannot do "):
            relation.to_table()
        return
    assert answer(relation) == answer(asked(QUERIES[feature], tables["duckdb"]))


def test_postgresql_gives_integers_and_doubles_the_types_that_duckdb_tells(
    tables: dict[str, dict[str, Relation]],
) -> None:
    numbers = {pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.float64()}
    for feature in QUERIES.keys() - REFUSED["postgresql"]:
        told = asked(QUERIES[feature], tables["duckdb"]).schema
        found = asked(QUERIES[feature], tables["postgresql"]).schema
        expected = [field for field in told if field.type in numbers]
        assert [found.field(field.name) for field in expected] == expected, feature


@pytest.mark.parametrize("engine", NAMES)
def test_the_schema_told_is_the_schema_delivered(
    tables: dict[str, dict[str, Relation]], engine: str
) -> None:
    for feature in QUERIES.keys() - REFUSED[engine] - {"overflow"}:
        relation = asked(QUERIES[feature], tables[engine])
        assert relation.schema == relation.to_table().schema, feature
