"""What many conditions take to be written in a dialect grows no faster than they do."""

from __future__ import annotations

import sys
from collections import Counter

import pyarrow as pa
import pytest
from sqlglot import parse_one
from vibepiper_transform import compile_query

COLUMNS = pa.schema([("n", pa.int64()), ("k", pa.string())])
CHAINS = {
    "or": ("n", "n = {0} OR k LIKE 'x{0}%'", " OR "),
    "and": ("n", "NOT (n = {0} AND k = '{0}')", " AND "),
    "sum": ("n", "(n + {0}) > 0", " AND "),
    "texts": ("k", "k || '{0}' = 'x'", " OR "),
}


def calls(count: int, chain: str, dialect: str) -> int:
    """How many functions are called to compile a query of so many conditions."""
    column, condition, between = CHAINS[chain]
    conditions = between.join(condition.format(number) for number in range(count))
    query = parse_one(f"SELECT {column} FROM t WHERE {conditions}", dialect="duckdb")
    found: Counter[str] = Counter()
    sys.setprofile(lambda frame, event, arg: found.update([event]))
    try:
        compile_query(query, dialect, lambda table: COLUMNS)  # type: ignore[arg-type]
    finally:
        sys.setprofile(None)
    return found["call"] + found["c_call"]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("dialect", ["sqlite", "mysql"])
def test_conditions_are_typed_one_by_one(chain: str, dialect: str) -> None:
    calls(1, chain, dialect)  # what is imported and made for the first query
    assert calls(72, chain, dialect) < 3.5 * calls(24, chain, dialect)
