"""Declared checks on assets, run on staged data before it is published.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_expectations.checking import check_table as check_table
    from vibepiper_expectations.gates import check_asset as check_asset
    from vibepiper_expectations.kinds import ColumnValueExpectation as ColumnValueExpectation
    from vibepiper_expectations.kinds import Expectation as Expectation
    from vibepiper_expectations.kinds import RowExpectation as RowExpectation
    from vibepiper_expectations.kinds import TableExpectation as TableExpectation
    from vibepiper_expectations.kinds import Verdict as Verdict
    from vibepiper_expectations.kinds import expectation as expectation
    from vibepiper_expectations.namespace import expect as expect
    from vibepiper_expectations.observing import observe as observe
    from vibepiper_expectations.packs import ExpectationPack as ExpectationPack
    from vibepiper_expectations.report import CheckReport as CheckReport
    from vibepiper_expectations.schema import Field as Field
    from vibepiper_expectations.schema import Schema as Schema
    from vibepiper_expectations.validation import validate as validate
    from vibepiper_expectations.validator import ExpectationSettings as ExpectationSettings
    from vibepiper_expectations.validator import ExpectationValidator as ExpectationValidator
    from vibepiper_expectations.yaml_checks import expectations_from as expectations_from

_HOME = {
    "CheckReport": "report",
    "ColumnValueExpectation": "kinds",
    "Expectation": "kinds",
    "ExpectationPack": "packs",
    "ExpectationSettings": "validator",
    "ExpectationValidator": "validator",
    "Field": "schema",
    "RowExpectation": "kinds",
    "Schema": "schema",
    "TableExpectation": "kinds",
    "Verdict": "kinds",
    "check_asset": "gates",
    "check_table": "checking",
    "expect": "namespace",
    "expectation": "kinds",
    "expectations_from": "yaml_checks",
    "observe": "observing",
    "validate": "validation",
}

__all__ = [
    "CheckReport",
    "ColumnValueExpectation",
    "Expectation",
    "ExpectationPack",
    "ExpectationSettings",
    "ExpectationValidator",
    "Field",
    "RowExpectation",
    "Schema",
    "TableExpectation",
    "Verdict",
    "check_asset",
    "check_table",
    "expect",
    "expectation",
    "expectations_from",
    "observe",
    "validate",
]


__getattr__ = lazy_attributes(__name__, _HOME)
