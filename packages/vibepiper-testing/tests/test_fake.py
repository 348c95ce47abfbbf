"""Fake data keeps to its schema, is the same for the same seed, and breaks what it is told to."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import ClassVar

import pyarrow as pa
import pytest
from hypothesis import given, settings
from vibepiper.errors import DefinitionError
from vibepiper_testing import fake_breaking, fake_table, tables
from vibepiper_testing.conformance import CASES
from vibepiper_testing.constraints import holds

FAKED = sorted(CASES.keys() - {"union"})


class Orders:
    """A contract, as a validator's schema says itself."""

    RULES: ClassVar = {
        "id": {"notNull": True, "unique": True, "minimum": 1},
        "amount": {"exclusiveMinimum": 0, "maximum": Decimal("99.99")},
        "state": {"enum": ["new", "paid"], "notNull": True},
        "code": {"pattern": r"^[A-Z]{2}-\d{3}$"},
        "note": {"minLength": 2, "maxLength": 4},
        "ratio": {"minimum": 0.0, "exclusiveMaximum": 1.0},
    }

    @staticmethod
    def to_arrow() -> pa.Schema:
        kinds = [
            pa.int64(),
            pa.decimal128(6, 2),
            pa.string(),
            pa.string(),
            pa.string(),
            pa.float64(),
        ]
        return pa.schema(list(zip(Orders.RULES, kinds, strict=True)))

    @staticmethod
    def constraints():
        return Orders.RULES


def broken(table: pa.Table) -> dict[tuple[str, str], int]:
    """How many values break each constraint."""
    found = {}
    for name, rules in Orders.RULES.items():
        values = table[name].to_pylist()
        there = [v for v in values if v is not None]
        tests = {
            "notNull": lambda _, v=values, t=there: len(v) - len(t),
            "unique": lambda _, t=there: len(t) - len(set(t)),
            "minimum": lambda x, t=there: sum(v < x for v in t),
            "exclusiveMinimum": lambda x, t=there: sum(v <= x for v in t),
            "maximum": lambda x, t=there: sum(v > x for v in t),
            "exclusiveMaximum": lambda x, t=there: sum(v >= x for v in t),
            "enum": lambda x, t=there: sum(v not in x for v in t),
            "pattern": lambda x, t=there: sum(re.search(x, v) is None for v in t),
            "minLength": lambda x, t=there: sum(len(v) < x for v in t),
            "maxLength": lambda x, t=there: sum(len(v) > x for v in t),
        }
        found |= {(name, rule): tests[rule](limit) for rule, limit in rules.items()}
    return {key: count for key, count in found.items() if count}


@pytest.mark.parametrize("case", FAKED)
def test_every_type_can_be_faked(case):
    kind = CASES[case].type
    table = fake_table({"x": kind}, 50, seed=3, nulls=0.2)
    assert (table["x"].type, table.num_rows) == (kind, 50)
    assert table.equals(fake_table({"x": kind}, 50, seed=3, nulls=0.2))
    table.validate(full=True)
    assert case == "null" or 0 < table["x"].to_pylist().count(None) < 50


def test_another_seed_gives_other_rows():
    assert not fake_table({"x": pa.int64()}, seed=1).equals(fake_table({"x": pa.int64()}, seed=2))


def test_a_contract_is_kept_to():
    for seed in range(5):
        table = fake_table(Orders, 300, seed=seed)
        assert broken(table) == {}
        assert table["amount"].null_count > 0


@pytest.mark.parametrize(
    ("column", "rule"), [(c, rule) for c, rules in Orders.RULES.items() for rule in rules]
)
def test_one_constraint_is_broken_and_no_other(column, rule):
    assert broken(fake_breaking(Orders, column, rule, 60, broken=7, seed=1)) == {(column, rule): 7}


