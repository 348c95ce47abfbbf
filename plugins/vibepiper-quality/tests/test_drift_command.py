"""``vibepiper quality drift``, between assets, environments and versions."""

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
default_environment = "dev"
[io_managers.default]
use = "files"
root = "dev"
keep_replaced = 3
[environments.dev]
[environments.prod.io_managers.default]
use = "files"
root = "prod"
[environments.prod.params]
shift = "90"
"""
PIPELINE = """
from vibepiper import asset

@asset
def prices(shift="0"):
    return [{"price": n + int(shift), "state": "open"} for n in range(200)]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("vibepiper_files")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    for env in ("dev", "prod"):
        assert vibepiper(tmp_path, "run", "--env", env).returncode == 0
    return tmp_path


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_drift_is_told_by_column_and_is_the_exit_code(folder: Path) -> None:
    asked = ["quality", "drift", "prices", "prices", "--env", "prod", "--reference-env", "dev"]
    done = vibepiper(folder, *asked)
    assert done.returncode == 1, done.stderr
    assert "1 of 2 columns drifted (200 rows, now 200)" in done.stdout
    found = json.loads(vibepiper(folder, *asked, "--json").stdout)
    assert [(c["name"], c["drifted"]) for c in found["columns"]] == [
        ("price", True),
        ("state", False),
    ]


def test_an_asset_has_not_drifted_from_itself(folder: Path) -> None:
    done = vibepiper(folder, "quality", "drift", "prices", "prices")
    assert done.returncode == 0, done.stderr
    assert "0 of 2 columns drifted" in done.stdout


def test_versions_of_one_asset_are_compared(folder: Path) -> None:
    """Three loads; without options the newest with the one before."""
    for shift in ("1", "90"):
        assert vibepiper(folder, "run", "--param", f"shift={shift}").returncode == 0
    told = json.loads(vibepiper(folder, "versions", "prices", "--json").stdout)
    third, second, first = (version["load_id"] for version in told)
    newest = vibepiper(folder, "quality", "drift", "prices", "--json")
    assert newest.returncode == 1, newest.stderr
    assert (json.loads(newest.stdout)["from"], json.loads(newest.stdout)["to"]) == (second, third)
    asked = ["--from", first, "--to", second]
    same = vibepiper(folder, "quality", "drift", "prices", *asked)
    assert (same.returncode, "0 of 2 columns drifted" in same.stdout) == (0, True), same.stderr
    back = vibepiper(folder, "quality", "drift", "prices", "--from", third, "--to", first)
    assert back.returncode == 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["prices"], "no version is kept before"),
        (["prices", "--from", "zzz"], "no kept versions begin with 'zzz'"),
        (["prices", "--partition", "2024"], "has no partitions"),
        (["prices", "prices", "--from", "a"], "of the versions of one asset"),
        (["prices", "--reference-env", "dev", "--to", "a"], "of the versions of one asset"),
    ],
)
def test_what_cannot_be_compared_is_an_error(folder: Path, asked: list[str], told: str) -> None:
    done = vibepiper(folder, "quality", "drift", *asked)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_an_asset_alone_is_compared_between_environments(folder: Path) -> None:
    asked = ["quality", "drift", "prices", "--env", "prod", "--reference-env", "dev"]
    assert vibepiper(folder, *asked).returncode == 1
