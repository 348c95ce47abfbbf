"""Queries as the SQL of a dialect."""

from __future__ import annotations

import pyarrow as pa
import pytest
from sqlglot import parse_one
from vibepiper.errors import DefinitionError
from vibepiper_transform import UnsupportedSql, col, compile_query, from_arrow


def compiled(sql: str, dialect: str) -> str:
    return compile_query(parse_one(sql, dialect="duckdb"), dialect)


def test_names_are_quoted() -> None:
    assert compiled("SELECT Id FROM t", "duckdb") == 'SELECT "Id" FROM "t"'


def test_postgresql_rounds_halves_away_from_zero() -> None:
    text = compiled("SELECT round(x, 1) AS r FROM t", "postgresql")
    assert "FLOOR((ABS" in text
    assert "ROUND" not in text


def test_a_relation_is_written_in_any_dialect() -> None:
    relation = from_arrow(pa.table({"n": [1]})).select(h=col("n") / 2)
    assert "DOUBLE PRECISION" in relation.sql("postgresql")
    assert relation.sql("postgres") == relation.sql("postgresql")


def test_an_unknown_dialect_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DefinitionError, match=r"'mysq' is no dialect of SQL\n.*'mysql'"):
        compiled("SELECT 1", "mysq")


COLUMNS = pa.schema(
    [
        ("k", pa.string()),
        ("n", pa.int64()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("l", pa.list_(pa.int64())),
        ("x", pa.float64()),
    ]
)
WRITTEN = {
    "SELECT l[-1] AS e FROM t": (
        'SELECT "t"."l"[ARRAY_SIZE("t"."l") - 1] AS "e" FROM "t" AS "t"',
        "SELECT `t`.`l`[SAFE_OFFSET(ARRAY_LENGTH(`t`.`l`) - 1)] AS `e` FROM `t` AS `t`",
    ),
    "SELECT l[2] AS e FROM t": (
        'SELECT "t"."l"[1] AS "e" FROM "t" AS "t"',
        "SELECT `t`.`l`[SAFE_ORDINAL(2)] AS `e` FROM `t` AS `t`",
    ),
    "SELECT regexp_matches(k, '^a') AS m FROM t": (
        """SELECT (REGEXP_INSTR("t"."k", '^a') > 0) AS "m" FROM "t" AS "t\"""",
        "SELECT REGEXP_CONTAINS(`t`.`k`, '^a') AS `m` FROM `t` AS `t`",
    ),
    "SELECT isnan(x) AS m FROM t": (
        """SELECT ("t"."x" = CAST('NaN' AS DOUBLE)) AS "m" FROM "t" AS "t\"""",
        "SELECT IS_NAN(`t`.`x`) AS `m` FROM `t` AS `t`",
    ),
    "SELECT n / 2 AS q FROM t": (
        'SELECT CAST("t"."n" AS DOUBLE) / 2 AS "q" FROM "t" AS "t"',
        "SELECT CAST(`t`.`n` AS FLOAT64) / 2 AS `q` FROM `t` AS `t`",
    ),
    "SELECT day - DATE '2024-01-01' AS d FROM t": (
        """SELECT DATEDIFF(DAY, CAST('2024-01-01' AS DATE), "t"."day") AS "d" FROM "t" AS "t\"""",
        "SELECT DATE_DIFF(`t`.`day`, CAST('2024-01-01' AS DATE), DAY) AS `d` FROM `t` AS `t`",
    ),
    "SELECT week(day) AS w FROM t": (
        'SELECT WEEKISO("t"."day") AS "w" FROM "t" AS "t"',
        "SELECT EXTRACT(ISOWEEK FROM `t`.`day`) AS `w` FROM `t` AS `t`",
    ),
    "SELECT date_trunc('week', day) AS w FROM t": (
        """SELECT DATE_TRUNC('WEEK', "t"."day") AS "w" FROM "t" AS "t\"""",
        "SELECT DATETIME_TRUNC(CAST(`t`.`day` AS DATETIME), ISOWEEK) AS `w` FROM `t` AS `t`",
    ),
    "SELECT count(*) FILTER (WHERE n > 0) AS c FROM t": (
        'SELECT COUNT_IF("t"."n" > 0) AS "c" FROM "t" AS "t"',
        "SELECT COUNTIF(`t`.`n` > 0) AS `c` FROM `t` AS `t`",
    ),
    "SELECT rtrim(k) AS r FROM t": (
        'SELECT RTRIM("t"."k") AS "r" FROM "t" AS "t"',
        "SELECT RTRIM(`t`.`k`, ' ') AS `r` FROM `t` AS `t`",
    ),
    "SELECT k LIKE 'a\\b' AS l FROM t": (
        """SELECT "t"."k" LIKE 'a\\\\b' AS "l" FROM "t" AS "t\"""",
        "SELECT `t`.`k` LIKE 'a\\\\\\\\b' AS `l` FROM `t` AS `t`",
    ),
}


@pytest.mark.parametrize("sql", WRITTEN)
def test_snowflake_and_bigquery_are_written_as_their_manuals_say(sql: str) -> None:
    query = parse_one(sql, dialect="duckdb")
    found = [compile_query(query, d, lambda table: COLUMNS) for d in ("snowflake", "bigquery")]
    assert tuple(found) == WRITTEN[sql]


@pytest.mark.parametrize(
    ("sql", "dialect", "feature"),
    [
        ("SELECT TRY_CAST(k AS INT) AS n FROM t", "snowflake", "try_cast"),
        ("SELECT median(n) AS m FROM t", "bigquery", r"median\(\)"),
        (
            "SELECT regexp_replace(k, 'a', 'b') AS r FROM t",
            "bigquery",
            "regexp_replace of the first match",
        ),
        ("SELECT date_sub(k, n) AS s FROM t", "postgresql", r"date_sub\(\)"),
        ("SELECT median(n) AS m FROM t", "mysql", r"median\(\)"),
        ("SELECT CAST(n AS DECIMAL(5, 2)) AS d FROM t", "sqlite", "decimals"),
        ("SELECT md5(k) AS h FROM t", "mysql", r"md5\(\)"),
        ("SELECT list_sum([n]) AS h FROM t", "sqlite", "lists"),
        ("SELECT (n, k) < (n, k) AS c FROM t", "mysql", "this comparison of rows"),
        ("SELECT jaccard(k, k) AS h FROM t", "sqlite", r"jaccard\(\)"),
    ],
)
def test_what_a_dialect_cannot_do_is_refused_by_name(sql: str, dialect: str, feature: str) -> None:
    query = parse_one(sql, dialect="duckdb")
    with pytest.raises(UnsupportedSql, match=f"^{dialect} cannot do {feature}: "):
        compile_query(query, dialect, lambda table: COLUMNS)


def test_a_function_that_nobody_knows_is_the_users_own() -> None:
    query = parse_one("SELECT our_function(n) AS f FROM t", dialect="duckdb")
    written = compile_query(query, "mysql", lambda table: COLUMNS)
    assert written == "SELECT OUR_FUNCTION(`t`.`n`) AS `f` FROM `t` AS `t`"


def test_without_columns_what_goes_by_types_is_refused() -> None:
    with pytest.raises(UnsupportedSql, match="mysql cannot do a query over unknown columns"):
        compiled("SELECT n FROM t", "mysql")


def test_grouping_sets_become_a_union_where_there_are_none() -> None:
    query = parse_one("SELECT k, sum(n) AS s FROM t GROUP BY ROLLUP (k)", dialect="duckdb")
    written = compile_query(query, "sqlite", lambda table: COLUMNS)
    assert written.count("UNION ALL") == 1
    assert "ROLLUP" not in written


@pytest.mark.parametrize("dialect", ["sqlite", "mysql"])
def test_a_filtered_sum_of_integers_is_a_whole_number(dialect: str) -> None:
    sql = "SELECT CAST(SUM(n) FILTER (WHERE n > 0) AS BIGINT) AS s FROM t"
    assert "SUM(" in compile_query(parse_one(sql, dialect="duckdb"), dialect, lambda _: COLUMNS)


def test_rows_of_a_full_join_are_counted_in_mysql() -> None:
    query = parse_one("SELECT count(*) AS n FROM a FULL JOIN b ON a.k = b.k", dialect="duckdb")
    written = compile_query(query, "mysql", lambda table: pa.schema([("k", pa.int64())]))
    assert written.count("SELECT 1 AS `c0` FROM") == 2
