"""The suites, for all that is planted but stores. Run by test_suites.py, and not collected."""

import planted_databases as databases
import planted_others as others
import planted_packs as packs
import planted_plugin as planted
import pyarrow as pa
import pytest
from vibepiper_testing.conformance import (
    CheckCase,
    DatabaseSuite,
    ExecutorSuite,
    ExpectationPackSuite,
    FileFormatSuite,
    InputSuite,
    RelationBackendSuite,
    ValidatorSuite,
)


class ParquetSuite(FileFormatSuite):
    suffix = ".parquet"
    refuses = planted.NOT_IN_PARQUET


class TestWritesOver(ParquetSuite):
    component = "WritesOver"


class TestTakesRubbishForEmpty(ParquetSuite):
    component = "TakesRubbishForEmpty"


def cases(name):
    good, bad = pa.table({"a": [1, 2], "b": [3, 4]}), pa.table({"a": [None, None], "b": [1, None]})
    a, b = others.NotNull("a", name), others.NotNull("b", name)
    return [CheckCase(a, good, bad, 2), CheckCase(b, good, bad, 1)]


def validator_suite(name):
    members = {"component": name, "cases": cases(name), "impossible": others.NotNull("zz", name)}
    return type(name, (ValidatorSuite,), members)


for name in planted.VALIDATORS:
    globals()[f"Test{name}"] = validator_suite(name)


for name in planted.PACKS:
    members = {"component": name, "cases": packs.CASES[name]}
    globals()[f"Test{name}"] = type(name, (ExpectationPackSuite,), members)


for name in planted.EXECUTORS:
    # Whoever waits in vain, does so for a third of it.
    patience = 3 if name == "RunsOneByOne" else 30
    members = {"component": name, "patience": patience}
    globals()[f"Test{name}"] = type(name, (ExecutorSuite,), members)


class TestDropsEmptyRows(InputSuite):
    component = "sqlite3:Row"

    def rows(self, given):
        return list(given)


CHANGES = {"timestamp_zone": pa.timestamp("us", "UTC"), "dictionary": pa.string()}

for name in planted.DATABASES:
    members = {"component": name, "changes": CHANGES, "refuses": frozenset({"union"})}
    globals()[f"Test{name}"] = type(name, (DatabaseSuite,), members)


def engine_suite(engine):
    @pytest.fixture
    def relation(self):
        return engine().relation

    return type(engine.__name__, (RelationBackendSuite,), {"relation": relation})


for each in databases.ENGINES:
    globals()[f"Test{each.__name__}"] = engine_suite(each)
