"""What is wrong with a CSV file is told with file, line, column, expected, found, way out."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.errors import DataError, StoreError
from vibepiper_files import read_csv

SCHEMA = pa.schema([("dep_time", pa.int64()), ("name", pa.string())])


def refusal(path: Path, content: bytes, **options: object) -> str:
    path.write_bytes(content)
    with pytest.raises(DataError, match=re.escape(str(path))) as caught:
        read_csv(path, **options).read_all()
    return str(caught.value)


@pytest.mark.parametrize("packed", [False, True])
def test_a_bad_value_is_found_by_line_and_column(tmp_path: Path, packed: bool):
    content = b'name,dep_time\n"two\nlines",1\n\nx,2\ny,abc\n'
    path = tmp_path / "flights.csv"
    message = refusal(path, gzip.compress(content) if packed else content, schema=SCHEMA)
    assert message.startswith(f"{path}:6: column 'dep_time': expected int64, found 'abc'")
    assert "list 'abc' in nulls" in message


def test_a_bad_value_far_down_is_found(tmp_path: Path):
    content = b"dep_time,name\n" + b"1,x\n" * 700_000 + b"abc,y\n"
    message = refusal(tmp_path / "a.csv", content, schema=SCHEMA, block_bytes=1 << 20)
    assert "a.csv:700002: column 'dep_time': expected int64, found 'abc'" in message


def test_a_value_that_does_not_fit_the_inferred_type_says_how_to_declare_it(tmp_path: Path):
    content = b"a,b\n" + b"1,x\n" * 100 + b"abc,y\n"
    message = refusal(tmp_path / "a.csv", content, block_bytes=100)
    assert "a.csv:102: column 'a': expected int64, found 'abc'" in message
    assert re.search(r"inferred from the first \d+ rows\. Declare it with .*schema=", message)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (pa.decimal128(4, 2), "1.239", r"expected decimal128\(4, 2\), found '1.239'"),
        (pa.uint8(), "256", "expected uint8, found '256'"),
        (pa.bool_(), "yes", r"expected bool \(true, false, 1 or 0\), found 'yes'"),
        (pa.date32(), "01/02/2024", r"expected date32\[day\] \(YYYY-MM-DD\), found"),
        (pa.timestamp("us", "UTC"), "2024-01-01 10:00:00", "with an offset or Z"),
        (pa.timestamp("us"), "2024-01-01 10:00:00Z", "without an offset"),
        (pa.list_(pa.int8()), "[1]", "list<.*> is not supported"),
    ],
)
def test_each_type_says_what_it_expects(
    tmp_path: Path, kind: pa.DataType, value: str, expected: str
):
    schema = pa.schema([("v", kind)])
    assert re.search(expected, refusal(tmp_path / "a.csv", f"v\n{value}\n".encode(), schema=schema))


def test_columns_missing_extra_and_twice(tmp_path: Path):
    path = tmp_path / "a.csv"
    missing = refusal(path, b"dep_tme,name\n1,x\n", schema=SCHEMA)
    assert "a.csv:1: the column 'dep_time' is missing" in missing
    assert "Did you mean 'dep_tme'?" in missing
    extra = refusal(path, b"dep_time,name,tail\n1,x,y\n", schema=SCHEMA)
    assert "a.csv:1: the column 'tail' is not in the schema" in extra
    assert "names the column 'a' more than once" in refusal(path, b"a,a\n1,2\n")
    assert "column 2 of the header has no name" in refusal(path, b"a,\n1,2\n")


@pytest.mark.parametrize(("row", "found"), [(b"2", 1), (b"2,x,y", 3)])
def test_short_and_long_rows(tmp_path: Path, row: bytes, found: int):
    message = refusal(tmp_path / "a.csv", b"dep_time,name\n1,x\n" + row + b"\n", schema=SCHEMA)
    assert (
        f"a.csv:3: expected 2 values (dep_time, name), found {found}: '{row.decode()}'" in message
    )


@pytest.mark.parametrize("schema", [None, SCHEMA])
@pytest.mark.parametrize(
    ("content", "column"),
    [(b"dep_time,name\n1,x\n2,\xe9\n", "name"), (b"dep_time,name\n1,x\n\xe9,y\n", "dep_time")],
)
def test_latin_1_bytes(tmp_path: Path, schema: pa.Schema | None, content: bytes, column: str):
    message = refusal(tmp_path / "a.csv", content, schema=schema)
    assert f"a.csv:3: column '{column}': expected utf-8 text, found the byte 0xe9" in message
    assert 'encoding="latin-1"' in message


def test_latin_1_bytes_in_the_header(tmp_path: Path):
    assert "a.csv:1: expected utf-8 text" in refusal(tmp_path / "a.csv", b"\xe9,b\n1,2\n")


@pytest.mark.parametrize("cut", [20, -9])
def test_a_truncated_gzip(tmp_path: Path, cut: int):
    packed = gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % i for i in range(50_000)))
    message = refusal(tmp_path / "a.csv.gz", packed[:cut])
    assert "cannot be unpacked: it is truncated" in message
    assert "Fetch or copy the file again" in message


def test_a_gzip_with_a_wrong_byte(tmp_path: Path):
    packed = bytearray(gzip.compress(b"a,b\n" + b"".join(b"%d,x\n" % i for i in range(50_000))))
    packed[-6] ^= 0xFF
    assert "it is damaged" in refusal(tmp_path / "a.csv.gz", bytes(packed))


def test_archives_that_are_none(tmp_path: Path):
    assert "expected gzip, found bytes" in refusal(tmp_path / "a.csv.gz", b"a,b\n1,2\n")
    assert "expected zip, found bytes" in refusal(tmp_path / "a.csv.zip", b"a,b\n1,2\n")
    assert "it is damaged" in refusal(tmp_path / "a.csv.zip", b"PK\x03\x04 and no more")
    assert "expected CSV, found Parquet" in refusal(tmp_path / "a.csv", b"PAR1....PAR1")


def test_a_zip_with_a_wrong_byte(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n" + "1,x\n" * 5_000)
    content = path.read_bytes().replace(b"1,x\n1,x\n", b"1,x\n1,y\n", 1)
    assert "it is damaged (Bad CRC-32" in refusal(path, content)


def test_files_that_are_empty_or_not_there(tmp_path: Path):
    assert "expected a header line" in refusal(tmp_path / "a.csv", b"")
    assert "expected a header line" in refusal(tmp_path / "a.csv.gz", gzip.compress(b""))
    with pytest.raises(StoreError, match=r"none\.csv: cannot be read: No such file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(StoreError, match="cannot be read: Is a directory"):
        read_csv(tmp_path)


def test_a_quote_that_is_never_closed_is_found_before_it_fills_the_memory(tmp_path: Path):
    content = b'dep_time,name\n1,"x\n' + b"2,y\n" * 100_000
    message = refusal(tmp_path / "a.csv", content, schema=SCHEMA, block_bytes=10_000)
    assert "Look for a quote that is never closed" in message
