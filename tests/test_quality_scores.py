"""Checks of vibepiper-expectations, run in a project, are scored by vibepiper-quality."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from vibepiper_expectations import expect
from vibepiper_quality.dimensions import DIMENSIONS, dimension_of

PIPELINE = """
from vibepiper import asset
from vibepiper_expectations import expect

@asset(key="id")
@expect.column_values_not_null("name", severity="warn")
@expect.column_values_unique("id")
def people(missing="0"):
    return [{"id": n, "name": None if n < int(missing) else "x"} for n in range(10)]

@asset
def unchecked():
    return [{"id": 1}]
"""


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_every_dimension_has_checks() -> None:
    names = [name for name in dir(expect) if not name.startswith("_")]
    assert {dimension_of(name) for name in names} == set(DIMENSIONS)


def test_scores_and_their_change_are_told_of_recorded_runs(tmp_path: Path) -> None:
    (tmp_path / "vibepiper.toml").write_text('[project]\nname = "shop"\nmodules = ["p.py"]\n')
    (tmp_path / "p.py").write_text(PIPELINE)
    for missing in ("0", "4"):
        done = vibepiper(tmp_path, "run", "--param", f"missing={missing}")
        assert done.returncode == 0, done.stderr
    told = vibepiper(tmp_path, "quality", "people")
    assert told.stdout.startswith("people: 80.0% (-20.0 points), by 2 runs\n"), told.stderr
    lines = [line.split() for line in told.stdout.splitlines()]
    assert ["completeness", "60.0%", "1", "-40.0", "points"] in lines
    found = json.loads(vibepiper(tmp_path, "quality", "score", "people", "--json").stdout)
    assert (found["score"]["total"], len(found["history"])) == (0.8, 2)
    refused = vibepiper(tmp_path, "quality", "unchecked")
    assert (refused.returncode, "nothing to score" in refused.stderr) == (2, True)


OBSERVED = """
from vibepiper import asset
from vibepiper_expectations import expect, observe

@asset(key="id")
@expect.column_mean_between("amount", 0)
@observe("amount", "name")
def sales(shift="0"):
    return [{"id": n, "name": "x" * (n % 3), "amount": n + float(shift)} for n in range(10)]
"""


def test_an_observed_mean_that_moves_is_found_and_shown(tmp_path: Path) -> None:
    """Nine runs that differ little, and one of other amounts; rows and names stay as they are."""
    (tmp_path / "vibepiper.toml").write_text('[project]\nname = "shop"\nmodules = ["p.py"]\n')
    (tmp_path / "p.py").write_text(OBSERVED)
    for turn in range(10):
        shift = "500" if turn == 9 else str(turn % 3)
        assert vibepiper(tmp_path, "run", "--param", f"shift={shift}").returncode == 0
    done = vibepiper(tmp_path, "quality", "anomalies", "sales", "--json")
    assert done.returncode == 1, done.stderr
    moved = {each["metric"]: each["value"] for each in json.loads(done.stdout)["anomalies"]}
    names = ("mean(amount)", "min(amount)", "max(amount)", "column_mean_between(amount, 0, None)")
    assert moved == dict(zip(names, (504.5, 500, 509, 504.5), strict=True))
    shown = vibepiper(tmp_path, "quality", "sales").stdout.splitlines()
    assert shown[0] == "sales: 100.0% (unchanged), by 10 runs"
    (line,) = (line.split() for line in shown if line.startswith("mean(amount)"))
    assert line == ["mean(amount)", "504.5", "5.5", "▁▁▁▁▁▁▁▁▁█", "unusual"]
