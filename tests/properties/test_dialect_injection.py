"""Hostile names and values never change a statement's shape, in any dialect or engine."""

from __future__ import annotations

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp
from vibepiper_transform import DIALECTS, Relation, col, compile_query, from_arrow, lit
from vibepiper_transform.dialects.names import sqlglot_name

from tests.properties.engines import NAMES, Engine, answer

TEXTS = [
    "'", "''", '"', "`", "\\", "\\'", "\\\\'", "' OR '1'='1", "'; DROP TABLE t; --", "*/ 1 /*",
    "/* x", "-- x", "#", "a\nb", "\r\n", "\t", "%", "_", "%s", "%(x)s", "?", ":x", "$1", "@x",
    "{{ x }}", "é", "🎈", "\u2028", "\u00a0", "\u02bc", "\uff07", "\x1a", "\x08", "NULL",
    "x' 'y", "\\x27",
    "\\u0027", "E'\\''", "q'[']'", "$$; DROP TABLE t; $$", "Robert'); DROP TABLE students;--",
]  # fmt: skip
NAMES_OF_COLUMNS = [
    'a"b', "a`b", "a'b", "a]b", "a;b", "a--b", "a/*b", "a.b", "a b", "select", "a\\b", "a%sb",
    "a?b",
    'x" FROM y; --', "x` FROM y; --", "é",
]  # fmt: skip


def columns(table: exp.Table) -> pa.Schema:
    return pa.schema([("id", pa.int64()), ("s", pa.string())])


def shape(sql: str, dialect: str) -> list[str]:
    """The kinds of the statements' nodes."""
    statements = sqlglot.parse(sql, dialect=sqlglot_name(dialect))
    return [type(node).__name__ for tree in statements if tree for node in tree.walk()]


def query(text: str, name: str) -> exp.Query:
    value = exp.Literal.string(text)
    seen = exp.column("s", "t", quoted=True)
    chosen = exp.alias_(exp.Case().when(seen.eq(value.copy()), value.copy()), name, quoted=True)
    return exp.select(chosen).from_("t").where(seen.copy().eq(value.copy()))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_a_value_is_only_a_value(text: str, dialect: str) -> None:
    written = compile_query(query(text, "x"), dialect, columns)
    plain = compile_query(query("plain", "x"), dialect, columns)
    assert shape(written, dialect) == shape(plain, dialect)
    (parsed,) = sqlglot.parse(written, dialect=sqlglot_name(dialect))
    assert parsed is not None
    assert {lit.this for lit in parsed.find_all(exp.Literal)} == {text}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", NAMES_OF_COLUMNS, ids=ascii)
def test_a_name_is_only_a_name(name: str, dialect: str) -> None:
    written = compile_query(query("v", name), dialect, columns)
    (parsed,) = sqlglot.parse(written, dialect=sqlglot_name(dialect))
    assert isinstance(parsed, exp.Query)
    assert parsed.named_selects == [name]
    assert shape(written, dialect) == shape(
        compile_query(query("v", "x"), dialect, columns), dialect
    )


@pytest.mark.parametrize("engine", NAMES)
def test_engines_find_hostile_values(engines: dict[str, Engine], engine: str) -> None:
    data = pa.table({"id": range(len(TEXTS)), "s": TEXTS})
    there = engines[engine].keep({"hostile": data})["hostile"]
    for number, text in enumerate(TEXTS):
        assert ids(there, text) == [number], text
        assert chosen(there, text) == chosen(from_arrow(data), text)


def ids(relation: Relation, text: str) -> list[object]:
    return relation.filter(col("s") == text).to_table()["id"].to_pylist()


def chosen(relation: Relation, text: str) -> object:
    made = relation.select("id", a=lit(text), b=col("s").replace(text, "x"), c=col("s").like(text))
    return answer(made)


@pytest.mark.parametrize("engine", NAMES)
def test_engines_keep_hostile_names(engines: dict[str, Engine], engine: str) -> None:
    data = pa.table({name: [number] for number, name in enumerate(NAMES_OF_COLUMNS)})
    there = engines[engine].keep({"named": data})["named"]
    for number, name in enumerate(NAMES_OF_COLUMNS):
        found = there.filter(col(name) == number).select(name, again=name).to_table()
        assert found.to_pylist() == [{name: number, "again": number}]
