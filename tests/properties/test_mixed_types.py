"""Values of several types that meet in SQL of a dialect give its own engine's rows on every other,
or are refused before the run, at their place."""

from __future__ import annotations

from itertools import product

import pytest
from vibepiper.errors import DataError, DefinitionError
from vibepiper_transform import Relation, UnsupportedSql

from tests.properties.engines import NAMES, Engine, plain
from tests.properties.test_foreign_sql import ROWS, written

COLUMNS = {"n": "number", "z": "text", "b": "boolean", "d": "date"}
OTHERS = {
    "5": "number", "'7'": "text", "'x'": "text", "'2024-01-07'": "text", "true": "boolean",
    "(SELECT max(n) FROM {{ t }} AS o)": "number",
}  # fmt: skip
ALIKE = [("n", "x"), ("x", "n"), ("d", "t"), ("t", "d"), ("b", "x"), ("t", "'2024-01-07'")]
PAIRS = [
    *((one, two) for one, two in product(COLUMNS, COLUMNS) if one != two),
    *((one, two) for one, two in product(COLUMNS, OTHERS) if COLUMNS[one] != OTHERS[two]),
    *((two, one) for one, two in product(COLUMNS, OTHERS) if COLUMNS[one] != OTHERS[two]),
    *ALIKE,
]
VALUES = [
    "{a} = {b}", "{a} <> {b}", "{a} < {b}", "{a} >= {b}", "{a} BETWEEN {b} AND {b}",
    "{b} BETWEEN {a} AND {b}", "{a} IN ({b})", "{a} IN ({b}, {a})", "{a} NOT IN ({b}, NULL)",
    "{a} IN (SELECT {b} FROM {{{{ t }}}} AS q)", "({a}, n) IN (({b}, n))", "coalesce({a}, {b})",
    "nullif({a}, {b})", "CASE WHEN id > 3 THEN {a} ELSE {b} END",
    "CASE {a} WHEN {b} THEN 1 ELSE 0 END", "CASE WHEN {a} = {b} THEN 1 END", "{a} + {b}",
    "{a} - {b}", "{a} * {b}", "{a} / {b}", "{a} % {b}", "-{a}", "NOT {a}", "{a} AND {b}",
    "lag({a}, 1, {b}) OVER (ORDER BY id)", "sum({a}) OVER ()", "abs({a})", "upper({a})",
    "{a} LIKE {b}", "replace({a}, {b}, 'x')",
]  # fmt: skip
OWN = {
    "mysql": ["greatest({a}, {b})", "if({a}, {a}, {b})", "ifnull({a}, {b})", "{a} <=> {b}"],
    "postgresql": ["greatest({a}, {b})", "{a} IS DISTINCT FROM {b}", "(ARRAY[{a}, {b}])[1]"],
    "sqlite": ["max({a}, {b})", "iif({a}, {a}, {b})", "ifnull({a}, {b})", "{a} IS {b}"],
}
TABLES = [
    "SELECT {a} AS v FROM {{{{ t }}}} UNION ALL SELECT {b} FROM {{{{ t }}}}",
    "SELECT {a} AS v FROM {{{{ t }}}} UNION SELECT {b} FROM {{{{ t }}}}",
    "SELECT {a} AS v FROM {{{{ t }}}} EXCEPT SELECT {b} FROM {{{{ t }}}}",
    "SELECT {a} AS v FROM {{{{ t }}}} INTERSECT SELECT {b} FROM {{{{ t }}}}",
    "SELECT g.v FROM {{{{ t }}}} AS t CROSS JOIN (VALUES (true), (5), (-1)) AS g(v)",
    "SELECT t.id AS v FROM {{{{ t }}}} JOIN (SELECT {b} AS j FROM {{{{ t }}}}) AS o ON {a} = o.j",
    "SELECT 1 AS v FROM (SELECT {a} AS j FROM {{{{ t }}}}) AS l "
    "JOIN (SELECT {b} AS j FROM {{{{ t }}}}) AS r USING (j)",
    "SELECT id AS v FROM {{{{ t }}}} WHERE {a}",
    "WITH w AS (SELECT id, {a} AS j FROM {{{{ t }}}}) SELECT id AS v FROM w WHERE j = {b}",
    "WITH w AS (SELECT {a} AS j FROM {{{{ t }}}} UNION SELECT {a} FROM {{{{ t }}}}) "
    "SELECT coalesce(j, {b}) AS v FROM w",
]
BY_VALUE = [(dialect, each) for dialect in NAMES for each in (*VALUES, *OWN[dialect])]
BY_VALUE += [
    ("duckdb", each)
    for each in (
        "{a} = {b}", "{a} < {b}", "{a} BETWEEN {b} AND {b}", "coalesce({a}, {b})",
        "nullif({a}, {b})", "CASE WHEN id > 3 THEN {a} ELSE {b} END", "NOT {a}", "{a} AND {b}",
        "lag({a}, 1, {b}) OVER (ORDER BY id)", "greatest({a}, {b})", "if(id > 3, {a}, {b})",
        "{a} IN ({b}, {a})", "{a} NOT IN ({b}, NULL)", "{a} IN (SELECT {b} FROM {{{{ t }}}} AS q)",
        "CASE {a} WHEN {b} THEN 1 WHEN {a} THEN 2 END", "{a} IS DISTINCT FROM {b}",
        "{a} + {b}", "{a} - {b}", "{a} * {b}", "{a} / {b}", "{a} // {b}", "{a} % {b}",
        "({a}, n) IN (({b}, n), ({a}, id))", "({a}, n) <> ({b}, n)", "({a}, n) < ({b}, n)",
    )
]  # fmt: skip


