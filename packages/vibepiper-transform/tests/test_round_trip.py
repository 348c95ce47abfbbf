"""What is written in DuckDB's SQL is what DuckDB is asked."""

from __future__ import annotations

from itertools import product

import duckdb
import pyarrow as pa
import pytest
from sqlglot import parse_one
from vibepiper.errors import DefinitionError
from vibepiper_transform import compile_query, from_arrow, sql_asset
from vibepiper_transform.dialects.spoken import spoken

VALUES = {
    "VARCHAR": ("'aB.c x ab'", "'B.'", "'xY'", "'%Y'"),
    "BIGINT": ("-5", "2", "1"), "INTEGER": ("3", "2", "1"), "DECIMAL": ("2.55", "1.25"),
    "DOUBLE": ("2.5::DOUBLE", "0.5::DOUBLE"), "FLOAT": ("2.5::FLOAT", "0.5::FLOAT"),
    "BOOLEAN": ("true", "false"),
    "DATE": ("DATE '2024-02-29'", "DATE '2023-01-15'"), "TIME": ("TIME '01:02:03'",),
    "TIMESTAMP": ("TIMESTAMP '2024-02-29 12:34:56.789'", "TIMESTAMP '2023-01-15'"),
    "TIMESTAMP WITH TIME ZONE": ("TIMESTAMPTZ '2024-02-29 12:34:56+00'",),
    "INTERVAL": ("INTERVAL 3 DAY", "INTERVAL 2 HOUR"), "BLOB": ("'abc'::BLOB", "'b'::BLOB"),
    "BIT": ("'10101'::BIT", "'11111'::BIT"), "VARCHAR[]": ("['b', 'a']", "['a']"),
    "T[]": ("[3, 1, 2]", "[1, 5]"), "ANY[]": ("[3, 1, 2]", "[1, 5]"), "T": ("2", "1"),
    "ANY": ("2", "1"), "JSON": ("""'{"a": [1, 2]}'::JSON""",), "MAP(K, V)": ("MAP {'a': 1}",),
}  # fmt: skip
TEXTS = {"regexp": ("'A.b'", "'(a)(.)'", "'l'", "'gi'"), "date": ("'month'",), "str": ("'%d'",)}
CHANGING = ("current_", "get_current", "pg_", "random", "uuid", "gen_", "now", "txid", "today")
ONLY_OF_TIMES = (("date_add", "-5, 2"), ("date_add", "2.5::DOUBLE, 0.5::DOUBLE"))
"""sqlglot knows a function of this name that takes intervals: refused when it is bound."""


def calls() -> list[tuple[str, str]]:
    """Of each function and each number of arguments."""
    asked = """
        SELECT DISTINCT function_name, parameter_types, varargs FROM duckdb_functions()
        WHERE function_type IN ('scalar', 'aggregate')
        AND regexp_full_match(function_name, '\\w+')
    """
    found: dict[tuple[str, str], None] = {}
    for name, kinds, more in duckdb.connect().execute(asked).fetchall():
        for types in (kinds, [*kinds, more, more]) if more else (kinds,):
            options = [_values(name, types, place) for place in range(len(types))]
            if not name.startswith(CHANGING) and types:
                found |= {(name, ", ".join(each)): None for each in list(product(*options))[:12]}
    return [call for call in found if call not in ONLY_OF_TIMES]


def _values(name: str, types: list[str], place: int) -> tuple[str, ...]:
    kind = types[place] or "ANY"
    known = VALUES.get(kind, ())
    one = known[min(types[:place].count(kind), len(known) - 1) :][:1] if known else ()
    special = next((texts for part, texts in TEXTS.items() if part in name), ())
    return (*one, *special) if kind == "VARCHAR" else one


def test_each_function_of_duckdb_keeps_its_arguments() -> None:
    connection, asked = duckdb.connect(), 0
    for name, arguments in calls():
        sql = f"SELECT {name}({arguments}) AS v"
        try:
            expected = connection.execute(sql).fetchall()
        except duckdb.Error:
            continue
        asked += 1
        written = compile_query(parse_one(sql, dialect=spoken("duckdb")), "duckdb")  # type: ignore[arg-type]
        assert repr(connection.execute(written).fetchall()) == repr(expected), sql
    assert asked > 900


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("regexp_replace('a.b', '.', '-', 'l')", "a-b"),
        ("regexp_replace('a.b.', '.', '-', 'gl')", "a-b-"),
        ("regexp_extract('a.b', 'a.b', 0, 'l')", "a.b"),
        ("regexp_extract('a-b', 'a.b', 0, 'l')", ""),
        ("jaro_winkler_similarity('aB', 'Ab')", 0.0),
        ("jaro_winkler_similarity('abcdef', 'abcxyz', 0.9)", 0.0),
    ],
)
def test_options_of_functions_are_kept(word: str, expected: object) -> None:

    def made() -> str:
        return f"SELECT {word} AS v FROM {{{{ t }}}}"

    relation = sql_asset(made)(from_arrow(pa.table({"n": [1]})))
    assert relation.to_table()["v"].to_pylist() == [expected]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("CAST(l AS INT)", r"'l' is BIGINT\[\], which is never INT"),
        ("CAST(list_sort(l) AS INT)", r"is BIGINT\[\], which is never INT"),
        ("CAST(n + 1 AS DATE)", "is int64, which is never DATE"),
    ],
)
def test_a_cast_that_duckdb_has_not_is_found_before_it_runs(word: str, told: str) -> None:

    def made() -> str:
        return f"SELECT {word} AS v FROM {{{{ t }}}}"

    with pytest.raises(DefinitionError, match=told) as caught:
        sql_asset(made)(from_arrow(pa.table({"l": [[1]], "n": [1]})))
    assert caught.value.at is not None
