"""``vibepiper quality anomalies``: of an asset's rows, and of its metrics."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = """
[project]
name = "shop"
modules = ["pipeline.py"]
[io_managers.default]
use = "files"
"""
PIPELINE = """
from vibepiper import Column, asset

@asset(key="id", columns={"email": Column(tags={"pii"}), "age": Column(tags={"pii"})})
def people(number="20"):
    return [
        {"id": n, "email": f"zyzzyva{n}", "age": 9, "amount": 900.0 if n == 7 else n % 3}
        for n in range(int(number))
    ]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("vibepiper_files")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    return tmp_path


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_an_unusual_row_is_shown_without_tagged_values(folder: Path) -> None:
    assert vibepiper(folder, "run").returncode == 0
    done = vibepiper(folder, "quality", "anomalies", "people", "--column", "amount")
    assert (done.returncode, "1 row outside" in done.stdout) == (1, True), done.stderr
    assert "zyzzyva" not in done.stdout
    told = vibepiper(folder, "quality", "anomalies", "people", "--column", "amount", "--json")
    found = json.loads(told.stdout)
    assert [(row["id"], row["email"]) for row in found["rows"]] == [(7, "****")]
    refused = vibepiper(folder, "quality", "anomalies", "people", "--column", "age")
    assert "column 'age' of asset 'people' is tagged" in refused.stderr


def test_several_columns_are_judged_together_and_tagged_ones_not(folder: Path) -> None:
    assert vibepiper(folder, "run", "--param", "number=300").returncode == 0
    asked = ["quality", "anomalies", "people", "--method", "isolation_forest"]
    done = vibepiper(folder, *asked)
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("id, amount: 1 row of score 0.7 or more\n"), done.stdout
    told = json.loads(vibepiper(folder, *asked, "--column", "amount", "--json").stdout)
    assert [(r["id"], r["email"], r["score"] > 0.7) for r in told["rows"]] == [(7, "****", True)]
    refused = vibepiper(folder, "quality", "anomalies", "people", "--column=id", "--column=amount")
    assert "--method mad judges one --column, found id, amount" in refused.stderr


def test_a_column_named_score_stands_beside_the_score(folder: Path) -> None:
    (folder / "pipeline.py").write_text(PIPELINE.replace('"amount"', '"score"'))
    assert vibepiper(folder, "run", "--param", "number=300").returncode == 0
    asked = ["quality", "anomalies", "people", "--method", "isolation_forest", "--column", "score"]
    (row,) = json.loads(vibepiper(folder, *asked, "--json").stdout)["rows"]
    assert (row["id"], row["score"], 0.7 < row["score_"] < 1) == (7, 900.0, True)


def test_a_load_of_unusual_size_is_found_in_the_state(folder: Path) -> None:
    """Loads of 20 and 21 rows in turn, one of 400, and a usual one after it."""
    asked = ["quality", "anomalies", "people"]
    for turn in range(10):
        number = "400" if turn == 8 else str(20 + turn % 2)
        assert vibepiper(folder, "run", "--param", f"number={number}").returncode == 0
        done = vibepiper(folder, *asked, "--json")
        assert done.returncode == (turn == 8), done.stderr
        assert [each["value"] for each in json.loads(done.stdout)["anomalies"]] == [400] * (
            turn == 8
        )
    assert "1 metric, 1 unusual\n" in vibepiper(folder, *asked, "--history").stdout
    wrong = vibepiper(folder, *asked, "--metric", "row")
    assert "has no metric 'row'" in wrong.stderr
    assert "'rows'" in wrong.stderr
    refused = vibepiper(folder, *asked, "--metric", "rows", "--column", "id")
    assert (refused.returncode, "rows were asked for" in refused.stderr) == (2, True)
