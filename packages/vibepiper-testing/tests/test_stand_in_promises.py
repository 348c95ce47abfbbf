"""The stand-ins keep the promises of what they stand in for, but those of declarations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from vibepiper import ComponentSpec
from vibepiper.errors import StoreError
from vibepiper_testing import MemoryDatabase, MemoryFileFormat, ScriptedExecutor
from vibepiper_testing.conformance import DatabaseSuite, ExecutorSuite, FileFormatSuite, overrides
from vibepiper_testing.conformance.suite import ComponentSuite

FULL: Any = {"read": "full", "write": "full"}
UNDECLARED = "an object that a test is given has no declaration and no settings"
NO_FILES = "its files are not on the disk"


def broken() -> Iterator[pa.RecordBatch]:
    """A stream that fails after its first batch."""
    yield pa.record_batch({"n": [2]})
    raise ZeroDivisionError


class Undeclared(ComponentSuite):
    """What is promised of a stand-in is that of its methods."""

    @overrides(reason=UNDECLARED)
    def test_the_declaration_holds(self) -> None:
        pytest.skip(UNDECLARED)

    @overrides(reason=UNDECLARED)
    def test_an_unknown_setting_is_refused(self) -> None:
        pytest.skip(UNDECLARED)

    @overrides(reason=UNDECLARED)
    def test_secrets_are_not_shown(self) -> None:
        pytest.skip(UNDECLARED)


class TestMemoryDatabase(Undeclared, DatabaseSuite):
    component = "memory"
    changes: ClassVar = {
        "decimal32": pa.decimal128(9, 2),
        "decimal64": pa.decimal128(18, 2),
        "large_string": pa.string(),
        "string_view": pa.string(),
        "large_binary": pa.binary(),
        "fixed_binary": pa.binary(),
        "date64": pa.date32(),
        "time32_s": pa.time64("us"),
        "time32_ms": pa.time64("us"),
        "timestamp_zone": pa.timestamp("us", "UTC"),
        "duration_s": pa.month_day_nano_interval(),
        "duration_us": pa.month_day_nano_interval(),
        "json": pa.string(),
        "large_list": pa.list_(pa.int64()),
        "dictionary": pa.string(),
        "run_end": pa.int64(),
    }
    refuses = frozenset({"half", "decimal256", "duration_ns", "uuid", "union"})

    @pytest.fixture
    def spec(self) -> ComponentSpec:
        return ComponentSpec("database", "memory", "vibepiper_testing:MemoryDatabase", "In memory.")

    @pytest.fixture
    def make(self) -> Iterator[Callable[[], Any]]:
        made: list[MemoryDatabase] = []

        def make() -> MemoryDatabase:
            made.append(MemoryDatabase())
            return made[-1]

        yield make
        for database in made:
            database.close()

    @overrides(reason="it has no secret setting")
    def test_a_bad_statement_raises_without_secrets(self, subject: MemoryDatabase) -> None:
        with pytest.raises(StoreError, match="nowhere"):
            subject.query("SELECT * FROM nowhere").read_all()
        with pytest.raises(StoreError, match="nowhere"):
            subject.execute("DELETE FROM nowhere")


class TestMemoryFileFormat(Undeclared, FileFormatSuite):
    component = "memory"
    suffix = ".memory"

    @pytest.fixture
    def spec(self) -> ComponentSpec:
        target = "vibepiper_testing:MemoryFileFormat"
        return ComponentSpec("file_format", "memory", target, "In memory.", FULL)

    @pytest.fixture
    def make(self) -> Callable[[], Any]:
        return MemoryFileFormat

    def read(self, subject: MemoryFileFormat, name: str) -> pa.Table | None:
        path = self.path(name)
        return subject.read(path).read_all() if path in subject.tables else None

    @overrides(reason=NO_FILES)
    def test_writing_tells_its_rows(self, subject: MemoryFileFormat, name: str) -> None:
        assert subject.write(pa.table({"n": [1, 2, 3]}), self.path(name)) == 3
        assert list(subject.tables) == [self.path(name)]

    @overrides(reason=NO_FILES)
    def test_a_failed_write_leaves_the_file_that_was_there(
        self, subject: MemoryFileFormat, name: str
    ) -> None:
        table = pa.table({"n": [1]})
        subject.write(table, self.path(name))
        with pytest.raises(ZeroDivisionError):
            subject.write(
                pa.RecordBatchReader.from_batches(table.schema, broken()), self.path(name)
            )
        assert self.read(subject, name) == table

    @overrides(reason=NO_FILES)
    def test_a_file_cut_short_is_refused(self) -> None:
        pytest.skip(NO_FILES)

    @overrides(reason=NO_FILES)
    def test_what_is_no_file_of_the_format_is_refused(self) -> None:
        pytest.skip(NO_FILES)


class TestScriptedExecutor(Undeclared, ExecutorSuite):
    component = "scripted"

    @pytest.fixture
    def spec(self) -> ComponentSpec:
        target = "vibepiper_testing:ScriptedExecutor"
        return ComponentSpec(
            "executor", "scripted", target, "In threads.", {"same_process": "full"}
        )

    @pytest.fixture
    def make(self) -> Callable[[], Any]:
        return ScriptedExecutor
