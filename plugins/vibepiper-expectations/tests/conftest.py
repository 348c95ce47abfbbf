from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from vibepiper.checks import CheckContext, CheckResult
from vibepiper.component import ComponentContext
from vibepiper_expectations import Expectation, ExpectationSettings, ExpectationValidator

Check = Callable[..., CheckResult]


@pytest.fixture
def validator() -> ExpectationValidator:
    return ExpectationValidator(ExpectationSettings(), ComponentContext("expectations", Path()))


@pytest.fixture
def check(validator: ExpectationValidator) -> Check:
    """The result of one check over a table."""

    def run(expectation: Expectation, data: object, key: Sequence[str] = ()) -> CheckResult:
        (result,) = validator.evaluate([expectation], data, CheckContext("customers", tuple(key)))
        return result

    return run
