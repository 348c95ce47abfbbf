"""What SQL can ask for, a query for each: what a dialect must do with DuckDB's results, or refuse.

The queries read ``t`` and ``u`` (`TABLES`). The table of dialects in the documentation is made of
them, and the tests run each on every engine.
"""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

__all__ = ["FEATURES", "TABLES"]

_AT = [
    dt.datetime(2024, 2, 29, 23, 59, 59, 900000),
    dt.datetime(2023, 12, 31),
    None,
    dt.datetime(2024, 1, 1, 12, 30),
    dt.datetime(1999, 12, 31, 23, 59, 59),
    dt.datetime(2024, 1, 1, 12, 30),
]

TABLES = {
    "t": pa.table(
        {
            "id": pa.array([1, 2, 3, 4, 5, None], pa.int64()),
            "k": ["a", "B", None, "a", "é%_\\'", "b "],
            "n": pa.array([7, -7, None, 2**40, 0, 3], pa.int64()),
            "i": pa.array([1, 2, 3, None, -5, 100], pa.int32()),
            "x": [2.5, -2.5, None, 1e300, 0.125, 0.5],
            "ok": [True, False, None, True, True, False],
            "day": [v and v.date() for v in _AT],
            "at": _AT,
            "moment": pa.array(_AT, pa.timestamp("us", "UTC")),
        }
    ),
    "u": pa.table(
        {
            "id": pa.array([1, 1, 3, 9, None], pa.int64()),
            "label": ["one", "uno", None, "nine", "none"],
            "at": [_AT[1], _AT[3], _AT[0], None, _AT[4]],
        }
    ),
}

