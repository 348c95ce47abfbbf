"""What DuckDB alone says has its rows on every engine, or is refused before it runs."""

from __future__ import annotations

import re
from itertools import permutations

import duckdb
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_testing.sql_features import TABLES
from vibepiper_transform import Relation, UnsupportedSql

from tests.properties import engines as engines_module
from tests.properties.engines import NAMES, Engine, answer, written

DEEP = "n + (" * 30 + "1" + ")" * 30
JOINED = "k || (" * 60 + "'x'" + ")" * 60
DIVIDED = "i / (" * 9 + "n" + ")" * 9
MANY = " UNION ALL BY NAME ".join(f"SELECT {i} AS c, id FROM {{{{ t }}}}" for i in range(20))
WINDOWS = ("PARTITION BY ok", "PARTITION BY ok ORDER BY id", "ORDER BY n", "PARTITION BY ok, k")
QUERIES = {
    "pms": [
        "SELECT ok, count(*) AS c FROM {{ t }} GROUP BY ALL",
        "SELECT ok, upper(k) AS u, max(n) + 1 AS c FROM {{ t }} GROUP BY ALL HAVING max(n) > 0",
        "SELECT count(*) AS c FROM {{ t }} GROUP BY ALL",
        "SELECT 1 AS c FROM {{ t }} WHERE false GROUP BY ALL",
        "SELECT 1 AS c, 2 + 3 AS d FROM {{ t }} GROUP BY ALL",
        "SELECT 1 + 1 AS d, count(*) AS c FROM {{ t }} WHERE false GROUP BY ALL",
        "SELECT (SELECT max(u.id) FROM {{ u }} AS u WHERE u.id = t.id) AS m, count(*) AS c "
        "FROM {{ t }} AS t GROUP BY ALL",
        "SELECT ok, max(n) AS n FROM {{ t }} GROUP BY ok HAVING n > 7",
        "SELECT date_trunc('month', day) AS day, max(n) AS n FROM {{ t }} GROUP BY 1 "
        "HAVING day > DATE '2024-01-01' AND n > 1",
        "SELECT k AS ok, ok AS k, max(n) AS c FROM {{ t }} GROUP BY 1, 2 HAVING ok",
        "SELECT ok, i FROM {{ t }} ORDER BY ALL DESC NULLS LAST LIMIT 2",
        "SELECT * FROM (SELECT ok, count(*) AS c FROM {{ t }} GROUP BY ALL) ORDER BY ALL LIMIT 1",
        "SELECT max(id) AS m FROM {{ t }} WHERE false GROUP BY ()",
        "SELECT 1 AS c FROM {{ t }} HAVING true",
        "SELECT 1 AS c FROM {{ t }} WHERE false HAVING count(*) = 0",
        "SELECT n FROM {{ t }} QUALIFY rank() OVER (ORDER BY id) < 3 AND i > 1",
        "SELECT t.* FROM {{ t }} QUALIFY max(i) OVER (PARTITION BY ok) = i",
        "SELECT DISTINCT ok FROM {{ t }} QUALIFY rank() OVER (PARTITION BY k ORDER BY id) < 2",
        "SELECT id FROM {{ t }} QUALIFY row_number() OVER (PARTITION BY ok ORDER BY n) = 1 "
        "ORDER BY i DESC, id LIMIT 2",
        "SELECT DISTINCT ON (ok) id FROM {{ t }} ORDER BY ok, n DESC, id LIMIT 2",
        "SELECT DISTINCT ON (id) ok AS id, n AS ok FROM {{ t }} ORDER BY id, ok",
        "SELECT DISTINCT ON (ok) ok, id FROM {{ t }} ORDER BY id DESC NULLS LAST LIMIT 2",
        "SELECT DISTINCT ON (2) id, ok FROM {{ t }} ORDER BY 1, 2",
        "SELECT DISTINCT ON (ok) id AS j, k FROM {{ t }} ORDER BY ok DESC, j DESC LIMIT 1",
        "SELECT k FROM {{ t }} INTERSECT ALL SELECT label FROM {{ u }}",
        "SELECT id AS m FROM {{ t }} EXCEPT ALL (SELECT id FROM {{ u }} EXCEPT ALL SELECT 9 AS x)",
        "(SELECT id FROM {{ t }} ORDER BY id LIMIT 3) INTERSECT ALL SELECT n FROM {{ t }}",
        "SELECT NULL AS a UNION ALL SELECT NULL UNION ALL SELECT n FROM {{ t }}",
        "SELECT NULL AS a UNION SELECT NULL UNION SELECT day FROM {{ t }}",
        "SELECT a FROM (SELECT NULL AS a UNION ALL SELECT NULL) UNION ALL SELECT n FROM {{ t }}",
        "SELECT sum(NULL) AS a, avg(NULL) AS b, -NULL AS c FROM {{ t }}",
        "SELECT id, sum(i) OVER w AS a, rank() OVER (W ORDER BY n) AS b FROM {{ t }} "
        "WINDOW v AS (PARTITION BY ok), w AS (v)",
        "SELECT ok, sum(count(*)) OVER (ORDER BY ok) AS a FROM {{ t }} GROUP BY ok",
        "SELECT rank() OVER () AS a, dense_rank() OVER (PARTITION BY ok) AS b, percent_rank() OVER "
        "() AS c, max(k) OVER (PARTITION BY 'x') AS d, max(n) OVER (ORDER BY n DESC) AS e "
        "FROM {{ t }}",
        "SELECT id, lag('x') OVER (ORDER BY id) AS a, lead('x', 2, 'z') OVER (ORDER BY id) AS b, "
        "first_value(NULL) OVER (ORDER BY id) AS c FROM {{ t }}",
        "SELECT id, k IN (SELECT lag(label) OVER (ORDER BY id) FROM {{ u }}) AS a, "
        "'one' IN (SELECT lag(label) OVER (ORDER BY id) FROM {{ u }}) AS b FROM {{ t }}",
        "SELECT id FROM {{ t }} WHERE id IN (SELECT id FROM {{ u }} ORDER BY label LIMIT 2)",
        "SELECT 'web' AS s, 2 AS v, ok, -1 AS d, count(*) AS c FROM {{ t }} GROUP BY s, v, ok, d",
        "SELECT max(id) AS m, 7 AS b, true AS c, NULL AS d FROM {{ t }} GROUP BY b, c, d",
        "SELECT max(id) AS m, ok::INT * 0 AS o, true::INT AS b FROM {{ t }} GROUP BY 2, 3",
        "SELECT DATE '2024-02-29'::VARCHAR AS a, TIMESTAMP '2024-02-29 12:30:00'::DATE AS b, "
        "max(0::VARCHAR) AS c FROM {{ t }}",
        "SELECT id, day + INTERVAL (-5) MONTH AS a FROM {{ t }}",
        "SELECT id, sign(n) % 2 AS a, sign(n) // 2 AS b FROM {{ t }}",
        "SELECT max(ok) AS a, max(label) AS b FROM {{ t }} FULL JOIN {{ u }} ON true",
        "SELECT percent_rank() OVER (ORDER BY i) * 3 AS a, cume_dist() OVER (PARTITION BY ok "
        "ORDER BY i) * 3 AS b, percent_rank() OVER (PARTITION BY id ORDER BY i) AS c FROM {{ t }}",
        *(
            f"SELECT id, sum(i) OVER ({a}) AS a, sum(i) OVER ({b}) AS b, max(n) OVER ({c}) AS c, "
            "min(x) OVER () AS d FROM {{ t }}"
            for a, b, c in permutations(WINDOWS, 3)
        ),
        "SELECT id, n FROM {{ t }} UNION ALL BY NAME SELECT label, id FROM {{ u }}",
        "SELECT * FROM {{ u }} UNION ALL BY NAME SELECT n AS ID, 'x' AS z FROM {{ t }}",
        "SELECT id FROM {{ t }} UNION BY NAME SELECT 1 AS m UNION ALL BY NAME SELECT 2 AS ID",
        "SELECT ok, k FROM {{ t }} UNION ALL BY NAME "
        "SELECT k, ok, max(n) AS m FROM {{ t }} GROUP BY 1, 2",
        "SELECT k, n FROM {{ t }} UNION ALL BY NAME "
        "SELECT DISTINCT ON (1) id AS n, 'x' AS k FROM {{ t }}",
        "SELECT DISTINCT n FROM {{ t }} UNION ALL BY NAME SELECT DISTINCT id, ok FROM {{ t }}",
        "SELECT id, ok FROM {{ t }} UNION BY NAME SELECT 7 AS ok, 'x' AS z",
        "SELECT id FROM {{ t }} AS t SEMI JOIN {{ u }} AS k USING (id)",
        "SELECT id FROM {{ t }} ORDER BY id LIMIT '2'",
        "SELECT id FROM {{ t }} ORDER BY id LIMIT NULL OFFSET 1",
        "SELECT id FROM {{ t }} ORDER BY id LIMIT 1.5",
        "SELECT id, n IN () AS a, n NOT IN () AS b FROM {{ t }}",
        "SELECT count() AS c FROM {{ t }}",
        "SELECT id, sqrt('4') AS a, round(x, '1') AS b, substring(k, '1', '2') AS c FROM {{ t }}",
        "SELECT id, concat(k, ok, n, day, 2.5, NULL) AS a, k || ok AS b FROM {{ t }}",
        "SELECT id, concat(1e3, k) AS a, 1E-7 || k AS b FROM {{ t }}",
        "SELECT id, upper('ß' || k) AS a FROM {{ t }}",
        "SELECT v.a, v.b FROM (VALUES (1, 'x'), (NULL, 'y')) AS v(a, b), {{ t }} AS t WHERE id = 1",
        "SELECT id FROM {{ t }} ORDER BY id FETCH FIRST 2 ROWS ONLY",
        "SELECT year(day) AS y, count(*) AS c FROM {{ t }} GROUP BY 1 HAVING y > 2000 ORDER BY y",
        "SELECT t.id, u.label FROM {{ t }} AS t ASOF JOIN {{ u }} AS u USING (at)",
        "SELECT id, round(x + 0.005, 2) AS a, round(1.005::DOUBLE, 2) AS b FROM {{ t }}",
        "SELECT id, round(0.49999999999999994::DOUBLE) AS a FROM {{ t }}",
        "SELECT id, round(0.285::DOUBLE, i) AS a FROM {{ t }} WHERE i = 2",
        "SELECT id, round(round(x, 2) * 1.1, 1) AS a FROM {{ t }} WHERE x < 9",
        f"{MANY} ORDER BY ALL",
        "SELECT id, round(12.123456785::DOUBLE, 8) AS a FROM {{ t }}",
        "SELECT id, round(n::DOUBLE - 115793, -5) = -1e5 AS a FROM {{ t }} WHERE n < 9",
        "SELECT id, x * 1e-25 AS a FROM {{ t }}",
        "WITH w AS MATERIALIZED (SELECT id FROM {{ t }}) SELECT id FROM w",
        "SELECT id, date_add(at, INTERVAL 3 HOUR) AS a FROM {{ t }}",
        "SELECT t.id, v.n FROM {{ t }} AS t "
        "LEFT JOIN ({{ u }} AS u JOIN {{ t }} AS v ON u.id = v.id) ON t.id = u.id",
        f"SELECT id, {JOINED} AS a FROM {{{{ t }}}}",
        "SELECT id, datediff('day', at, TIMESTAMP '2020-01-01 12:30:00') AS a FROM {{ t }}",
        "SELECT id, k || TIMESTAMP '2020-01-01 00:00:00' AS a FROM {{ t }}",
        "SELECT *, count(*) OVER () AS c FROM {{ t }} GROUP BY ALL",
        "SELECT ok, n, rank() OVER (ORDER BY max(n)) AS r FROM {{ t }} GROUP BY ALL",
        "WITH v(k, w) AS (VALUES (1, 2), (3, NULL)) SELECT t.n, v.w FROM v JOIN {{ t }} AS t "
        "ON t.id = v.k",
        "WITH RECURSIVE v(j) AS (VALUES (1) UNION ALL SELECT j + 1 FROM v WHERE j < 4) "
        "SELECT j, n FROM v JOIN {{ t }} AS t ON id = j",
        "SELECT id, ok FROM {{ t }} UNION ALL VALUES (7, true), (8, NULL)",
        "SELECT id, at > TIMESTAMP '2024-01-01 12:30:00+02' AS a FROM {{ t }}",
    ],
    "pm": [f"SELECT id, {DEEP} AS a FROM {{{{ t }}}} WHERE n < 9"],
    "ps": [
        f"SELECT id, {DIVIDED} AS a FROM {{{{ t }}}} WHERE i > 0",
        "SELECT percentile_cont(0.3) WITHIN GROUP (ORDER BY i) AS a FROM {{ t }}",
        "SELECT lead(n, i) OVER (ORDER BY id) AS a FROM {{ t }} WHERE i > 0",
        "SELECT id, datediff('hour', at, TIMESTAMP '2020-01-01 00:00:00') AS a FROM {{ t }}",
    ],
    "p": [
        "SELECT regexp_replace(k, '[ab]', '<\\0\\\\>') AS a FROM {{ t }}",
        "SELECT string_split(k, '%')[1] AS b FROM {{ t }}",
        "SELECT list(i ORDER BY id)[2] AS a FROM {{ t }}",
        "SELECT count((n, k)) AS c FROM {{ t }}",
        "SELECT id, x::VARCHAR AS a, (-x * 1e15)::VARCHAR AS b, concat(x / 1e7) AS c FROM {{ t }} "
        "WHERE x < 9",
        "SELECT id, substr(k, -2) AS a, substr(k, -i, 2) AS b, substr(k, id) AS c FROM {{ t }}",
        "SELECT id, left(k, id) AS a, len([n, i]) AS b FROM {{ t }}",
        "SELECT id, day + INTERVAL (i) DAY AS a FROM {{ t }}",
        "SELECT id, date_sub('week', day, DATE '2001-02-03') AS a FROM {{ t }}",
        "SELECT id, date_sub('hour', day, at) AS a, date_sub('day', moment, day) AS b FROM {{ t }}",
    ],
    "s": [
        "SELECT id, round(round(round(x, 3), 2), 1) AS a FROM {{ t }} WHERE x < 9",
        "SELECT id, date_diff('week', day, DATE '2000-01-05') AS a FROM {{ t }}",
    ],
    "": [
        "SELECT median(i) OVER () AS a FROM {{ t }}",
        "SELECT k[2] AS a FROM {{ t }}",
        "SELECT extract(yearweek FROM day) AS a FROM {{ t }}",
        "SELECT nullif((n, k), (2, '3')) AS a FROM {{ t }}",
        "SELECT coalesce((n, k), (2, '3')) AS a FROM {{ t }}",
        "SELECT id FROM {{ t }} WHERE (n, k) IS NULL",
        "SELECT t.id FROM {{ t }} AS t POSITIONAL JOIN {{ u }} AS u",
        "SELECT n::HUGEINT AS a FROM {{ t }}",
        "SELECT n::UBIGINT AS a FROM {{ t }} WHERE n > 0",
        "SELECT avg(day) AS a FROM {{ t }}",
        "SELECT ntile(i) OVER (ORDER BY id) AS a FROM {{ t }} WHERE i > 0",
        "SELECT id FROM {{ t }} ORDER BY id LIMIT 50%",
        "SELECT date_sub('quarter', day, DATE '2001-02-03') AS a FROM {{ t }}",
        "SELECT date_diff('decade', day, DATE '2001-02-03') AS a FROM {{ t }}",
        "SELECT at::TIMESTAMP_MS AS a FROM {{ t }}",
    ],
}
EXPECTED = [(sql, letters) for letters, queries in QUERIES.items() for sql in queries]


