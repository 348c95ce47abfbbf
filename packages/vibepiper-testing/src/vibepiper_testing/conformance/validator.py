"""The suite of validators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from vibepiper import Check, CheckContext
from vibepiper.component import Kind
from vibepiper.errors import DataError
from vibepiper_transform import from_arrow

from vibepiper_testing.conformance.suite import ComponentSuite

__all__ = ["CheckCase", "ValidatorSuite"]


@dataclass(frozen=True)
class CheckCase:
    """A check, a table that passes it and one that fails it. ``failed_rows`` is how many rows
    of ``bad`` break it; None for a check of the whole table."""

    check: Check
    good: pa.Table
    bad: pa.Table
    failed_rows: int | None = None


class ValidatorSuite(ComponentSuite):
    """What every validator promises. A subclass gives cases of its checks, one of a column that
    its table does not have among them, in ``impossible``.

    ::

        class TestAcme(ValidatorSuite):
            component = "acme"
            cases = [CheckCase(at_least(2), good=pa.table(...), bad=pa.table(...))]
            impossible = not_null("no_such_column")
    """

    kind: ClassVar[Kind] = "validator"
    cases: ClassVar[Sequence[CheckCase]]
    impossible: ClassVar[Check | None] = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", self.cases, ids=lambda case: case.check.label)

    def evaluate(self, subject: Any, checks: Sequence[Check], data: object) -> Any:
        return subject.evaluate(checks, data, CheckContext("conformance"))

    def test_a_check_says_what_it_is(self, subject: Any, case: CheckCase) -> None:
        """A check is immutable, and names its validator, its label and its severity."""
        assert isinstance(case.check, Check)
        assert case.check.validator == self.component
        assert case.check.label.strip()
        assert case.check.severity in ("error", "warn")
        with pytest.raises((AttributeError, TypeError)):
            case.check.severity = "off"  # type: ignore[misc,assignment]

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

    def test_a_relation_is_judged_like_a_table(self, subject: Any, case: CheckCase) -> None:
        """A Relation is judged as the table that it is."""
        for data in (case.good, case.bad):
            (one,) = self.evaluate(subject, [case.check], data)
            (other,) = self.evaluate(subject, [case.check], from_arrow(data))
            assert (one.status, one.failed_rows) == (other.status, other.failed_rows)

    def test_judging_again_gives_the_same(self, subject: Any, case: CheckCase) -> None:
        """Data is judged again with the same result: a validator consumes and keeps nothing."""
        first = self.evaluate(subject, [case.check], case.bad)
        assert list(self.evaluate(subject, [case.check], case.bad)) == list(first)

    def test_an_empty_table_is_judged(self, subject: Any, case: CheckCase) -> None:
        """A table without rows is judged; no row of it fails."""
        (result,) = self.evaluate(subject, [case.check], case.good.slice(0, 0))
        assert result.failed_rows in (None, 0)

    def test_results_come_in_the_order_of_checks(self, subject: Any) -> None:
        """Several checks of one table are judged together; results are in the checks' order."""
        same = [case for case in self.cases if case.good.schema == self.cases[0].good.schema]
        checks = [case.check for case in same]
        for ordered in (checks, checks[::-1]):
            results = self.evaluate(subject, ordered, same[0].good)
            assert [result.check for result in results] == [check.label for check in ordered]

    def test_no_check_is_no_result(self, subject: Any) -> None:
        """Without checks there are no results."""
        assert list(self.evaluate(subject, [], self.cases[0].good)) == []

    def test_a_check_that_cannot_be_judged_never_passes(self, subject: Any) -> None:
        """A check that cannot be evaluated raises `DataError`; it does not pass."""
        if self.impossible is None:
            pytest.skip(f"{type(self).__name__} gives no check that cannot be evaluated")
        with pytest.raises(DataError):
            self.evaluate(subject, [self.impossible], self.cases[0].good)
