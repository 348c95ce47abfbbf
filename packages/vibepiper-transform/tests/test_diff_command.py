"""``vibepiper diff``, over two environments of a project."""

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
[environments.dev]
[environments.prod.io_managers.default]
use = "files"
root = "prod"
[environments.prod.params]
rate = "3"
"""
PIPELINE = """
from vibepiper import Column, asset
from vibepiper_transform import col, transform

@asset(columns={"email": Column(tags={"pii"})})
def people(rate="2"):
    return [{"id": 1, "email": f"{rate}@example.org"}]

@transform(key="id")
def addresses(people):
    return people.select("id", address=col("email").upper())

@asset(key="id")
def prices(rate="2"):
    return [{"id": 1, "price": 10}, {"id": int(rate), "price": 10 * int(rate)}]

@transform(materialization="view", key="id")
def dear(prices):
    return prices.filter(col("price") > 10).mutate(twice=col("price") * 2)

@asset
def keyless():
    return [{"n": 1}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("vibepiper_files")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    for env in ("dev", "prod"):
        done = vibepiper(tmp_path, "run", "--env", env)
        assert done.returncode == 0, done.stderr
    return tmp_path


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_difference_is_told_and_is_the_exit_code(folder: Path) -> None:
    done = vibepiper(folder, "diff", "prices", "--env", "dev", "--env", "prod")
    assert done.returncode == 1, done.stderr
    assert "keys: 1 added, 1 removed, 0 changed" in done.stdout
    told = vibepiper(folder, "diff", "prices", "-e", "dev", "-e", "prod", "--json")
    found = json.loads(told.stdout)
    assert (told.returncode, found["added"], found["removed"]) == (1, 1, 1)
    assert found["samples"][0]["key"] == {"id": 2}


def test_what_is_made_of_a_tagged_column_is_masked(folder: Path) -> None:
    done = vibepiper(folder, "diff", "addresses", "-e", "dev", "-e", "prod")
    assert done.returncode == 1, done.stderr
    assert "address: 1 changed" in done.stdout
    assert "****" in done.stdout
    assert "EXAMPLE" not in done.stdout


def test_tables_that_are_the_same_exit_with_0(folder: Path) -> None:
    done = vibepiper(folder, "diff", "keyless", "-e", "dev", "-e", "prod", "--key", "n")
    assert (done.returncode, done.stdout) == (0, "The same in dev and prod: 1 rows.\n")


def test_views_are_compared_as_they_are_now(folder: Path) -> None:
    """Though nothing is stored of them, in either environment."""
    done = vibepiper(folder, "diff", "dear", "-e", "dev", "-e", "prod", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["left_rows"], found["right_rows"]) == (1, 1, 1)
    assert found["samples"][0]["columns"] == {"price": [20, None], "twice": [40, None]}
    assert (found["added"], found["removed"]) == (1, 1)


def test_an_environment_where_it_was_never_made_is_told_what_makes_it(folder: Path) -> None:
    (folder / "prod" / "prices.parquet").unlink()
    done = vibepiper(folder, "diff", "prices", "-e", "dev", "-e", "prod")
    assert done.returncode == 2
    assert "Make it: vibepiper run --env prod --select +prices" in done.stderr


def test_what_cannot_be_compared_exits_with_2(folder: Path) -> None:
    keyless = vibepiper(folder, "diff", "keyless", "-e", "dev", "-e", "prod")
    assert keyless.returncode == 2
    assert "asset 'keyless' has no key" in keyless.stderr
    one = vibepiper(folder, "diff", "prices", "-e", "dev")
    assert one.returncode == 2
    assert "between two environments, found 1" in one.stderr