def test_a_field_that_is_not_nullable_has_no_nulls():
    schema = pa.schema([pa.field("x", pa.int64(), nullable=False)])
    table = fake_table(schema, 200, nulls=0.9)
    assert (table["x"].null_count, table.schema.field("x").nullable) == (0, False)
    assert fake_breaking(schema, "x", "notNull", 10, broken=2)["x"].null_count == 2


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: fake_table(3), "expected an Arrow schema or what has a to_arrow"),
        (lambda: fake_table({"x": CASES["union"].type}), "no fake data of type sparse_union"),
        (lambda: fake_breaking(Orders, "id", "pattern"), "'id' has no constraint 'pattern'"),
        (lambda: fake_breaking(Orders, "none", "unique"), "'none' has no constraint 'unique'"),
        (lambda: fake_breaking(Orders, "id", "unique", 5, broken=5), "broken must be 1 to 4"),
    ],
)
def test_what_cannot_be_faked_is_refused(ask, message):
    with pytest.raises(DefinitionError, match=message):
        ask()


def test_more_unique_values_than_there_are_is_refused():
    class Few:
        to_arrow = staticmethod(lambda: pa.schema([("x", pa.bool_())]))
        constraints = staticmethod(lambda: {"x": {"unique": True, "notNull": True}})

    with pytest.raises(DefinitionError, match="no further unique value was found after 2"):
        fake_table(Few, 3)


def test_a_misspelt_constraint_is_refused():
    class Misspelt:
        to_arrow = staticmethod(lambda: pa.schema([("x", pa.int64())]))
        constraints = staticmethod(lambda: {"x": {"minimun": 3}})

    with pytest.raises(DefinitionError, match=r"no constraint 'minimun'\n.*'minimum'"):
        fake_table(Misspelt)


@given(tables(Orders, max_rows=8))
@settings(max_examples=60, deadline=None)
def test_a_strategys_tables_keep_to_the_contract(table):
    assert broken(table) == {}
    assert table.num_rows <= 8


@pytest.mark.parametrize("case", FAKED)
def test_a_strategy_draws_every_type(case):
    @given(tables({"x": CASES[case].type}, min_rows=1))
    @settings(max_examples=15, deadline=None)
    def drawn(table):
        assert table["x"].type == CASES[case].type
        table.validate(full=True)

    drawn()


def test_a_type_without_a_strategy_is_refused():
    with pytest.raises(DefinitionError, match="'x': there is no strategy for sparse_union"):
        tables({"x": CASES["union"].type})


def contract(kind: pa.DataType, rules: dict[str, object]) -> type:
    """One column ``x``."""
    members = {
        "to_arrow": staticmethod(lambda: pa.schema([("x", kind)])),
        "constraints": staticmethod(lambda: {"x": rules}),
    }
    return type("OneColumn", (), members)


@pytest.mark.parametrize(
    ("kind", "rules"),
    [
        (pa.float64(), {"exclusiveMinimum": 0.0, "exclusiveMaximum": 0.1}),
        (pa.float64(), {"minimum": 0, "exclusiveMaximum": 1}),
        (pa.int8(), {"minimum": 100}),
        (pa.decimal128(6, 2), {"minimum": 0, "maximum": 10}),
        (pa.int64(), {"enum": [1, 2, 30], "minimum": 2}),
        (pa.string(), {"pattern": "^a+$", "maxLength": 3}),
    ],
)
def test_each_of_a_columns_constraints_can_be_broken_alone(kind, rules):
    one = contract(kind, rules)
    there = [v for v in fake_table(one, 200)["x"].to_pylist() if v is not None]
    assert all(holds(word, limit, v) for word, limit in rules.items() for v in there)
    for broken_word in rules:
        values = fake_breaking(one, "x", broken_word, 10, broken=3)["x"].to_pylist()[-3:]
        assert {w for w, limit in rules.items() for v in values if not holds(w, limit, v)} == {
            broken_word
        }


@pytest.mark.parametrize(
    ("kind", "rules", "word"),
    [
        (pa.int8(), {"minimum": -128}, "minimum"),
        (pa.uint8(), {"minimum": 0}, "minimum"),
        (pa.bool_(), {"enum": [True, False]}, "enum"),
        (pa.string(), {"pattern": ".*"}, "pattern"),
        (pa.string(), {"minLength": 0}, "minLength"),
    ],
)
def test_what_no_value_breaks_is_refused(kind, rules, word):
    with pytest.raises(DefinitionError, match=f"no {kind} was found that breaks only '{word}'"):
        fake_breaking(contract(kind, rules), "x", word)
