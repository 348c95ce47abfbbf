"""Counts equal those of plain Python over random tables with nulls and NaN."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from vibepiper.checks import CheckContext
from vibepiper.component import ComponentContext
from vibepiper_expectations import ExpectationSettings, ExpectationValidator, expect

FLOATS = st.lists(st.none() | st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.5, math.inf, math.nan]))
INTEGERS = st.lists(st.none() | st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1]))
TEXTS = st.lists(st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0")))
VALIDATOR = ExpectationValidator(ExpectationSettings(), ComponentContext("x", Path()))


def counts(checks, **columns) -> list[tuple[int | None, int | None]]:
    results = VALIDATOR.evaluate(checks, pa.table(columns), CheckContext("x"))
    return [(result.rows, result.failed_rows) for result in results]


def oracle(values, fails) -> tuple[int, int]:
    known = [value for value in values if value is not None]
    return len(known), sum(map(fails, known))


def repeated(values):
    # NaN equals NaN and 0.0 equals -0.0 to a database.
    same = ["nan" if value != value else value for value in values if value is not None]
    return len(same), sum(n for n in Counter(same).values() if n > 1)


@settings(max_examples=60, deadline=None)
@given(FLOATS, st.sampled_from([0, 0.5, 1]), st.booleans(), st.booleans())
def test_floats(values, low, strict, unbounded) -> None:
    high = None if unbounded else 2.5
    checks = [
        expect.column_values_between("a", low, high, strict_min=strict),
        expect.column_values_not_null("a"),
        expect.column_values_unique("a"),
        expect.column_values_in_set("a", [0, 2.5]),
    ]

    def outside(value: float) -> bool:
        above = value > low if strict else value >= low
        return not (above and (high is None or value <= high))

    assert counts(checks, a=pa.array(values, pa.float64())) == [
        oracle(values, outside),
        (len(values), values.count(None)),
        repeated(values),
        oracle(values, lambda value: value not in (0, 2.5)),
    ]


@settings(max_examples=60, deadline=None)
@given(INTEGERS, st.integers(-3, 3))
def test_integers_and_their_pairs(values, high) -> None:
    others = [None if i % 3 == 0 else (-1) ** i * i for i in range(len(values))]
    checks = [
        expect.column_values_between("a", max=high),
        expect.column_values_unique("a"),
        expect.column_pair_comparison("a", "<", "b"),
    ]
    columns = {"a": pa.array(values, pa.int64()), "b": pa.array(others, pa.int64())}
    pairs = [(a, b) for a, b in zip(values, others, strict=True) if None not in (a, b)]
    assert counts(checks, **columns) == [
        oracle(values, lambda value: value > high),
        repeated(values),
        (len(pairs), sum(not a < b for a, b in pairs)),
    ]


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from([r"^\w+$", "a.b", r"\d|é", "[^a-z]", r"(?:x|y){2,}", "^$"]))
def test_texts(values, pattern) -> None:
    found = re.compile(pattern.replace("$", r"\Z"), re.ASCII | re.DOTALL)
    checks = [
        expect.column_values_match_regex("a", pattern),
        expect.column_values_lengths_between("a", 1, 3),
        expect.column_values_unique("a"),
    ]
    assert counts(checks, a=pa.array(values, pa.string())) == [
        oracle(values, lambda value: found.search(value) is None),
        oracle(values, lambda value: not 1 <= len(value) <= 3),
        repeated(values),
    ]
