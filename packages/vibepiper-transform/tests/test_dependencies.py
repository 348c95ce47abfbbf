"""Which columns a query's columns depend on, form by form."""

from __future__ import annotations

import pytest
import sqlglot
from vibepiper_transform.lineage.dependencies import UNKNOWN, Output
from vibepiper_transform.lineage.walk import column_dependencies

SOURCES = {
    "t": ["a", "b", "c", "xs"],
    "u": ["a", "d"],
    "w": ["k", "c", "v"],
    "s": ["id", "at"],
}


def follow(sql: str) -> Output:
    return column_dependencies(sqlglot.parse_one(sql, dialect="duckdb"), SOURCES)


def told(found: Output) -> dict[str, str]:
    """``{"x": "t.a expression"}``; what decides the rows as ``*``."""
    columns = {**found.columns, "*": found.rows}
    return {
        name: ", ".join(sorted(f"{source}.{column} {kind}" for source, column, kind in each))
        for name, each in columns.items()
        if each or name != "*"
    }


CASES = {
    "SELECT a, b + c AS x FROM t": {"a": "t.a identity", "x": "t.b expression, t.c expression"},
    "SELECT * EXCLUDE (b, xs) REPLACE (c + 1 AS c) RENAME (a AS z) FROM t": {
        "z": "t.a identity",
        "c": "t.c expression",
    },
    "SELECT q.* FROM (SELECT a AS x FROM t) AS q": {"x": "t.a identity"},
    "SELECT a AS x, x + 1 AS y FROM t": {"x": "t.a identity", "y": "t.a expression"},
    "SELECT A FROM T AS q WHERE Q.B > 1": {"A": "t.a identity", "*": "t.b filter"},
    "SELECT CASE WHEN a > 1 THEN b END AS x FROM t": {"x": "t.a expression, t.b expression"},
    "SELECT a, sum(b) AS s, count(*) AS n FROM t GROUP BY a HAVING max(c) > 1": {
        "a": "t.a identity",
        "s": "t.b aggregate",
        "n": "",
        "*": "t.a group_key, t.c filter",
    },
    "SELECT a AS x, sum(b) AS s FROM t GROUP BY ALL": {
        "x": "t.a identity",
        "s": "t.b aggregate",
        "*": "t.a group_key",
    },
    "SELECT a + 1 AS x, mad(b) AS m FROM t GROUP BY 1": {
        "x": "t.a expression",
        "m": "t.b aggregate",
        "*": "t.a group_key",
    },
    "SELECT sum(b) FILTER (WHERE c > 1) AS s FROM t": {"s": "t.b aggregate, t.c aggregate"},
    "SELECT a, c, sum(b) AS s FROM t GROUP BY GROUPING SETS ((a), (c))": {
        "a": "t.a identity",
        "c": "t.c identity",
        "s": "t.b aggregate",
        "*": "t.a group_key, t.c group_key",
    },
    "SELECT count(*) OVER () AS n, count(*) OVER (PARTITION BY a) AS m FROM t": {
        "n": "",
        "m": "t.a window",
    },
    "SELECT rank() OVER (PARTITION BY a ORDER BY b) AS r FROM t": {"r": "t.a window, t.b window"},
    "SELECT sum(c) OVER w AS s FROM t WINDOW w AS (PARTITION BY a)": {
        "s": "t.a window, t.c window"
    },
    "SELECT a FROM t QUALIFY row_number() OVER (ORDER BY b) = 1": {
        "a": "t.a identity",
        "*": "t.b filter",
    },
    "SELECT a FROM t ORDER BY b LIMIT 3": {"a": "t.a identity", "*": "t.b filter"},
    "SELECT a FROM t ORDER BY b": {"a": "t.a identity"},
    "SELECT DISTINCT ON (b) a FROM t ORDER BY c": {
        "a": "t.a identity",
        "*": "t.b filter, t.c filter",
    },
    "SELECT t.b, u.d FROM t JOIN u ON t.a = u.a": {
        "b": "t.b identity",
        "d": "u.d identity",
        "*": "t.a join_key, u.a join_key",
    },
    "SELECT * EXCLUDE (b, c, xs) FROM t JOIN u USING (a)": {
        "a": "t.a identity",
        "d": "u.d identity",
        "*": "t.a join_key, u.a join_key",
    },
    "SELECT a FROM t RIGHT JOIN u USING (a)": {
        "a": "u.a identity",
        "*": "t.a join_key, u.a join_key",
    },
    "SELECT a FROM t FULL JOIN u USING (a)": {
        "a": "t.a expression, u.a expression",
        "*": "t.a join_key, u.a join_key",
    },
    "SELECT a, d FROM t NATURAL JOIN u": {
        "a": "t.a identity",
        "d": "u.d identity",
        "*": "t.a join_key, u.a join_key",
    },
    "SELECT * EXCLUDE (b, c, xs) FROM t SEMI JOIN u ON t.a = u.d": {
        "a": "t.a identity",
        "*": "t.a join_key, u.d join_key",
    },
    "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.b)": {
        "a": "t.a identity",
        "*": "t.b filter, u.a filter",
    },
    "SELECT a FROM t WHERE b IN (SELECT d FROM u)": {
        "a": "t.a identity",
        "*": "t.b filter, u.d filter",
    },
    "SELECT (SELECT max(d) FROM u WHERE u.a = t.a) AS m FROM t": {
        "m": "t.a filter, u.a filter, u.d aggregate"
    },
    "SELECT l.z FROM t, LATERAL (SELECT t.a + 1 AS z) AS l": {"z": "t.a expression"},
    "SELECT x FROM t, UNNEST(t.xs) AS q(x)": {"x": "t.xs expression"},
    "SELECT unnest(xs) AS x FROM t": {"x": "t.xs expression"},
    "SELECT list_transform(xs, x -> x + b) AS y FROM t": {"y": "t.b expression, t.xs expression"},
    "SELECT xs.f.g AS y FROM t": {"y": "t.xs expression"},
    "SELECT a FROM t UNION ALL SELECT d FROM u": {"a": "t.a identity, u.d identity"},
    "SELECT a, b FROM t EXCEPT SELECT a, d FROM u": {
        "a": "t.a identity",
        "b": "t.b identity",
        "*": "t.a filter, t.b filter, u.a filter, u.d filter",
    },
    "SELECT a, b FROM t UNION BY NAME SELECT d AS b FROM u": {
        "a": "t.a identity",
        "b": "t.b identity, u.d identity",
    },
    "WITH x(p) AS (SELECT a FROM t), y AS (SELECT p + 1 AS q FROM x) SELECT p, q FROM x, y": {
        "p": "t.a identity",
        "q": "t.a expression",
    },
    "WITH RECURSIVE r AS (SELECT a, b FROM t UNION ALL SELECT r.a, u.d FROM r JOIN u USING (a)) "
    "SELECT b FROM r": {"b": "t.b identity, u.d identity", "*": "t.a join_key, u.a join_key"},
    "SELECT * FROM w PIVOT (sum(v) FOR c IN ('x', 'y'))": {
        "k": "w.k identity",
        "x": "w.c aggregate, w.v aggregate",
        "y": "w.c aggregate, w.v aggregate",
        "*": "w.k group_key",
    },
    "SELECT * FROM (SELECT a, b, c FROM t) UNPIVOT (v FOR n IN (b, c))": {
        "a": "t.a identity",
        "n": "",
        "v": "t.b identity, t.c identity",
    },
    "SELECT max(x) AS y FROM (SELECT a + 1 AS x FROM t WHERE b > 1)": {
        "y": "t.a aggregate",
        "*": "t.b filter",
    },
    "SELECT 1 AS one": {"one": ""},
    "SELECT a, count(*) AS n FROM t GROUP BY a ORDER BY n LIMIT 1": {
        "a": "t.a identity",
        "n": "",
        "*": "t.a group_key",
    },
}


@pytest.mark.parametrize("sql", CASES)
def test_each_form_is_followed(sql: str) -> None:
    assert told(follow(sql)) == CASES[sql]


def test_what_cannot_be_found_is_said_to_be_unknown() -> None:
    """Such a column is opaque; a guess would be taken for the truth."""
    assert follow("SELECT nothing FROM t").columns["nothing"] == UNKNOWN
    assert follow("SELECT x FROM elsewhere").columns["x"] == UNKNOWN


def test_a_cte_that_is_read_often_is_followed_once() -> None:
    """Each level reads the one below twice: without memory there would be 2^40 ways."""
    levels = ["x0 AS (SELECT a FROM t)"]
    for n in range(1, 41):
        levels.append(f"x{n} AS (SELECT p.a FROM x{n - 1} AS p JOIN x{n - 1} AS q USING (a))")
    found = follow(f"WITH {', '.join(levels)} SELECT a FROM x40")
    assert told(found) == {"a": "t.a identity", "*": "t.a join_key"}
