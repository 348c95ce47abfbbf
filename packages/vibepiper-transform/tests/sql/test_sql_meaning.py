"""SQL of one dialect means the same wherever it runs."""

from __future__ import annotations

import pyarrow as pa
import pytest
from vibepiper_transform import Relation, col, compile_query, from_arrow, sql_asset

NUMBERS = pa.table(
    {
        "n": pa.array([7, -7, None, 2], pa.int32()),
        "d": pa.array([2.0, 2.0, 2.0, None]),
        "s": ["ab", "Ab", "B", None],
    }
)


def relation(sql: str, dialect: str) -> Relation:
    def made():
        return sql

    result = sql_asset(dialect=dialect)(made)(from_arrow(NUMBERS))
    assert isinstance(result, Relation)
    return result


def values(sql: str, dialect: str) -> list[object]:
    return relation(sql, dialect).to_table().column(0).to_pylist()


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("duckdb", [3.5, -3.5, None, 1.0]),
        ("mysql", [3.5, -3.5, None, 1.0]),
        ("postgresql", [3, -3, None, 1]),
        ("sqlite", [3, -3, None, 1]),
    ],
)
def test_integers_are_divided_as_the_author_means(dialect: str, expected: list[object]) -> None:
    assert values("SELECT n / 2 AS x FROM {{ t }}", dialect) == expected
    assert values("SELECT d / 2 AS x FROM {{ t }}", dialect) == [1, 1, 1, None]


def test_a_sum_of_integers_is_divided_as_one() -> None:
    sql = "WITH s AS (SELECT sum(n) AS total FROM {{ t }} WHERE n > 0) SELECT total / 2 AS x FROM s"
    assert values(sql, "postgresql") == [4]
    assert values(sql, "duckdb") == [4.5]


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("duckdb", [-7, 2, 7, None]),
        ("postgresql", [-7, 2, 7, None]),
        ("mysql", [None, -7, 2, 7]),
        ("sqlite", [None, -7, 2, 7]),
        ("bigquery", [None, -7, 2, 7]),
        ("snowflake", [-7, 2, 7, None]),
    ],
)
def test_nulls_are_where_the_author_expects_them(dialect: str, expected: list[object]) -> None:
    assert values("SELECT n FROM {{ t }} ORDER BY n", dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [("postgresql", [7]), ("duckdb", [7]), ("sqlite", [7, -7]), ("mysql", [7])],
)
def test_like_tells_case_where_the_author_expects_it(dialect: str, expected: list[object]) -> None:
    assert values("SELECT n FROM {{ t }} WHERE s LIKE 'a%'", dialect) == expected


@pytest.mark.parametrize(
    ("dialect", "names"),
    [
        ("postgresql", ("n", "total", "As_Is")),
        ("snowflake", ("n", "TOTAL", "As_Is")),
        ("duckdb", ("n", "Total", "As_Is")),
        ("bigquery", ("n", "Total", None)),
    ],
)
def test_new_names_have_the_case_of_their_dialect(dialect: str, names: tuple[str, ...]) -> None:
    quoted = "s AS other" if dialect == "bigquery" else 's AS "As_Is"'
    made = relation(f"SELECT N, n AS Total, {quoted} FROM {{{{ t }}}}", dialect)
    assert made.columns == tuple(name or "other" for name in names)


def test_bars_join_texts_only_where_they_do() -> None:
    assert values("SELECT s || 'x' AS x FROM {{ t }}", "postgresql")[:2] == ["abx", "Abx"]
    assert values("SELECT n = 7 || n = 2 AS x FROM {{ t }}", "mysql") == [True, False, None, True]


def test_results_have_the_types_of_any_relation() -> None:
    made = relation(
        "SELECT sum(n) AS a, avg(n) AS b, count(*) + sum(n) AS c FROM {{ t }}", "duckdb"
    )
    assert made.schema.types == [pa.int64(), pa.float64(), pa.int64()]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n / 2 AS x FROM {{ t }}",
        "SELECT ROUND(d) AS x FROM {{ t }}",
        "SELECT EXTRACT(SECOND FROM CAST(s AS TIMESTAMP)) AS x FROM {{ t }}",
    ],
)
def test_where_its_dialect_runs_it_stays_as_it_was_written(sql: str) -> None:
    text = sql.replace("{{ t }}", "").split("SELECT ")[1].split(" AS x")[0]
    native = compile_query(relation(sql, "postgresql").query(), "postgresql")
    assert text.upper() in native.replace('"t".', "").replace('"', "").upper()
    other = compile_query(relation(sql, "duckdb").query(), "postgresql")
    assert native != other


def test_what_is_built_on_top_has_the_meaning_of_the_builder() -> None:
    written = relation("SELECT ROUND(d) AS x FROM {{ t }}", "postgresql")
    built = compile_query(written.mutate(y=col("x").round(1)).query(), "postgresql")
    assert built.count("ROUND(") == 1
    assert "FLOOR(" in built


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ID FROM {{ t }} FULL JOIN {{ u }} u USING (id) ORDER BY id",
        "SELECT id FROM {{ t }} FULL JOIN {{ u }} u USING (id) GROUP BY id ORDER BY id",
        "SELECT id FROM {{ t }} NATURAL FULL JOIN {{ u }} u ORDER BY 1",
        "WITH j AS (SELECT id FROM {{ t }} FULL JOIN {{ u }} u USING (id)) "
        "SELECT id FROM j ORDER BY id",
    ],
)
def test_the_key_of_a_full_join_keeps_its_name(sql: str) -> None:
    def made():
        return sql

    t, u = (from_arrow(pa.table({"id": ids})) for ids in ([1, 2], [2, 3]))
    result = sql_asset(made)(t, u)
    assert isinstance(result, Relation)
    assert result.to_table().to_pydict() == {"id": [1, 2, 3]}


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        ("s.upper().left(1)", ["A", "A", "B", None]),
        ("(t.s || 'y').upper()[1]", ["A", "A", "B", None]),
        ("max(s.lower())", ["b"]),
        ("[e.upper() || s.lower() for e in ['x']][1]", ["Xab", "Xab", "Xb", None]),
    ],
)
def test_functions_are_called_one_after_the_other(chain: str, expected: list[object]) -> None:
    assert values(f"SELECT {chain} AS x FROM {{{{ t }}}}", "duckdb") == expected


@pytest.mark.parametrize("join", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
@pytest.mark.parametrize(
    ("dialect", "names"),
    [
        ("duckdb", ("a", "k", "b", "l", "c")),
        ("sqlite", ("a", "k", "b", "l", "c")),
        ("postgresql", ("l", "k", "a", "b", "c")),
    ],
)
def test_a_star_has_shared_columns_where_its_dialect_has_them(
    join: str, dialect: str, names: tuple[str, ...]
) -> None:
    def made():
        return (
            f"SELECT * FROM {{{{ t }}}} {join} {{{{ u }}}} USING (k) {join} {{{{ v }}}} USING (l)"
        )

    tables = [pa.table({name: [1] for name in each}) for each in ("ak", "kbl", "lc")]
    assert sql_asset(dialect=dialect)(made)(*tables).columns == names
