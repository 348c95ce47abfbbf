"""What is written comes back: promises of everything that holds tables."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from vibepiper.errors import DataError, VibePiperError

from vibepiper_testing.conformance.arrow_cases import (
    CASES,
    assert_same_column,
    refuse_unknown_cases,
)
from vibepiper_testing.conformance.suite import ComponentSuite

__all__ = ["RoundTripSuite", "TableSuite", "failing_stream"]

COLUMN_NAMES = [
    "a b", " a ", "a'b", 'a"b', "a`b", "a;b", "a.b", "a,b", "a\\b", "a\nb", "%s", "$1", ":x", "?",
    "--", "SELECT", "größe_日本", "🎈", "x" * 63, "x" * 300, "",
]  # fmt: skip
TEXTS = ["'; DROP TABLE x; --", '"', "\\N", "\\", "\r\n", "NULL", "", " ", "a" * 100_000, "\u2028"]


class RoundTripSuite(ComponentSuite):
    """``changes`` maps the Arrow types that come back as another one to that type; the values
    must be the same. ``refuses`` names the types that are refused with `DataError`, naming the
    column. All others must come back as they were. `CASES` has the names."""

    changes: ClassVar[Mapping[str, pa.DataType]] = {}
    refuses: ClassVar[frozenset[str] | set[str]] = frozenset()

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        refuse_unknown_cases([*cls.changes, *cls.refuses], cls.__name__)

    @pytest.fixture
    def name(self) -> str:
        """A name that no other test uses, so that tests may share one store."""
        return f"t_{uuid.uuid4().hex[:12]}"

    def write(self, subject: Any, name: str, data: object) -> None:
        """How the component is given a table, to be known as ``name``."""
        raise TypeError(f"{type(self).__name__} does not say how a table is written")

    def read(self, subject: Any, name: str) -> pa.Table | None:
        """How the table is had again; None when there is none of that name."""
        raise TypeError(f"{type(self).__name__} does not say how a table is read")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        groups = {
            "held": sorted(CASES.keys() - self.refuses),
            "refused": sorted(self.refuses),
        }
        for name, cases in groups.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, cases)

    def test_a_column_of_every_type_comes_back(self, subject: Any, name: str, held: str) -> None:
        """A column comes back with its type, or the one declared in `changes`, and its values."""
        expected = CASES[held]
        self.write(subject, name, pa.table({"x": expected}))
        found = self._table(subject, name)
        assert_same_column(found["x"], expected, self.changes.get(held, expected.type))

    def test_an_empty_column_keeps_its_type(self, subject: Any, name: str, held: str) -> None:
        """A table without rows keeps its columns and their types."""
        expected = CASES[held][:0]
        self.write(subject, name, pa.table({"x": expected}))
        found = self._table(subject, name)
        assert_same_column(found["x"], expected, self.changes.get(held, expected.type))

    def test_a_slice_is_not_the_whole(self, subject: Any, name: str, held: str) -> None:
        """Of a table that is a view of a larger one, only its own rows are written."""
        expected = CASES[held][1:2]
        self.write(subject, name, pa.table({"x": expected}))
        found = self._table(subject, name)
        assert_same_column(found["x"], expected, self.changes.get(held, expected.type))

    def test_a_type_that_cannot_be_held_is_refused(
        self, subject: Any, name: str, refused: str
    ) -> None:
        """A type that cannot be held is refused by the name of the column; nothing is written."""
        with pytest.raises(DataError, match="odd one"):
            self.write(subject, name, pa.table({"odd one": CASES[refused]}))
        assert self.read(subject, name) is None, "something was written"

    def test_a_stream_of_a_million_rows_comes_back(self, subject: Any, name: str) -> None:
        """A one-pass stream of a million rows in many batches is written whole, in order."""
        expected = _million()
        stream = expected.to_reader(max_chunksize=50_000)
        self.write(subject, name, stream)
        found = self._table(subject, name)
        assert found.num_rows == 1_000_000
        assert found.cast(expected.schema).equals(expected)

    def test_empty_batches_in_a_stream_are_no_end(self, subject: Any, name: str) -> None:
        """An empty batch is not the end of the stream."""
        schema = pa.schema([("n", pa.int64())])
        batches = [pa.record_batch([values], schema=schema) for values in ([], [1], [], [2], [])]
        self.write(subject, name, pa.RecordBatchReader.from_batches(schema, iter(batches)))
        assert self._table(subject, name)["n"].to_pylist() == [1, 2]

    @pytest.mark.parametrize("column", COLUMN_NAMES, ids=lambda c: ascii(c[:20]))
    def test_a_column_may_have_any_name(self, subject: Any, name: str, column: str) -> None:
        """A column's name is only a name: it is kept as it is, or refused with an error that
        shows it."""
        table = pa.table({"first": [1], column: [2]})
        if self._refused(subject, name, table, shown=repr(column)[1:20]):
            return
        found = self._table(subject, name)
        assert found.column_names == ["first", column]
        assert found[column].to_pylist() == [2]

    @pytest.mark.parametrize("columns", [("a", "A"), ("a", "a"), ("é", "e\u0301")], ids=ascii)
    def test_names_that_are_alike_are_kept_apart(
        self, subject: Any, name: str, columns: tuple[str, str]
    ) -> None:
        """Columns of the same or nearly the same name are all kept, or the table is refused."""
        table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=list(columns))
        if self._refused(subject, name, table, shown=columns[1]):
            return
        found = self._table(subject, name)
        assert found.column_names == list(columns)
        assert [column.to_pylist() for column in found.columns] == [[1], [2]]

    def test_texts_are_only_texts(self, subject: Any, name: str) -> None:
        """Texts that look like SQL, escapes or nulls come back as they were."""
        self.write(subject, name, pa.table({"x": TEXTS}))
        assert self._table(subject, name)["x"].to_pylist() == TEXTS

    def test_wide_tables_keep_the_order_of_their_columns(self, subject: Any, name: str) -> None:
        """A table of 300 columns comes back with all of them, in their order."""
        names = [f"c{number * 7919 % 300}" for number in range(300)]
        self.write(subject, name, pa.table({column: [1] for column in names}))
        assert self._table(subject, name).column_names == names

    def test_what_a_producer_raises_leaves_nothing(self, subject: Any, name: str) -> None:
        """When the data raises midway, so does the write, and nothing was written."""
        with pytest.raises(Exception, match=r"(?s)."):
            self.write(subject, name, failing_stream())
        assert self.read(subject, name) is None, "part of a table was written"

    def _table(self, subject: Any, name: str) -> pa.Table:
        found = self.read(subject, name)
        assert found is not None, "what was written is not there"
        return found

    def _refused(self, subject: Any, name: str, table: pa.Table, *, shown: str) -> bool:
        try:
            self.write(subject, name, table)
        except VibePiperError as error:
            told = f"{error}{str(error)!r}"
        else:
            return False
        assert shown in told, "the error does not show the column"
        assert self.read(subject, name) is None, "something was written"
        return True


class TableSuite(RoundTripSuite):
    """For what holds tables and nothing else."""

    @pytest.mark.parametrize("data", [object(), 3, [1, 2]], ids=["object", "number", "list"])
    def test_what_is_no_table_is_refused(self, subject: Any, name: str, data: object) -> None:
        """What is no table is refused with `DataError`, and nothing is written."""
        with pytest.raises(DataError):
            self.write(subject, name, data)
        assert self.read(subject, name) is None


@cache
def _million() -> pa.Table:
    numbers = pa.arange(0, 1_000_000)
    texts = pc.binary_join_element_wise("text", numbers.cast(pa.string()), " ")
    return pa.table({"n": numbers, "s": texts})


def failing_stream() -> pa.RecordBatchReader:
    """Three batches, then `RuntimeError`."""
    schema = pa.schema([("n", pa.int64())])

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(3):
            yield pa.record_batch([[start] * 10_000], schema=schema)
        raise RuntimeError("the producer failed")

    return pa.RecordBatchReader.from_batches(schema, batches())