FEATURES: dict[str, dict[str, str]] = {
    "Queries": {
        "joins": "SELECT t.id, u.label FROM t LEFT JOIN u ON t.id = u.id",
        "right join": "SELECT t.k, u.label FROM t RIGHT JOIN u ON t.id = u.id",
        "full join": "SELECT t.id, t.k, u.label FROM t FULL JOIN u ON t.id = u.id",
        "full join by order": (
            "SELECT t.id, t.n + 1 AS m, u.label FROM t FULL JOIN u ON t.id < u.id AND u.id > 3"
        ),
        "join using": "SELECT id, k, label FROM t JOIN u USING (id)",
        "semi join": "SELECT k FROM t SEMI JOIN u ON t.id = u.id",
        "anti join": "SELECT k FROM t ANTI JOIN u ON t.id = u.id",
        "as-of join": "SELECT t.id, u.label FROM t ASOF LEFT JOIN u ON t.at >= u.at",
        "exists": "SELECT k FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)",
        "exists of another": (
            "SELECT k, NOT EXISTS (SELECT 1 FROM u WHERE u.id = t.id AND u.label <> t.k) AS n "
            "FROM t WHERE EXISTS (SELECT 1 FROM t AS o WHERE o.k = t.k AND o.id <> t.id)"
        ),
        "in a query": "SELECT k FROM t WHERE id IN (SELECT id FROM u WHERE id IS NOT NULL)",
        "scalar subquery": "SELECT id, (SELECT max(label) FROM u WHERE u.id = t.id) AS m FROM t",
        "with": "WITH w AS (SELECT id, n FROM t WHERE n > 0) SELECT id FROM w",
        "distinct": "SELECT DISTINCT k, ok FROM t",
        "distinct on": "SELECT DISTINCT ON (ok) ok, id FROM t ORDER BY ok, id",
        "qualify": "SELECT id FROM t QUALIFY row_number() OVER (PARTITION BY ok ORDER BY id) = 1",
        "nulls first and last": "SELECT id FROM t ORDER BY n DESC NULLS FIRST, id LIMIT 2",
        "limit and offset": "SELECT id FROM t ORDER BY id NULLS LAST LIMIT 2 OFFSET 1",
        "group by all": "SELECT ok, k, count(*) AS c FROM t GROUP BY ALL",
        "union by name": "SELECT id, k FROM t UNION ALL BY NAME SELECT id, label FROM u",
        "union": "SELECT id FROM t UNION SELECT id FROM u",
        "union all": "SELECT id FROM t UNION ALL (SELECT id FROM u ORDER BY id LIMIT 1)",
        "intersect": "SELECT id FROM t INTERSECT SELECT id FROM u",
        "intersect all": "SELECT id FROM u INTERSECT ALL SELECT id FROM u",
        "except": "SELECT id FROM t EXCEPT SELECT id FROM u",
        "except all": "SELECT id FROM u EXCEPT ALL SELECT id FROM t",
        "grouping sets": (
            "SELECT k, ok, count(*) AS c, grouping(k, ok) AS g FROM t "
            "GROUP BY GROUPING SETS ((k, ok), (k), ())"
        ),
        "rollup": "SELECT ok, k, sum(i)::BIGINT AS s FROM t GROUP BY ROLLUP (ok, k)",
        "cube": "SELECT ok, k, count(n) AS c FROM t GROUP BY CUBE (ok, k)",
        "aggregates of keys in cube": (
            "SELECT ok, i, sum(i)::BIGINT AS s, count(*) FILTER (WHERE NOT ok) AS c FROM t "
            "GROUP BY CUBE (ok, i)"
        ),
        "having": "SELECT k, count(*) AS c FROM t GROUP BY k HAVING count(*) > 1",
    },
    "Aggregates": {
        "count distinct": "SELECT count(DISTINCT k) AS c FROM t",
        "filtered aggregate": (
            "SELECT count(*) FILTER (WHERE ok) AS c, sum(i) FILTER (WHERE n > 0) AS s FROM t"
        ),
        "sum of integers": "SELECT sum(n)::BIGINT AS s FROM t",
        "sum of booleans": "SELECT sum(ok)::BIGINT AS s, sum(n > 0)::BIGINT AS p FROM t",
        "mean": "SELECT avg(i) AS a, avg(x) FILTER (WHERE x < 100) AS b FROM t",
        "min and max": "SELECT min(k) AS a, max(day) AS b, max(ok) AS c FROM t",
        "bool_and and bool_or": "SELECT bool_and(ok) AS a, bool_or(ok) AS b FROM t",
        "standard deviation": "SELECT stddev_samp(i) AS s, var_pop(i) AS v FROM t",
        "median": "SELECT median(i) AS m FROM t",
        "quantile": "SELECT quantile_cont(i, 0.25) AS q FROM t",
        "list of values": "SELECT array_agg(i ORDER BY i) AS l FROM t",
        "text of values": "SELECT string_agg(k, ',' ORDER BY k) AS l FROM t",
    },
    "Windows": {
        "rank": "SELECT id, rank() OVER (PARTITION BY ok ORDER BY n DESC NULLS LAST) AS r FROM t",
        "lag with a default": "SELECT id, lag(n, 1, 0) OVER (ORDER BY id NULLS LAST) AS l FROM t",
        "running sum": (
            "SELECT id, sum(i) OVER (ORDER BY id NULLS LAST ROWS BETWEEN 1 PRECEDING AND "
            "CURRENT ROW)::BIGINT AS s FROM t"
        ),
        "range of numbers": (
            "SELECT i, count(*) OVER (ORDER BY i RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS "
            "c FROM t"
        ),
        "range of times": (
            "SELECT id, count(*) OVER (ORDER BY at RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND "
            "CURRENT ROW) AS c FROM t"
        ),
        "ntile, first, last": (
            "SELECT id, ntile(2) OVER (ORDER BY id NULLS LAST) AS a, first_value(k) OVER "
            "(ORDER BY id NULLS LAST) AS b FROM t"
        ),
        "count distinct over a window": (
            "SELECT id, count(DISTINCT k) OVER (PARTITION BY ok) AS c FROM t"
        ),
    },
    "Numbers": {
        "division": "SELECT id, n / 2 AS q, i / nullif(i - 3, 0) AS z FROM t",
        "whole division": "SELECT id, n // 2 AS q FROM t",
        "remainder": "SELECT id, n % 3 AS m, x % 2 AS f FROM t WHERE x < 100",
        "rounding": "SELECT id, round(x) AS a, round(i / 8, 2) AS b FROM t",
        "floor and ceiling": "SELECT id, floor(x) AS a, ceil(x) AS b FROM t WHERE x < 100",
        "overflow": "SELECT n + 9223372036854775807 AS s FROM t WHERE n < 0",
        "decimals": "SELECT id, i * CAST('1.10' AS DECIMAL(5, 2)) AS d FROM t",
        "NaN": "SELECT CAST('nan' AS DOUBLE) AS x FROM t",
        "greatest and least": "SELECT id, greatest(n, i) AS g, least(n, i) AS l FROM t",
        "sqrt": "SELECT id, sqrt(i) AS s FROM t WHERE i > 0",
        "try_cast": "SELECT id, TRY_CAST(k AS INTEGER) AS n FROM t",
        "numbers of comparisons": (
            "SELECT id, CAST(n BETWEEN 1 AND 9 AS INT) + 1 AS a, CAST(i = 1 AS BIGINT) + 2 AS b "
            "FROM t"
        ),
        "booleans and numbers": (
            "SELECT id, CAST(ok AS BIGINT) AS a, CAST(ok AS DOUBLE) AS b, CAST(n AS BOOLEAN) AS c "
            "FROM t"
        ),
        "whole of a fraction": "SELECT id, CAST(x AS BIGINT) AS n FROM t WHERE x < 100",
        "number of a text": "SELECT CAST(k AS DOUBLE) AS x FROM t WHERE k IS NULL",
        "random": "SELECT id FROM t WHERE random() > 2",
    },
    "Texts": {
        "comparison by bytes": "SELECT id FROM t WHERE k < 'a' OR k = 'b'",
        "like": "SELECT id, k LIKE '%A' AS a, k LIKE '_\\_\\\\''' AS b, k LIKE '%\\%' AS c FROM t",
        "not like": "SELECT id FROM t WHERE k NOT LIKE 'a%'",
        "like of a column": "SELECT t.id FROM t JOIN u ON u.label LIKE t.k",
        "concatenation": "SELECT id, k || '!' AS a, concat(k, '?') AS b FROM t",
        "text of a number": "SELECT id, CAST(n AS VARCHAR) AS a, CAST(ok AS VARCHAR) AS b FROM t",
        "text of a fraction": "SELECT id, CAST(x AS VARCHAR) AS a FROM t",
        "text of a time": "SELECT id, CAST(day AS VARCHAR) AS a, CAST(at AS VARCHAR) AS b FROM t",
        "upper and lower": "SELECT id, upper(k) AS a, lower(k) AS b FROM t",
        "length": "SELECT id, length(k) AS n FROM t",
        "substring": "SELECT id, substring(k, 1, 2) AS a FROM t",
        "replace": "SELECT id, replace(k, 'a', 'xy') AS a FROM t",
        "starts with": "SELECT id, starts_with(k, 'a') AS a FROM t",
        "trim": "SELECT id, trim(k) AS a FROM t",
        "position": "SELECT id, strpos(k, '%') AS a FROM t",
        "regular expressions": "SELECT id, regexp_matches(k, '^[a-c]') AS a FROM t",
        "split": "SELECT id, split_part(k, '%', 1) AS a FROM t",
    },
    "Times": {
        "parts": (
            "SELECT id, year(at) AS y, extract(quarter FROM day) AS q, extract(second FROM at) "
            "AS s FROM t"
        ),
        "week": (
            "SELECT id, extract(week FROM day) AS w, extract(dow FROM day) AS d, extract(doy "
            "FROM day) AS n FROM t"
        ),
        "date_trunc": (
            "SELECT id, date_trunc('month', at) AS m, date_trunc('week', day) AS w, "
            "date_trunc('hour', at) AS h FROM t"
        ),
        "make_date": (
            "SELECT id, make_date(2024, 2, 29) AS d, make_date(2000 + i, 1, 31) AS e FROM t "
            "WHERE i < 50"
        ),
        "intervals": "SELECT id, day + INTERVAL 1 MONTH AS a, at - INTERVAL 90 DAY AS b FROM t",
        "days between": (
            "SELECT id, day - DATE '2024-01-01' AS a, date_diff('month', DATE '2024-01-31', "
            "day) AS b FROM t"
        ),
        "date and timestamp": "SELECT id FROM t WHERE at > DATE '2023-12-31'",
        "instants": (
            "SELECT id, moment AS a, CAST(moment AS DATE) AS d FROM t WHERE moment >= "
            "TIMESTAMPTZ '2024-01-01 00:30:00+01:00'"
        ),
        "time zones": "SELECT id, moment AT TIME ZONE 'Europe/Berlin' AS a FROM t",
        "format": "SELECT id, strftime(at, '%Y') AS a FROM t",
    },
    "Nested data": {
        "lists": "SELECT id, [i, i + 1] AS l FROM t",
        "structs": "SELECT id, {'a': i} AS s FROM t",
        "unnest": "SELECT id, unnest([1, 2]) AS v FROM t",
    },
}
"""By their groups and names."""