@pytest.fixture(scope="module")
def tables(engines: dict[str, Engine]) -> dict[str, dict[str, Relation]]:
    return {name: engine.keep(TABLES) for name, engine in engines.items()}


@pytest.mark.parametrize(("sql", "letters"), EXPECTED)
def test_it_has_duckdbs_rows_or_is_refused_at_its_place(
    tables: dict[str, dict[str, Relation]], sql: str, letters: str
) -> None:
    planned, found = written(sql, tables["duckdb"]), ""
    rows = answer(planned)
    assert isinstance(rows, list), rows
    for engine in ("postgresql", "mysql", "sqlite"):
        try:
            planned.sql(engine)
        except UnsupportedSql as refusal:
            found += "" if refusal.at and refusal.at.file == engines_module.__file__ else "?"
            continue
        found += engine[0] if answer(written(sql, tables[engine])) == rows else "!"
    assert found == letters


@pytest.mark.parametrize(
    "sql", [sql for sql, _ in EXPECTED if re.search(r"DISTINCT ON|'::|s, v|OVER w", sql)]
)
def test_duckdb_has_the_rows_of_its_own_sql(
    tables: dict[str, dict[str, Relation]], sql: str
) -> None:
    with duckdb.connect() as connection:
        for name, table in TABLES.items():
            connection.register(name, table)
        found = connection.sql(sql.replace("{{ ", "").replace(" }}", "")).fetchall()
    assert sorted(found, key=repr) == answer(written(sql, tables["duckdb"]))


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM (SELECT id, n FROM {{ t }}) PIVOT (sum(n) FOR id IN (1))", "PIVOT .*CASE"),
        ("SELECT * FROM (SELECT n, i FROM {{ t }}) UNPIVOT (v FOR c IN (n, i))", "UNPIVOT .*UNION"),
        ("SELECT n FROM {{ t }} ORDER BY n FETCH FIRST 1 ROW WITH TIES", "WITH TIES\n.*window"),
        (
            "SELECT n, row_number() OVER (ORDER BY n) AS r FROM {{ t }} GROUP BY ALL",
            "window .*keys\n.*FROM",
        ),
        ("SELECT n, count(*) OVER () AS r FROM {{ t }} GROUP BY n, r", "window .*keys\n.*FROM"),
        ("SELECT min(COLUMNS(*)) FROM {{ t }}", r"COLUMNS\(\) .*a star"),
    ],
)
def test_what_no_sql_asset_can_say_is_refused_with_the_way_out(
    tables: dict[str, dict[str, Relation]], sql: str, told: str
) -> None:
    with pytest.raises(DefinitionError, match=f"(?s){told}") as caught:
        written(sql, tables["duckdb"])
    assert caught.value.at is not None


