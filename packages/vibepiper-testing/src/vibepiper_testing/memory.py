"""In-memory stand-ins for components; `memory_database` has that for databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
from vibepiper import Check, CheckContext, CheckResult, ComponentContext
from vibepiper.checks import CheckStatus
from vibepiper.data import as_reader
from vibepiper.errors import StoreError
from vibepiper.inputs import InputSource
from vibepiper.memory import MemoryIOManager, MemorySettings

__all__ = [
    "FixedInput",
    "MemoryFileFormat",
    "ScriptedValidator",
    "memory_io_manager",
]


def memory_io_manager() -> MemoryIOManager:
    """An IO manager that holds tables and objects until it is forgotten."""
    return MemoryIOManager(MemorySettings(), ComponentContext("memory", Path()))


class MemoryFileFormat:
    """A file format whose files are not on the disk: tables by their paths."""

    def __init__(self) -> None:
        self.tables: dict[Path, pa.Table] = {}

    def read(self, path: Path) -> pa.RecordBatchReader:
        if path not in self.tables:
            raise StoreError(f"{path}: there is no such file in memory")
        return self.tables[path].to_reader()

    def write(self, table: object, path: Path) -> int:
        self.tables[path] = held = as_reader(table).read_all()
        return int(held.num_rows)


class ScriptedValidator:
    """A validator whose results are written beforehand: checks whose labels are in ``failing``
    fail, with that many rows, and all others pass. ``asked`` are the assets and labels that it
    was asked about."""

    def __init__(self, failing: Mapping[str, int] | None = None) -> None:
        self.failing = dict(failing or {})
        self.asked: list[tuple[str, str]] = []

    def evaluate(
        self, checks: Sequence[Check], data: object, context: CheckContext
    ) -> Sequence[CheckResult]:
        rows = as_reader(data).read_all().num_rows
        self.asked.extend((context.asset, check.label) for check in checks)
        return [self._result(check, rows) for check in checks]

    def _result(self, check: Check, rows: int) -> CheckResult:
        failed = self.failing.get(check.label, 0)
        status: CheckStatus = "failed" if check.label in self.failing else "passed"
        return CheckResult(check.label, status, check.severity, rows=rows, failed_rows=failed)


class FixedInput:
    """An input that gives ``value``, whatever is stored; ``asked`` are the upstreams' keys."""

    def __init__(self, value: object) -> None:
        self.value = value
        self.asked: list[str] = []

    def load(self, source: InputSource) -> object:
        self.asked.append(source.ref.key)
        return self.value
