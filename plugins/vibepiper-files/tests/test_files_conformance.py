"""What the published suites ask of every IO manager and file format."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from vibepiper.errors import DataError
from vibepiper_testing.conformance import CASES, FileFormatSuite, IOManagerSuite, overrides

INEXACT = {
    "uint64", "float_special", "double_special", "decimal64", "decimal128_widest", "decimal256",
    "null", "time32_ms", "time64_us", "time64_ns", "dictionary",
}  # fmt: skip
"""Read as floats or texts, which do not cast back."""
NOT_IN_CSV = frozenset({
    "string_view", "binary", "interval", "uuid", "json", "list", "list_of_strings",
    "list_of_lists", "large_list", "fixed_list", "struct", "struct_nested", "map", "run_end",
    "union",
})  # fmt: skip
NOT_IN_PARQUET = frozenset({"interval", "run_end", "union"})


class TestFiles(IOManagerSuite):
    component = "files"
    refuses = NOT_IN_PARQUET


class TestParquet(FileFormatSuite):
    component = "parquet"
    suffix = ".parquet"
    refuses = NOT_IN_PARQUET


class TestCsv(FileFormatSuite):
    component = "csv"
    suffix = ".csv"
    refuses = NOT_IN_CSV

    @overrides(reason="CSV says no types: a column is what its texts look like")
    def test_a_column_of_every_type_comes_back(self, subject: Any, name: str, held: str) -> None:
        self.write(subject, name, pa.table({"x": CASES[held]}))
        found = self.read(subject, name)["x"]
        assert found.is_null().to_pylist() == CASES[held].is_null().to_pylist()
        if held not in INEXACT:
            exact = found.cast(CASES[held].type, safe=False)
            assert exact.equals(pa.chunked_array([CASES[held]]))

    @overrides(reason="CSV says no types: a column without values is text")
    def test_an_empty_column_keeps_its_type(self, subject: Any, name: str, held: str) -> None:
        self.write(subject, name, pa.table({"x": CASES[held][:0]}))
        assert self.read(subject, name).to_pydict() == {"x": []}

    @overrides(reason="CSV says no types: a column is what its texts look like")
    def test_a_slice_is_not_the_whole(self, subject: Any, name: str, held: str) -> None:
        self.write(subject, name, pa.table({"x": CASES[held][1:2]}))
        assert self.read(subject, name).num_rows == 1

    @overrides(reason="CSV does not say how long it is: a file cut between rows is a shorter table")
    def test_a_file_cut_short_is_refused(self, subject: Any, name: str) -> None:
        self.write(subject, name, pa.table({"n": [10, 20], "s": ["text", "text"]}))
        whole = self.path(name).read_bytes()
        self.path(name).write_bytes(whole[:-9])
        with pytest.raises(DataError, match=name):
            subject.read(self.path(name)).read_all()
