"""The suite of file formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from vibepiper.component import Kind
from vibepiper.errors import DataError, VibePiperError

from vibepiper_testing.conformance.round_trips import TableSuite, failing_stream
from vibepiper_testing.conformance.suite import lacks, needs

__all__ = ["FileFormatSuite"]

NAMES = ["a b", "größe 日本", "a'b", "a*b[c]?", "%s", "-x", "a;b"]


class FileFormatSuite(TableSuite):
    """What every file format promises.

    ::

        class TestAcme(FileFormatSuite):
            component = "acme"
            suffix = ".acme"
    """

    kind: ClassVar[Kind] = "file_format"
    suffix: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def path(self, name: str) -> Path:
        return self.folder / f"{name}{self.suffix}"

    def write(self, subject: Any, name: str, data: object) -> None:
        subject.write(data, self.path(name))

    def read(self, subject: Any, name: str) -> pa.Table | None:
        return subject.read(self.path(name)).read_all() if self.path(name).exists() else None

    @needs("write")
    def test_writing_tells_its_rows(self, subject: Any, name: str) -> None:
        """`write` returns the rows that it wrote, and leaves one file."""
        assert subject.write(pa.table({"n": [1, 2, 3]}), self.path(name)) == 3
        assert [path.name for path in self.folder.iterdir()] == [self.path(name).name]

    @needs("write")
    def test_writing_replaces_a_file(self, subject: Any, name: str) -> None:
        """A file that is there is replaced."""
        self.write(subject, name, pa.table({"n": list(range(1000))}))
        self.write(subject, name, pa.table({"s": ["x"]}))
        assert self._table(subject, name).to_pydict() == {"s": ["x"]}

    @needs("write")
    def test_a_failed_write_leaves_the_file_that_was_there(self, subject: Any, name: str) -> None:
        """When the data raises midway, the file is what it was before, and nothing lies beside."""
        self.write(subject, name, pa.table({"n": [7]}))
        with pytest.raises(Exception, match=r"(?s)."):
            self.write(subject, name, failing_stream())
        assert self._table(subject, name).to_pydict() == {"n": [7]}
        assert [path.name for path in self.folder.iterdir()] == [self.path(name).name]

    @needs("read")
    def test_a_file_that_is_not_there_is_named(self, subject: Any, name: str) -> None:
        """Reading a file that is not there raises an error that names it."""
        with pytest.raises(VibePiperError, match=name):
            subject.read(self.path(name)).read_all()

    @needs("read")
    def test_a_file_cut_short_is_refused(self, subject: Any, name: str) -> None:
        """A file that was cut short raises `DataError`, naming the file: it is no shorter table."""
        self.write(subject, name, pa.table({"n": range(50_000), "s": ["text"] * 50_000}))
        whole = self.path(name).read_bytes()
        self.path(name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(DataError, match=name):
            subject.read(self.path(name)).read_all()

    @needs("read")
    @pytest.mark.parametrize(
        "content", [b"", b"\x00\xff\xfe rubbish\n\x01"], ids=["empty", "rubbish"]
    )
    def test_what_is_no_file_of_the_format_is_refused(
        self, subject: Any, name: str, content: bytes
    ) -> None:
        """A file that is none of this format raises `DataError`, naming it."""
        self.path(name).write_bytes(content)
        with pytest.raises(DataError, match=name):
            subject.read(self.path(name)).read_all()

    @needs("read")
    @pytest.mark.parametrize("stem", NAMES, ids=ascii)
    def test_a_file_may_have_any_name(self, subject: Any, stem: str) -> None:
        """A file's name is only a name."""
        self.write(subject, stem, pa.table({"n": [1]}))
        assert self._table(subject, stem).to_pydict() == {"n": [1]}

    @needs("read")
    def test_a_file_is_read_twice_at_once(self, subject: Any, name: str) -> None:
        """A file can be read while another reader of it is half done."""
        self.write(subject, name, pa.table({"n": range(100_000)}))
        half = subject.read(self.path(name))
        half.read_next_batch()
        assert self._table(subject, name).num_rows == 100_000

    @lacks("write")
    def test_what_cannot_be_written_is_not_offered(self, subject: Any) -> None:
        """A format that is only read has no `write`."""
        assert not hasattr(subject, "write")