def test_the_name_of_a_list_comprehension_is_no_column(
    tables: dict[str, dict[str, Relation]],
) -> None:
    sql = "SELECT id, [x * i FOR x IN [1, 2, 3] IF x > 1] AS l FROM {{ t }} WHERE id = 3"
    assert answer(written(sql, tables["duckdb"])) == [(3, [6, 9])]
    for engine in NAMES:
        with pytest.raises(UnsupportedSql, match=f"{engine} cannot do "):
            written(sql, tables["duckdb"]).sql(engine)


@pytest.mark.parametrize(
    ("comprehension", "made"),
    [
        ("[p + j FOR p, j IN [i, 20, 30]]", [4, 22, 33]),
        ("[p + J FOR p, j IN [10, 20, 30] IF p > 10 AND i = 3]", [22, 33]),
        ("[[p + q + j FOR q, j IN [1, p] IF q > i] FOR p, j IN [10, 20] IF j = 2]", [[42]]),
    ],
)
def test_a_list_comprehension_has_the_places_in_the_whole_list(
    tables: dict[str, dict[str, Relation]], comprehension: str, made: object
) -> None:
    assert duckdb.sql(f"SELECT {comprehension} FROM (SELECT 3 AS i)").fetchall() == [(made,)]
    sql = f"SELECT {comprehension} AS l FROM {{{{ t }}}} WHERE id = 3"
    assert answer(written(sql, tables["duckdb"])) == [(made,)]


def test_the_correlated_rows_of_a_window_are_refused_where_a_from_reads_them_first(
    tables: dict[str, dict[str, Relation]],
) -> None:
    inner = "SELECT 1 FROM {{ u }} WHERE u.id = t.id QUALIFY row_number() OVER () = 1"
    sql = f"SELECT id FROM {{{{ t }}}} WHERE 1 = ({inner})"
    with pytest.raises(UnsupportedSql, match="a FROM that names 't' around it"):
        written(sql, tables["duckdb"]).sql("mysql")