@pytest.fixture(scope="module")
def tables(engines: dict[str, Engine]) -> dict[str, Relation]:
    return {name: engine.keep({"t": ROWS})["t"] for name, engine in engines.items()}


def is_refused(sql: str, dialect: str, table: Relation) -> bool:
    """Before the run: at its place, or by the column whose type is not known."""
    try:
        relation = written(sql, dialect, table)
        return not (relation.kinds and relation.sql())
    except DefinitionError as error:
        found = error.at is not None or isinstance(error, UnsupportedSql)
    except DataError as error:
        found = "CAST(.. AS ..)" in str(error)
    assert found, sql
    return True


def cells(relation: Relation) -> dict[str, list[object]]:
    found = relation.to_table().to_pydict()
    return {name: [plain(value) for value in values] for name, values in found.items()}


def distinct(template: str) -> list[str]:
    return list(dict.fromkeys(template.format(a=a, b=b) for a, b in PAIRS))


@pytest.mark.parametrize(("dialect", "template"), BY_VALUE)
def test_values_have_the_rows_of_their_own_engine_or_are_refused(
    tables: dict[str, Relation], dialect: str, template: str
) -> None:
    own, refused = _sifted(distinct(template), dialect, tables[dialect])
    assert _sifted(refused, dialect, tables["duckdb"]) == ([], refused)
    expected = cells(written(_select(own, dialect), dialect, tables[dialect]))
    wrong: list[tuple[str, str]] = []
    for engine in tables.keys() - {dialect}:
        taken, _ = _sifted(own, dialect, tables[engine])
        found = cells(written(_select(taken, dialect), dialect, tables[engine]))
        for place, word in enumerate(taken):
            if found[f"c{place}"] != expected[f"c{own.index(word)}"]:
                wrong.append((engine, word))
    assert wrong == []


def _sifted(words: list[str], dialect: str, table: Relation) -> tuple[list[str], list[str]]:
    """Those that are taken, and those that are refused."""
    refused = [word for word in words if is_refused(_select([word], dialect), dialect, table)]
    return [word for word in words if word not in refused], refused


def _select(words: list[str], dialect: str) -> str:
    named = [f"{word} AS c{number}" for number, word in enumerate(words)]
    divided = dialect != "duckdb" and any("/" in word or "%" in word for word in words)
    where = "WHERE id <> 4 " if divided else ""  # it has the zeros
    return f"SELECT {', '.join(['id', *named])} FROM {{{{ t }}}} {where}ORDER BY id"


@pytest.mark.parametrize("template", TABLES)
@pytest.mark.parametrize("dialect", ["duckdb", *NAMES])
def test_tables_have_the_rows_of_their_own_engine_or_are_refused(
    tables: dict[str, Relation], dialect: str, template: str
) -> None:
    wrong: list[tuple[str, str]] = []
    for sql in distinct(template):
        own = is_refused(sql, dialect, tables[dialect])
        tried = ["duckdb"] if own else list(tables)
        taken = [engine for engine in tried if not is_refused(sql, dialect, tables[engine])]
        found = {
            engine: sorted(map(repr, cells(written(sql, dialect, tables[engine]))["v"]))
            for engine in taken
        }
        wrong += [(engine, sql) for engine in found if found[engine] != found.get(dialect)]
    assert wrong == []


@pytest.mark.parametrize(
    ("dialect", "word", "told"),
    [
        ("mysql", "coalesce(n, '7')", "coalesce.. of number and text of mysql: .*\n  Cast one"),
        (
            "sqlite",
            "nullif(n, '2')",
            "the nullif.. of number and text of sqlite: each .*\\n  Cast one",
        ),
        ("postgresql", "n = z", "comparison of number and text: each engine .*\n  Cast one side"),
    ],
)
def test_a_refusal_names_the_types_and_the_way_out(
    tables: dict[str, Relation], dialect: str, word: str, told: str
) -> None:
    with pytest.raises(DefinitionError, match=told) as caught:
        _ = written(f"SELECT\n  {word} AS v FROM {{{{ t }}}}", dialect, tables["duckdb"]).kinds
    assert caught.value.at is not None


@pytest.mark.parametrize(("dialect", "kind"), [("mysql", "char"), ("sqlite", "text")])
def test_what_its_own_engine_makes_of_them_is_had_there_by_a_cast(
    tables: dict[str, Relation], dialect: str, kind: str
) -> None:
    sql = "SELECT {} AS v FROM {{{{ t }}}} WHERE id > 1 AND z <> 5 ORDER BY id LIMIT 2"
    with pytest.raises(DataError, match=r"type of 'v' is not known.*\n.*CAST\(.. AS ..\)"):
        _ = written(sql.format("coalesce(n, 'x')"), dialect, tables[dialect]).kinds
    cast = written(sql.format(f"cast(coalesce(n, 'x') AS {kind})"), dialect, tables[dialect])
    assert cast.to_table()["v"].to_pylist() == ["-7", "0"]
