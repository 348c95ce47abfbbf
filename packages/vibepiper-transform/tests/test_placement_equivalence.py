"""Cutting a query, and pushing into its parts, never changes its rows."""

from __future__ import annotations

import pyarrow as pa
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import DatabaseSource, Relation, from_arrow

KEYS = st.one_of(st.none(), st.integers(0, 3))
ROWS = st.lists(st.tuples(KEYS, KEYS, st.sampled_from(["x", "y", None])), max_size=6)
NAMES = ("one", "two", "here")


def table(rows: list[tuple[object, ...]]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [[], [], []]
    kinds = [pa.int64(), pa.int64(), pa.string()]
    arrays = [pa.array(c, k) for c, k in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=["k", "a", "s"])


@st.composite
def conditions(draw: st.DrawFn, *sides: str) -> str:
    def column(of: str, name: str) -> str:
        return f"{of}.{name}" if of else name

    side, other = draw(st.sampled_from(sides)), draw(st.sampled_from(sides))
    n, name = draw(st.integers(0, 3)), draw(st.sampled_from("ka"))
    one = column(side, name)
    test = draw(
        st.sampled_from([
            f"{one} = {n}", f"{one} > {n}", f"{one} <> {n}", f"{one} IS NULL",
            f"NOT {one} IS NULL", f"{one} IN (1, {n})", f"{one} BETWEEN 1 AND {n}",
            f"{column(side, 's')} = 'x'", f"coalesce({one}, 9) > {n}",
            f"{one} = {column(other, 'a')}", f"NOT {one} = {n}", f"{one} + 1 > {n}",
        ])
    )  # fmt: skip
    if draw(st.integers(0, 4)) == 0:
        glue = draw(st.sampled_from(["AND", "OR"]))
        return f"({test} {glue} {draw(conditions(*sides))})"
    return test


@st.composite
def queries(draw: st.DrawFn, depth: int = 3) -> str:
    """A query of the columns k, a and s."""
    if depth == 0:
        return f"SELECT * FROM {draw(st.sampled_from(NAMES))}"
    below = draw(queries(depth - 1))
    form = draw(st.sampled_from(FORMS))
    if form == "where":
        return f"SELECT * FROM ({below}) q WHERE {draw(conditions('q', ''))}"
    if form == "computed":
        return f"SELECT k, a + 1 AS a, s FROM ({below}) WHERE {draw(conditions(''))}"
    if form == "renamed":
        return f"SELECT a AS k, k AS a, s FROM ({below}) q WHERE {draw(conditions('q'))}"
    if form == "grouped":
        return f"SELECT k, max(a) AS a, min(s) AS s FROM ({below}) q GROUP BY k"
    if form == "aggregate":
        return f"SELECT count(*) AS k, sum(a)::BIGINT AS a, max(s) AS s FROM ({below}) q"
    if form == "distinct":
        return f"SELECT DISTINCT k, a, s FROM ({below}) q"
    if form == "window":
        window = "row_number() OVER (PARTITION BY k ORDER BY a, s)"
        return f"SELECT k, {window} AS a, s FROM ({below}) q"
    if form == "limited":
        return f"SELECT * FROM ({below}) q ORDER BY k, a, s LIMIT 3"
    if form in ("flat", "commas"):
        return draw(flat_joins(below, form))
    other = draw(queries(depth - 1))
    if form == "union":
        kind = draw(st.sampled_from(["UNION ALL", "UNION", "EXCEPT", "INTERSECT"]))
        return f"SELECT * FROM ({below}) l {kind} SELECT * FROM ({other}) r"
    if form == "exists":
        negated = draw(st.sampled_from(["", "NOT "]))
        inner = f"SELECT 1 FROM ({other}) r WHERE r.k = l.k AND {draw(conditions('r'))}"
        return f"SELECT l.* FROM ({below}) l WHERE {negated}EXISTS ({inner})"
    if form == "in":
        return f"SELECT * FROM ({below}) l WHERE k IN (SELECT a FROM ({other}) r)"
    if form == "cte":
        join = "c JOIN c AS d ON c.k = d.a"
        return (
            f"WITH c AS ({below}) SELECT c.k, d.a, c.s FROM {join} "
            f"UNION ALL SELECT * FROM ({other}) o WHERE {draw(conditions('o'))}"
        )
    if form == "cte_once":
        where = draw(conditions("c", "o"))
        return f"WITH c AS ({below}) SELECT c.k, o.a, c.s FROM c, ({other}) o WHERE {where}"
    how = draw(st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]))
    on = f"l.k = r.k AND {draw(conditions('l', 'r'))}" if draw(st.booleans()) else "l.k = r.k"
    where = f" WHERE {draw(conditions('l', 'r'))}" if draw(st.booleans()) else ""
    return f"SELECT l.k, r.a, l.s FROM ({below}) l {how} ({other}) r ON {on}{where}"


