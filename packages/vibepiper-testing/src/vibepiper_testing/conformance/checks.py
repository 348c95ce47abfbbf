"""What is promised of checks, whoever declares and whoever evaluates them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar, cast

import pyarrow as pa
import pytest
from vibepiper import Check, CheckContext, CheckResult
from vibepiper_transform import from_arrow

from vibepiper_testing.conformance.suite import DeclaredSuite

__all__ = ["CheckCase", "ChecksSuite", "found_of"]

_ROW = "conformance_row"
_MOST_ROWS = 400

Fails = Callable[[Mapping[str, Any]], bool | None]


@dataclass(frozen=True)
class CheckCase:
    """A check, a table that passes it and one that fails it. ``failed_rows`` is how many rows
    of ``bad`` break it; None for a check of the whole table.

    ``fails`` says of a row, by itself, whether it breaks the check, and None of one that is not
    examined; leave it out for a check that compares rows.
    """

    check: Check
    good: pa.Table
    bad: pa.Table
    failed_rows: int | None = None
    fails: Fails | None = None


class ChecksSuite(DeclaredSuite):
    """Promises of each check of ``cases``. The fixture ``subject`` is the validator that evaluates
    them; ``others`` is the data of the assets that they refer to."""

    cases: ClassVar[Sequence[CheckCase]]
    others: ClassVar[Mapping[str, pa.Table]] = {}

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        groups = {
            "case": self.cases,
            "row_case": [case for case in self.cases if case.fails is not None],
        }
        for name, cases in groups.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, cases, ids=lambda case: case.check.label)

    def evaluate(
        self, subject: Any, checks: Sequence[Check], data: object, key: tuple[str, ...] = ()
    ) -> Any:
        context = CheckContext("conformance", key, self.others.__getitem__)
        return subject.evaluate(checks, data, context)

    def test_a_check_says_what_it_is(self, case: CheckCase) -> None:
        """A check is immutable, and tells its label and its severity."""
        check = copy(case.check)
        assert isinstance(check, Check)
        assert check.label.strip()
        assert check.severity in ("error", "warn")
        with pytest.raises((AttributeError, TypeError)):
            check.severity = "off"  # type: ignore[misc,assignment]

    def test_good_data_passes(self, subject: Any, case: CheckCase) -> None:
        """Data that keeps to a check passes it; the result bears the check's label."""
        (result,) = self.evaluate(subject, [case.check], case.good)
        assert result.passed, result.summary()
        assert (result.check, result.severity) == (case.check.label, case.check.severity)
        assert result.failed_rows in (None, 0)
        assert result.examples == ()

    def test_bad_data_fails(self, subject: Any, case: CheckCase) -> None:
        """Data that breaks a check fails it, with the number of rows that do."""
        (result,) = self.evaluate(subject, [case.check], case.bad)
        assert not result.passed, "the check passed"
        assert result.failed_rows == case.failed_rows
        assert result.rows is None or result.rows <= case.bad.num_rows
        assert result.blocks == (case.check.severity == "error")

    def test_what_fails_is_what_fails_row_by_row(self, subject: Any, row_case: CheckCase) -> None:
        """A check finds the rows that break it when each is looked at by itself: those, and no
        others."""
        rows = _mixed(row_case)
        said = [cast("Fails", row_case.fails)(row) for row in rows.to_pylist()]
        failing = [number for number, fails in enumerate(said) if fails]
        sound = [number for number, fails in enumerate(said) if not fails]
        parts = [rows, *(rows.take(pa.array(part, pa.int64())) for part in (failing, sound))]
        found = [self.evaluate(subject, [row_case.check], part, (_ROW,))[0] for part in parts]
        assert [each.failed_rows for each in found] == [len(failing), len(failing), 0]
        assert found[0].rows in (None, len(said) - said.count(None))
        assert {row[_ROW] for each in found for row in each.examples} <= set(failing)

    def test_a_relation_is_judged_like_a_table(self, subject: Any, case: CheckCase) -> None:
        """A Relation is judged as the table that it is."""
        for data in (case.good, case.bad):
            (one,) = self.evaluate(subject, [case.check], data)
            (other,) = self.evaluate(subject, [case.check], from_arrow(data))
            assert found_of(one) == found_of(other)

    def test_judging_again_gives_the_same(self, subject: Any, case: CheckCase) -> None:
        """Data is judged again with the same result: nothing is consumed and nothing is kept."""
        (first,) = self.evaluate(subject, [case.check], case.bad)
        (second,) = self.evaluate(subject, [case.check], case.bad)
        assert found_of(second) == found_of(first)

    def test_an_empty_table_is_judged(self, subject: Any, case: CheckCase) -> None:
        """A table without rows is judged; no row of it fails."""
        (result,) = self.evaluate(subject, [case.check], case.good.slice(0, 0))
        assert result.failed_rows in (None, 0)


def found_of(result: CheckResult) -> tuple[object, ...]:
    """What a result tells of the data. Its number to three digits, for it may be of the time."""
    value = None if result.value is None else f"{result.value:.3g}"
    counted = (result.check, result.status, result.rows, result.failed_rows, value)
    return (*counted, repr(result.examples))  # NaN, as an example, is no other NaN's equal


def _mixed(case: CheckCase) -> pa.Table:
    """Rows of all combinations of the values of both tables and null, numbered; of many, some."""
    names = case.good.column_names
    columns = [_values(case, name) for name in names]
    total = math.prod(len(column) for column in columns)
    chosen = random.Random(total).sample(range(total), min(total, _MOST_ROWS))
    taken = []
    for column in columns:
        taken.append(column.take([number % len(column) for number in chosen]))
        chosen = [number // len(column) for number in chosen]
    return pa.table([*taken, pa.array(range(len(chosen)))], names=[*names, _ROW])


def _values(case: CheckCase, name: str) -> pa.Array:
    kind = case.good.schema.field(name).type
    known = [case.good[name].combine_chunks(), case.bad[name].cast(kind).combine_chunks()]
    return pa.concat_arrays([*known, pa.nulls(1, kind)])
