"""What is told of a table, and how often it is read for that."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_quality import Dependency, profile_table
from vibepiper_quality.profile_page import profile_page
from vibepiper_quality.report import facts, rows
from vibepiper_testing.recording_backend import RecordingBackend
from vibepiper_transform import database_table, scan_parquet

ROWS = 4000
TABLE = pa.table(
    {
        "id": range(ROWS),
        "shuffled": [n * 7919 % ROWS for n in range(ROWS)],
        "group": [n % 7 for n in range(ROWS)],
        "name": [f"group {n % 7}" for n in range(ROWS)],
        "email": [f"who{n % 3999}@example.org" for n in range(ROWS)],
        "maybe": [n if n % 4 else None for n in range(ROWS)],
    }
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    pq.write_table(TABLE, tmp_path / "table.parquet", row_group_size=1000)
    return tmp_path / "table.parquet"


def told(profile):
    return {c.name: (c.nulls, c.distinct, c.distinct_exact, c.unique) for c in profile.columns}


def test_a_small_table_is_told_exactly_in_two_scans() -> None:
    found = profile_table(TABLE)
    assert (found.rows, found.exact, found.scans) == (ROWS, True, 2)
    assert found.keys == (("id",), ("shuffled",))
    assert told(found) == {
        "id": (0, 4000, True, True),
        "shuffled": (0, 4000, True, True),
        "group": (0, 7, True, False),
        "name": (0, 7, True, False),
        "email": (0, 3999, True, False),
        "maybe": (1000, 3000, True, False),
    }


def test_of_a_larger_one_keys_are_proved_and_the_rest_is_of_a_sample(files: Path) -> None:
    found = profile_table(scan_parquet(files), sample=400)
    assert (found.rows, found.scans) == (ROWS, 2)
    assert 300 < found.sampled < 500
    assert found.keys == (("id",), ("shuffled",))
    assert (found.column("maybe").nulls, found.column("id").high) == (1000, ROWS - 1)
    assert found.column("group").distinct == pytest.approx(7, abs=1)
    assert found.column("email").distinct_exact
    assert not found.column("email").unique


def test_files_of_few_rows_are_told_exactly_in_one_scan(files: Path) -> None:
    found, of_memory = profile_table(scan_parquet(files)), profile_table(TABLE)
    assert (found.scans, found.exact) == (1, True)
    assert (told(found), found.keys) == (told(of_memory), of_memory.keys)


def test_a_column_called_as_a_rows_place_is_read_as_it_is(tmp_path: Path) -> None:
    pq.write_table(pa.table({"File_Index": range(900)}), tmp_path / "t.parquet")
    found = profile_table(scan_parquet(tmp_path / "t.parquet"), sample=300)
    assert 240 < found.sampled < 360
    assert found.column("File_Index").high == 899


def test_the_same_rows_of_files_are_chosen_again(tmp_path: Path) -> None:
    """Of two files, each of its own rows, and with a column called as the mark is."""
    for name, first in (("a", 0), ("b", ROWS)):
        table = pa.table({"Chosen": range(first, first + ROWS)})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    paths = sorted(tmp_path.glob("*.parquet"))
    found, again = (profile_table(scan_parquet(*paths), sample=800) for _ in range(2))
    assert (again.sampled, again.column("Chosen").quantiles) == (
        found.sampled,
        found.column("Chosen").quantiles,
    )
    assert 700 < found.sampled < 900
    assert found.column("Chosen").quantiles["0.5"] == pytest.approx(ROWS, rel=0.15)


def test_a_key_whose_order_proves_nothing_is_not_called_one(tmp_path: Path) -> None:
    """Footers ascend, rows within them do not: a repeated value is not missed."""
    ids = [*range(500), *range(1000, 1499), 1000]
    pq.write_table(pa.table({"id": ids}), tmp_path / "ids.parquet", row_group_size=500)
    found = profile_table(scan_parquet(tmp_path / "ids.parquet"), sample=20)
    assert (found.keys, found.column("id").unique) == ((), False)


def test_a_zero_of_a_file_is_no_negative_one(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": [0.0, 1.0]}), tmp_path / "x.parquet")
    low = profile_table(scan_parquet(tmp_path / "x.parquet")).column("x").low
    assert str(low) == "0.0"


def test_a_database_counts_and_is_read_at_most_three_times() -> None:
    backend = RecordingBackend("elsewhere", table=TABLE)
    found = profile_table(database_table(backend, "table"), sample=400)
    assert found.keys == (("id",), ("shuffled",))
    assert found.column("email").distinct == 3999
    assert len(backend.queries) == found.scans == 2
    assert "TABLESAMPLE" in backend.queries[1]


def test_pairs_of_columns_can_be_keys() -> None:
    table = pa.table({"a": [1, 1, 2, 2], "b": [1, 2, 1, 2], "c": [0, 0, 0, 1]})
    assert profile_table(table).keys == (("a", "b"),)


def test_dependencies_are_told_when_asked_for() -> None:
    found = profile_table(TABLE, dependencies=True).dependencies
    assert found == (Dependency("group", "name"), Dependency("name", "group"))
    assert profile_table(TABLE).dependencies is None


def test_a_dependency_that_one_row_breaks_is_none() -> None:
    table = pa.table({"a": [1, 1, 2, 2], "b": ["x", "x", "y", None]})
    assert profile_table(table, dependencies=True).dependencies == (Dependency("b", "a"),)


@pytest.mark.parametrize(
    "values",
    [
        pa.array([], pa.int64()),
        pa.array([], pa.string()),
        pa.array([None, None], pa.timestamp("us", "UTC")),
        pa.nulls(2),
        pa.array([[1], None]),
        pa.array(["x", None]).dictionary_encode(),
        pa.array(["x", None]).cast(pa.string_view()),
        pa.array([datetime.time(1)]),
        pa.array([True, None]),
    ],
    ids=lambda values: str(values.type),
)
def test_every_type_and_none_of_it_can_be_told(values: pa.Array) -> None:
    found = profile_table(pa.table({"x": values}), dependencies=True)
    assert found.column("x").nulls == values.null_count
    assert [*facts(found), *rows(found), profile_page("x", found), found.as_dict()]


def test_no_value_of_a_masked_column_is_told_anywhere() -> None:
    table = pa.table({"secret": ["Zyzzyva"] * 3, "number": [424242] * 3})
    found = profile_table(table, masked=["secret", "number"])
    text = repr((*facts(found), *rows(found), profile_page("t", found), found.as_dict(), found))
    assert "yzzyva" not in text.lower()
    assert not {"424242", "424,242"} & set(text.replace("'", " ").split())
    assert found.column("secret").distinct == 1


def test_a_column_to_mask_that_is_not_there_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"no column 'emial' to mask(.|\n)*'email'"):
        profile_table(TABLE, masked=["emial"])


def test_a_page_escapes_and_loads_nothing() -> None:
    page = profile_page("<b>", profile_table(pa.table({"<i>": ["<script>", "<script>"]})))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
    assert "src=" not in page
