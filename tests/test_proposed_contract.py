"""A contract that vibepiper-quality proposes runs in vibepiper-expectations, passes on the data
that it was made from, and fails on data that breaks it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from vibepiper import asset
from vibepiper.checks import CheckContext, CheckResult
from vibepiper.component import ComponentContext
from vibepiper_expectations import ExpectationSettings, ExpectationValidator
from vibepiper_quality import profile_table, propose_contract

NOON = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
ROWS = 60
TABLE = pa.table(
    {
        "id": range(ROWS),
        "code": [f"AB-{n}" for n in range(ROWS)],
        "state": [("open", 'it\'s \\ "q"', "naïve")[n % 3] for n in range(ROWS)],
        "amount": [None if n == 3 else n - 20.5 for n in range(ROWS)],
        "share": pa.array([n / ROWS for n in range(ROWS)], pa.float32()),
        "odd": [math.nan if n == 1 else 1.0 for n in range(ROWS)],
        "price": [Decimal(n) for n in range(ROWS)],
        "at": [NOON + datetime.timedelta(hours=n // 2) for n in range(ROWS)],
        "local": [datetime.datetime(2024, 1, 1 + n % 9) for n in range(ROWS)],
        "day": [datetime.date(2024, 1, 1 + n % 9) for n in range(ROWS)],
        "ok": [n % 2 == 0 for n in range(ROWS)],
        "class": [n % 7 for n in range(ROWS)],
        "a b": [1] * ROWS,
        "a-b": [2] * ROWS,
        "int": [3] * ROWS,
        "tags": [["x"]] * ROWS,
        "zip": [f"{n:05}" for n in range(ROWS)],
    }
)


def results(contract: str, table: pa.Table, key: Sequence[str] = ()) -> list[CheckResult]:
    """Of the contract's schema and of the decorators in its comment."""
    decorators = [line[2:] for line in contract.splitlines() if line.startswith("# @")]
    code = "\n".join([contract, *decorators, "def found(): ..."])
    names: dict[str, object] = {}
    exec(compile(code, "contract.py", "exec", dont_inherit=True), names)
    checks = asset(names["found"]).checks
    validator = ExpectationValidator(ExpectationSettings(), ComponentContext("x", Path()))
    return list(validator.evaluate(checks, table, CheckContext("x", tuple(key))))


def failed(found: list[CheckResult]) -> list[str]:
    return [result.check for result in found if not result.passed]


def test_a_contract_passes_on_the_data_it_was_made_from() -> None:
    contract = propose_contract("raw/big_orders", profile_table(TABLE))
    found = results(contract, TABLE)
    assert "class RawBigOrdersSchema(Schema):" in contract
    assert len(found) > 30
    assert failed(found) == []


@pytest.mark.parametrize(
    ("column", "value", "check"),
    [
        ("id", 5, "column_values_unique(id)"),
        ("code", "ab-1", "column_values_match_regex(code, ^[A-Z]+\\-[0-9]+$)"),
        ("state", "closed", "column_values_in_set(state, "),
        ("share", -0.5, "column_values_between(share, 0, None)"),
        ("zip", "123456", "column_values_lengths_between(zip, 5, 5)"),
        ("day", None, "column_values_not_null(day)"),
    ],
)
def test_a_row_that_breaks_it_is_found(column: str, value: object, check: str) -> None:
    contract = propose_contract("orders", profile_table(TABLE))
    broken = TABLE.to_pylist()
    broken[7] = {**broken[7], column: value}
    found = failed(results(contract, pa.Table.from_pylist(broken, schema=TABLE.schema)))
    assert any(each.startswith(check) for each in found), found


def test_a_key_of_two_columns_is_proposed() -> None:
    table = pa.table({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2]})
    contract = propose_contract("pairs", profile_table(table))
    assert failed(results(contract, table)) == []
    assert failed(results(contract, pa.concat_tables([table, table]))) != []


def test_no_value_of_a_masked_column_is_proposed() -> None:
    contract = propose_contract("orders", profile_table(TABLE, masked=TABLE.column_names))
    assert "naïve" not in contract
    assert "isin" not in contract
    assert failed(results(contract, TABLE)) == []


def test_a_sample_proposes_only_what_is_certain() -> None:
    contract = propose_contract("orders", profile_table(TABLE, sample=10))
    assert "isin" not in contract
    assert "pattern" not in contract
    assert failed(results(contract, TABLE)) == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=4)), min_size=0, max_size=12),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=5),
)
def test_whatever_the_texts_and_the_name_it_runs_and_passes(texts: list, name: str) -> None:
    table = pa.table({name: pa.array(texts, pa.string())})
    assert failed(results(propose_contract(name, profile_table(table)), table)) == []
