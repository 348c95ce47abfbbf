"""22 checks over 10 million rows, against queries tuned by hand and against peers; and the same
where 1 % of the rows break each of eleven rules and the keys of all of them are fetched."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.checking.data import orders, products
from benchmarks.environment import make_environment
from benchmarks.measure import Measure

ROWS = 10_000_000
REPEATS = 3
PEERS = ("pandera[polars]>=0.24", "polars", "great_expectations>=1.9", "pandas", "pyarrow")
SLOW = "Great Expectations on pandas"
"""Takes minutes, and is run once."""
HERE = Path(__file__).parent
Command = list[str]
Found = dict[str, list[list[float]]]


def measure() -> list[Measure]:
    with TemporaryDirectory(prefix="vibepiper-peers-") as folder:
        python = str(make_environment(Path(folder), *PEERS) / "python")
        ours = [sys.executable, "-m", "benchmarks.checking.ours"]
        peer = {"Pandera on Polars": [python, str(HERE / "checking" / "pandera_polars.py")]}
        slow = {SLOW: [python, str(HERE / "checking" / "gx_pandas.py")]}
        hand = {"by hand in DuckDB": [sys.executable, "-m", "benchmarks.checking.by_hand"]}
        good = _run({**hand, "22 checks": ours, **peer, **slow}, "good")
        bad = _run({**peer, "22 checks": ours}, "bad")
    limit = "within 1.1 of the first, under 600 MiB"
    return [*_measures("all rows good", good, limit), *_measures("1% bad", bad, "under 1,024 MiB")]


def _run(sides: Mapping[str, Command], kind: str) -> Found:
    """Each side in a fresh process, in turn."""
    found: Found = {name: [] for name in sides}
    where = [str(orders(ROWS, kind)), str(products()), kind]
    for turn in range(REPEATS):
        for name, command in list(sides.items())[:: -1 if turn % 2 else 1]:
            if name == SLOW and turn:
                continue
            done = subprocess.run([*command, *where], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{name}: {done.stderr}")
            found[name].append([float(number) for number in done.stdout.split()])
    return found


def _measures(what: str, found: Found, budget: str) -> list[Measure]:
    """By the clock, by the processor (which others on the machine disturb less), and in memory,
    where MiB stand in place of milliseconds."""
    questions = {"by the clock": 0, "by the processor": 1, "peak MiB": 2}
    return [
        Measure(
            f"22 checks over {ROWS:,} rows, {what}: {question}",
            {
                name: statistics.median(run[place] for run in runs) / (1000 if place == 2 else 1)
                for name, runs in found.items()
            },
            budget,
        )
        for question, place in questions.items()
    ]
