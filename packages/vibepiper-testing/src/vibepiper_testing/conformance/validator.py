"""The suite of validators."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from vibepiper import Check
from vibepiper.component import Kind
from vibepiper.errors import DataError

from vibepiper_testing.conformance.checks import CheckCase, ChecksSuite
from vibepiper_testing.conformance.suite import ComponentSuite

__all__ = ["ValidatorSuite"]


class ValidatorSuite(ChecksSuite, ComponentSuite):
    """What every validator promises. A subclass gives cases of its checks, one of a column that
    its table does not have among them, in ``impossible``.

    ::

        class TestAcme(ValidatorSuite):
            component = "acme"
            cases = [CheckCase(at_least(2), good=pa.table(...), bad=pa.table(...))]
            impossible = not_null("no_such_column")
    """

    kind: ClassVar[Kind] = "validator"
    impossible: ClassVar[Check | None] = None

    def test_a_check_names_its_validator(self, case: CheckCase) -> None:
        """A check names the validator that evaluates it."""
        assert case.check.validator == self.component

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
