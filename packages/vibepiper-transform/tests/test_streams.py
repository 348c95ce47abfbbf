"""Relations read as streams: in flat memory, given up half-way, failing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper.errors import StoreError
from vibepiper_transform import ArrowSource, Sum, col, from_arrow, from_source, write_parquet

NUMBERS = pa.schema([("n", pa.int64())])


class SourceBroke(Exception):
    pass


def failing() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"n": [1]})
        raise SourceBroke("the wire was cut")

    return pa.RecordBatchReader.from_batches(NUMBERS, batches())


def endless() -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        while True:
            yield pa.record_batch({"n": list(range(1000))})

    return pa.RecordBatchReader.from_batches(NUMBERS, batches())


def test_a_source_that_fails_is_told_as_it_failed() -> None:
    broken = from_source(ArrowSource(NUMBERS, failing))
    with pytest.raises(SourceBroke, match="the wire was cut"):
        broken.aggregate(total=Sum("n")).to_table()


def test_a_reader_may_be_left_half_way() -> None:
    reader = from_source(ArrowSource(NUMBERS, endless)).to_reader(batch_rows=1000)
    assert next(reader).num_rows > 0
    del reader
    assert from_arrow(pa.table({"n": [1]})).count() == 1


def test_a_file_that_cannot_be_written_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no_such_folder"):
        write_parquet(from_arrow(pa.table({"n": [1]})), tmp_path / "no_such_folder" / "x.parquet")


def test_parts_of_a_time_are_those_of_utc() -> None:
    """Whatever the machine's own zone is."""
    program = (
        "import datetime as dt, pyarrow as pa; from vibepiper_transform import *;"
        "t = pa.table({'at': pa.array([dt.datetime(2013, 1, 1, 3, tzinfo=dt.timezone.utc)])});"
        "r = from_arrow(t).select(d=col('at').date_trunc('day'), h=col('at').date_part('hour'));"
        "print(r.to_table().to_pylist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[{'d': datetime.date(2013, 1, 1), 'h': 3}]"


@pytest.mark.parametrize("how", ["table", "stream"])
def test_ten_thousand_rows_keep_their_order(how: str) -> None:
    table = pa.table({"n": range(10_000), "k": [n % 7 for n in range(10_000)]})
    doubled = from_arrow(table).filter(col("k") > 2).mutate(m=col("n") * 2)
    found = doubled.to_table() if how == "table" else doubled.to_reader(batch_rows=99).read_all()
    kept = [n for n in range(10000) if n % 7 > 2]
    assert found["m"].to_pylist() == [2 * n for n in kept]
