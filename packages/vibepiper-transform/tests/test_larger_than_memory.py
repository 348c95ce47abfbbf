"""Joins and aggregates of streams that are many times as large as the memory limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import json, resource, sys
import pyarrow as pa
import pyarrow.compute as pc
from vibepiper_transform import ArrowSource, Count, Sum, from_arrow, from_source

rows = int(sys.argv[1])
BATCH = 50_000
SCHEMA = pa.schema([("id", pa.int64()), ("n", pa.int64()), ("note", pa.string())])


def stream(step):
    # Every id once, in an order that no engine can use: 7 and 11 divide no power of ten.
    def batches():
        for start in range(0, rows, BATCH):
            ids = pa.array([(i * step) % rows for i in range(start, start + BATCH)], pa.int64())
            notes = pc.binary_join_element_wise("a note of some length", ids.cast(pa.string()), " ")
            yield pa.record_batch([ids, pc.add(ids, 1), notes], schema=SCHEMA)
    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


left, right = (from_source(ArrowSource(SCHEMA, lambda step=step: stream(step))) for step in (7, 11))
# What the engine takes before it holds a row is no data's.
from_arrow(pa.table({"n": [1]})).aggregate(n=Sum("n")).to_table()
before = memory()
joined = left.join(right, on="id", suffix="_other")
if sys.argv[2] == "apart":
    joined = joined.hint("materialize")
by_note = joined.groupby("note", "note_other").aggregate(n=Sum("n"), rows=Count())
(found,) = by_note.aggregate(groups=Count(), n=Sum("n"), rows=Sum("rows")).to_table().to_pylist()
batch = stream(7).read_next_batch()
print(json.dumps({**found, "bytes": 2 * batch.nbytes * rows // BATCH, "before": before,
                  "peak": memory()}))
"""


LONG = [pytest.mark.long, pytest.mark.timeout(0)]


@pytest.mark.parametrize(
    ("rows", "limit", "how"),
    [
        pytest.param(1_000_000, 100, "at once", id="short"),
        pytest.param(12_000_000, 100, "apart", id="long, ten times the limit", marks=LONG),
        pytest.param(50_000_000, 500, "at once", id="long, 5 GB", marks=LONG),
    ],
)
def test_a_join_and_an_aggregate_stay_under_the_limit(
    tmp_path: Path, rows: int, limit: int, how: str
) -> None:
    """There are as many groups as rows. Beyond nine times the limit DuckDB has no room for the
    join and the aggregate at once, and says so; one after the other they pass."""
    environment = {
        "VIBEPIPER_MEMORY_LIMIT": f"{limit}MB",
        "VIBEPIPER_THREADS": "1" if limit < 200 else "2",
        "VIBEPIPER_TEMP_FOLDER": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(rows), how],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["groups"], found["rows"], found["n"]) == (rows, rows, rows * (rows + 1) // 2)
    # Beside what DuckDB counts: its allocator's slack, and the batches on their way.
    assert found["peak"] - found["before"] < (1.15 * limit + 80) * 1e6
    assert found["bytes"] > (10 if how == "apart" else 0.9) * limit * 1e6
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_spilled_is_removed_by_the_next(tmp_path: Path) -> None:
    environment = {**os.environ, "VIBEPIPER_TEMP_FOLDER": str(tmp_path)}
    use = "import os, pyarrow as pa; from vibepiper_transform import from_arrow;"
    use += "from_arrow(pa.table({'n': [1]})).count();"
    subprocess.run([sys.executable, "-c", use + "os._exit(9)"], env=environment, check=False)
    (left,) = tmp_path.iterdir()
    (left / "spilled").write_text("rows")
    subprocess.run([sys.executable, "-c", use], env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
