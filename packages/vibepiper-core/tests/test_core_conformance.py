"""What the published suites ask of core's own components."""

from __future__ import annotations

from typing import Any

from vibepiper_testing.conformance import ExecutorSuite, InputSuite, IOManagerSuite


class TestMemory(IOManagerSuite):
    component = "memory"


class TestThreads(ExecutorSuite):
    component = "threads"


class TestProcesses(ExecutorSuite):
    component = "processes"


class TestTable(InputSuite):
    component = "pyarrow:Table"

    def rows(self, given: Any) -> list[dict[str, object]]:
        return given.to_pylist()


class TestReader(InputSuite):
    component = "pyarrow:RecordBatchReader"

    def rows(self, given: Any) -> list[dict[str, object]]:
        return given.read_all().to_pylist()


class TestPolarsFrame(InputSuite):
    component = "polars:DataFrame"

    def rows(self, given: Any) -> list[dict[str, object]]:
        return given.to_dicts()


class TestPolarsLazyFrame(InputSuite):
    component = "polars:LazyFrame"

    def rows(self, given: Any) -> list[dict[str, object]]:
        return given.collect().to_dicts()


class TestPandasFrame(InputSuite):
    component = "pandas:DataFrame"
    columns = ("int64", "float")  # pandas has nulls of its own, and no dates

    def rows(self, given: Any) -> list[dict[str, object]]:
        return given.to_dict("records")


class TestRows(InputSuite):
    component = "builtins:list"

    def rows(self, given: Any) -> list[dict[str, object]]:
        return given
