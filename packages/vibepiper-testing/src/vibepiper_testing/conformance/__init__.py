"""Conformance suites: what a component of each kind promises, as tests to subclass.

::

    from vibepiper_testing.conformance import IOManagerSuite

    class TestAcme(IOManagerSuite):
        component = "acme"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_testing.conformance.analyzer import AnalyzerSuite as AnalyzerSuite
    from vibepiper_testing.conformance.arrow_cases import CASES as CASES
    from vibepiper_testing.conformance.arrow_cases import assert_same_column as assert_same_column
    from vibepiper_testing.conformance.checks import CheckCase as CheckCase
    from vibepiper_testing.conformance.database import DatabaseSuite as DatabaseSuite
    from vibepiper_testing.conformance.executor import ExecutorSuite as ExecutorSuite
    from vibepiper_testing.conformance.expectation_pack import (
        ExpectationPackSuite as ExpectationPackSuite,
    )
    from vibepiper_testing.conformance.file_format import FileFormatSuite as FileFormatSuite
    from vibepiper_testing.conformance.input import InputSuite as InputSuite
    from vibepiper_testing.conformance.io_manager import IOManagerSuite as IOManagerSuite
    from vibepiper_testing.conformance.relation_backend import (
        RelationBackendSuite as RelationBackendSuite,
    )
    from vibepiper_testing.conformance.suite import ComponentSuite as ComponentSuite
    from vibepiper_testing.conformance.suite import DeclaredSuite as DeclaredSuite
    from vibepiper_testing.conformance.suite import Suite as Suite
    from vibepiper_testing.conformance.suite import lacks as lacks
    from vibepiper_testing.conformance.suite import needs as needs
    from vibepiper_testing.conformance.suite import overrides as overrides
    from vibepiper_testing.conformance.validator import ValidatorSuite as ValidatorSuite

_HOME = {
    "AnalyzerSuite": "analyzer",
    "CASES": "arrow_cases",
    "CheckCase": "checks",
    "ComponentSuite": "suite",
    "DatabaseSuite": "database",
    "DeclaredSuite": "suite",
    "ExecutorSuite": "executor",
    "ExpectationPackSuite": "expectation_pack",
    "FileFormatSuite": "file_format",
    "IOManagerSuite": "io_manager",
    "InputSuite": "input",
    "RelationBackendSuite": "relation_backend",
    "Suite": "suite",
    "ValidatorSuite": "validator",
    "assert_same_column": "arrow_cases",
    "lacks": "suite",
    "needs": "suite",
    "overrides": "suite",
}

__all__ = [
    "AnalyzerSuite",
    "CASES",
    "CheckCase",
    "ComponentSuite",
    "DatabaseSuite",
    "DeclaredSuite",
    "ExecutorSuite",
    "ExpectationPackSuite",
    "FileFormatSuite",
    "IOManagerSuite",
    "InputSuite",
    "RelationBackendSuite",
    "Suite",
    "ValidatorSuite",
    "assert_same_column",
    "lacks",
    "needs",
    "overrides",
]


__getattr__ = lazy_attributes(__name__, _HOME)
