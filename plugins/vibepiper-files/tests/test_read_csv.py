"""read_csv: what it reads, as which types."""

from __future__ import annotations

import datetime as dt
import gzip
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.errors import DataError, DefinitionError
from vibepiper_files import read_csv

ROWS = [{"id": 1, "name": "x"}, {"id": 2, "name": None}]


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_plain_gzip_and_zip_hold_the_same_rows(tmp_path: Path):
    text = b"id,name\n1,x\n2,\n"
    plain = written(tmp_path / "a.csv", text)
    packed = written(tmp_path / "a.csv.gz", gzip.compress(text))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", text)
        archive.writestr("__MACOSX/a.csv", b"junk")
    for path in (plain, packed, tmp_path / "a.zip"):
        assert read_csv(path).read_all().to_pylist() == ROWS


def test_gzip_and_zip_are_known_by_their_first_bytes_not_by_their_names(tmp_path: Path):
    path = written(tmp_path / "export.dat", gzip.compress(b"id,name\n1,x\n2,\n"))
    assert read_csv(path).read_all().to_pylist() == ROWS


def test_gzip_of_several_members_is_read_whole(tmp_path: Path):
    packed = gzip.compress(b"id,name\n1,x\n") + gzip.compress(b"2,\n")
    assert read_csv(written(tmp_path / "a.csv.gz", packed)).read_all().to_pylist() == ROWS


def test_declared_types_are_parsed_in_the_schemas_order(tmp_path: Path):
    schema = pa.schema(
        [
            ("at", pa.timestamp("us", "UTC")),
            ("i", pa.int8()),
            ("f", pa.float32()),
            ("b", pa.bool_()),
            ("d", pa.date32()),
            ("m", pa.decimal128(10, 2)),
            ("s", pa.string()),
        ]
    )
    line = "s,i,f,b,d,m,at\n007,-3,0.5,true,2024-02-29,-1.25,2013-01-01T10:00:00.5+02:00\n"
    reader = read_csv(written(tmp_path / "a.csv", line), schema=schema)
    assert reader.schema == schema
    (row,) = reader.read_all().to_pylist()
    assert row == {
        "at": dt.datetime(2013, 1, 1, 8, 0, 0, 500_000, tzinfo=dt.UTC),
        "i": -3,
        "f": 0.5,
        "b": True,
        "d": dt.date(2024, 2, 29),
        "m": Decimal("-1.25"),
        "s": "007",
    }


def test_a_schema_may_be_anything_with_to_arrow(tmp_path: Path):
    class Orders:
        @classmethod
        def to_arrow(cls) -> pa.Schema:
            return pa.schema([pa.field("id", pa.string(), nullable=False)])

    table = read_csv(written(tmp_path / "a.csv", "id\n1\n"), schema=Orders).read_all()
    assert table.to_pylist() == [{"id": "1"}]
    with pytest.raises(DefinitionError, match="schema must be a pyarrow schema"):
        read_csv(tmp_path / "a.csv", schema=object())


def test_nulls_are_exactly_the_texts_named_and_never_quoted_ones(tmp_path: Path):
    path = written(tmp_path / "a.csv", 'a,b\nNA,"NA"\n,""\n')
    assert read_csv(path, nulls=["NA"]).read_all().to_pylist() == [
        {"a": None, "b": "NA"},
        {"a": "", "b": ""},
    ]
    assert read_csv(path).read_all().to_pylist()[1] == {"a": None, "b": ""}


def test_quotes_delimiters_and_line_breaks_inside_values(tmp_path: Path):
    path = written(tmp_path / "a.csv", 'a;b\r\n"x;""y""";"one\r\ntwo"\r\n')
    rows = read_csv(path, delimiter=";").read_all().to_pylist()
    assert rows == [{"a": 'x;"y"', "b": "one\r\ntwo"}]


def test_bom_and_unicode_names(tmp_path: Path):
    path = written(tmp_path / "größe.csv", '\ufeffgröße,"日,本"\n1,é\n')
    assert read_csv(path).read_all().to_pylist() == [{"größe": 1, "日,本": "é"}]


def test_another_encoding_is_read_when_named(tmp_path: Path):
    path = written(tmp_path / "a.csv", "stadt\nKöln\n".encode("latin-1"))
    assert read_csv(path, encoding="latin-1").read_all().to_pylist() == [{"stadt": "Köln"}]


@pytest.mark.parametrize("text", ["a,b", "a,b\n", "a,b\r\n\r\n"])
def test_a_header_alone_is_an_empty_table(tmp_path: Path, text: str):
    schema = pa.schema([("b", pa.int64()), ("a", pa.date32())])
    table = read_csv(written(tmp_path / "a.csv", text), schema=schema).read_all()
    assert (table.num_rows, table.schema) == (0, schema)


def test_blank_lines_are_rows_only_where_there_is_one_column(tmp_path: Path):
    one = read_csv(written(tmp_path / "one.csv", "a\n1\n\n2\n")).read_all()
    two = read_csv(written(tmp_path / "two.csv", "a,b\n1,2\n\n3,4\n")).read_all()
    assert one.to_pydict() == {"a": [1, None, 2]}
    assert two.to_pydict() == {"a": [1, 3], "b": [2, 4]}


def test_a_column_null_in_the_sample_is_text(tmp_path: Path):
    path = written(tmp_path / "a.csv", "a,b\n" + "1,\n" * 50 + "2,late\n")
    table = read_csv(path, block_bytes=40).read_all()
    assert table["b"].to_pylist()[-1] == "late"


def test_an_unknown_dialect_is_refused(tmp_path: Path):
    with pytest.raises(DefinitionError, match="delimiter must be one ASCII character"):
        read_csv(tmp_path / "a.csv", delimiter="||")
    with pytest.raises(DefinitionError, match="no encoding 'klingon'"):
        read_csv(tmp_path / "a.csv", encoding="klingon")
    with pytest.raises(DefinitionError, match="nulls must be a list"):
        read_csv(tmp_path / "a.csv", nulls="NA")


def test_a_zip_of_several_files_needs_a_member(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x.csv", "a\n1\n")
        archive.writestr("y.csv", "a\n2\n")
    with pytest.raises(DataError, match=r"one file in the zip, found 2\n.*x\.csv, y\.csv"):
        read_csv(tmp_path / "a.zip")
    assert read_csv(tmp_path / "a.zip", member="y.csv").read_all().to_pydict() == {"a": [2]}
