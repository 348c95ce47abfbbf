"""Declared checks on assets, run on staged data before it is published.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_expectations.expectation import Expectation as Expectation
    from vibepiper_expectations.namespace import expect as expect
    from vibepiper_expectations.schema import Field as Field
    from vibepiper_expectations.schema import Schema as Schema
    from vibepiper_expectations.validation import validate as validate
    from vibepiper_expectations.validator import ExpectationSettings as ExpectationSettings
    from vibepiper_expectations.validator import ExpectationValidator as ExpectationValidator

_HOME = {
    "Expectation": "expectation",
    "ExpectationSettings": "validator",
    "ExpectationValidator": "validator",
    "Field": "schema",
    "Schema": "schema",
    "expect": "namespace",
    "validate": "validation",
}

__all__ = [
    "Expectation",
    "ExpectationSettings",
    "ExpectationValidator",
    "Field",
    "Schema",
    "expect",
    "validate",
]


__getattr__ = lazy_attributes(__name__, _HOME)