@st.composite
def flat_joins(draw: st.DrawFn, below: str, form: str) -> str:
    """Tables of one database, some tied to each other, and one from anywhere."""
    sides = ("x", "y", "z")
    names = [draw(st.sampled_from(NAMES[:2])), draw(st.sampled_from(NAMES[:2]))]
    where = " AND ".join([draw(conditions(*sides)) for _ in range(draw(st.integers(0, 2)))])
    if form == "commas":
        ties = f"x.k = y.a AND y.k = z.k{' AND ' + where if where else ''}"
        joined = f"{names[0]} x, {names[1]} y, ({below}) z WHERE {ties}"
    else:
        kinds = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"]
        first, second = draw(st.sampled_from(kinds)), draw(st.sampled_from(kinds[:4]))
        on = "" if first == "CROSS JOIN" else f" ON x.k = y.k AND {draw(conditions('x', 'y'))}"
        joined = f"{names[0]} x {first} {names[1]} y{on} {second} ({below}) z ON y.a = z.k"
        joined += f" WHERE {where}" if where else ""
    outer = draw(st.sampled_from(["x.k, z.a, y.s", "y.k, x.a, z.s", "z.k, count(*) AS a, x.s"]))
    if "count" in outer:
        return f"SELECT {outer} FROM {joined} GROUP BY z.k, x.s"
    if draw(st.booleans()):
        return f"SELECT k, a, s FROM (SELECT x.* FROM {joined}) f"
    return f"SELECT {outer} FROM {joined}"


FORMS = (
    "flat", "flat", "commas",
    "where", "computed", "renamed", "grouped", "aggregate", "distinct", "window", "limited",
    "union", "exists", "in", "cte", "cte_once", "join", "join", "join", "join",
)  # fmt: skip


def over(sql: str, **tables: Relation) -> Relation:
    sources = {}
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    for name, relation in tables.items():
        ((source, of),) = relation.sources.items()
        sources[source] = of
        for node in tree.find_all(exp.Table):
            if node.name == name:
                node.set("alias", node.args.get("alias") or exp.TableAlias(this=node.this.copy()))
                node.set("this", exp.to_identifier(source, quoted=True))
    return Relation(tree, sources)


def bag(relation: Relation, columns: list[str]) -> list[str]:
    found = relation.to_table()
    assert found.column_names == columns
    return sorted(map(repr, zip(*(c.to_pylist() for c in found.columns), strict=True)))


def in_database(name: str, data: pa.Table) -> Relation:
    backend = RecordingBackend(name, t=data)
    source = DatabaseSource(backend, exp.table_("t"))
    tree = exp.select("*").from_(exp.table_(source.name, quoted=True))
    return Relation(tree, {source.name: source})


@settings(max_examples=60, deadline=None)
@given(
    queries(),
    st.sampled_from(["k", "a", "s", "*", "count(*) AS n", "k, count(a) AS n"]),
    ROWS,
    ROWS,
    ROWS,
)
def test_the_rows_are_those_of_one_engine(sql, outer, one, two, here) -> None:  # type: ignore[no-untyped-def]
    group = " GROUP BY k" if outer.startswith("k,") else ""
    sql = f"SELECT {outer} FROM ({sql}) q{group}"
    data = dict(zip(NAMES, map(table, (one, two, here)), strict=True))
    together = over(sql, **{name: from_arrow(each) for name, each in data.items()})
    apart = over(
        sql,
        one=in_database("one", data["one"]),
        two=in_database("two", data["two"]),
        here=from_arrow(data["here"]),
    )
    assert bag(apart, list(together.columns)) == bag(together, list(together.columns))
