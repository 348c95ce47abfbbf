"""What many conditions, or a long chain of operators, take to be written in a dialect grows no
faster than they do."""

from __future__ import annotations

import operator
import sys
from collections import Counter
from collections.abc import Callable
from functools import reduce

import pyarrow as pa
import pytest
from sqlglot import parse_one
from vibepiper_transform import col, compile_query, from_arrow

COLUMNS = pa.schema([("n", pa.int64()), ("k", pa.string())])
CHAINS = {
    "or": ("n", "n = {0} OR k LIKE 'x{0}%'", " OR "),
    "and": ("n", "NOT (n = {0} AND k = '{0}')", " AND "),
    "sum": ("n", "(n + {0}) > 0", " AND "),
    "texts": ("k", "k || '{0}' = 'x'", " OR "),
}


LINKS = {" / ": "n", " // ": "n", " % ": "n", " || ": "k", " ** ": "n"}
OPERATORS: list[Callable[[object, object], object]] = [
    operator.add, operator.truediv, operator.mod, operator.pow, operator.and_,
]  # fmt: skip


WRITTEN = [
    (link, dialect)
    for link in LINKS
    for dialect in ("postgresql", "mysql", "sqlite", "bigquery")
    if (link, dialect) != (" ** ", "sqlite")  # it has none
]


def counted(made: Callable[[], object]) -> int:
    """How many functions are called to make it."""
    found: Counter[str] = Counter()
    sys.setprofile(lambda frame, event, arg: found.update([event]))
    try:
        made()
    finally:
        sys.setprofile(None)
    return found["call"] + found["c_call"]


def compiled(sql: str, dialect: str) -> int:
    query = parse_one(sql, dialect="duckdb")
    return counted(lambda: compile_query(query, dialect, lambda table: COLUMNS))


def calls(count: int, chain: str, dialect: str) -> int:
    """To compile a query of so many conditions."""
    column, condition, between = CHAINS[chain]
    conditions = between.join(condition.format(number) for number in range(count))
    return compiled(f"SELECT {column} FROM t WHERE {conditions}", dialect)


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("dialect", ["sqlite", "mysql"])
def test_conditions_are_typed_one_by_one(chain: str, dialect: str) -> None:
    calls(1, chain, dialect)  # what is imported and made for the first query
    assert calls(72, chain, dialect) < 3.5 * calls(24, chain, dialect)


@pytest.mark.parametrize(("link", "dialect"), WRITTEN)
def test_a_chain_is_written_link_by_link(link: str, dialect: str) -> None:
    compiled(f"SELECT {LINKS[link]}{link}{LINKS[link]} AS v FROM t", dialect)
    long, short = (f"SELECT {link.join([LINKS[link]] * count)} AS v FROM t" for count in (90, 30))
    assert compiled(long, dialect) < 3.5 * compiled(short, dialect)


@pytest.mark.parametrize("link", OPERATORS)
def test_a_chain_of_the_builder_is_made_and_written_link_by_link(
    link: Callable[[object, object], object],
) -> None:
    rows = from_arrow(pa.table({"n": [1]}))
    part = col("n") > 0 if link is operator.and_ else col("n")

    def made(count: int) -> int:
        return counted(lambda: rows.select(v=reduce(link, [part] * count)).sql("mysql"))  # type: ignore[arg-type]

    made(2)
    assert made(90) < 3.5 * made(30)


def test_divisors_in_divisors_are_bound_once_from_the_fifth_on() -> None:
    divided = reduce(lambda below, _: col("n") / below, range(16), col("n"))
    relation = from_arrow(pa.table({"n": [4, 0, None]})).select(v=divided)
    assert relation.sql("duckdb").count("LIST_EXTRACT") == 12  # else it takes a minute to bind
    assert relation.to_table()["v"].to_pylist() == [4.0, None, None]
