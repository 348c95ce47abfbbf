"""``vibepiper quality profile``, in a project."""

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
from vibepiper_transform import col, transform

@asset(key="id", columns={"email": Column(tags={"pii"})})
def people():
    return [{"id": n, "email": f"zyzzyva{n % 2}@example.org", "group": n % 5} for n in range(50)]

@transform
def addresses(people):
    return people.select("id", address=col("email").upper())

@asset
def model():
    return {"weights": 3}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("vibepiper_files")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    done = vibepiper(tmp_path, "run", "--select", "+addresses")
    assert done.returncode == 0, done.stderr
    return tmp_path


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_an_assets_table_is_told(folder: Path) -> None:
    done = vibepiper(folder, "quality", "profile", "people", "--dependencies")
    assert done.returncode == 0, done.stderr
    assert "50 rows, 3 columns; exact, in 1 scan\nkeys: id\n" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("group ")]


def test_programs_get_json(folder: Path) -> None:
    done = vibepiper(folder, "quality", "profile", "people", "--json")
    found = json.loads(done.stdout)
    assert (found["asset"], found["rows"], found["keys"]) == ("people", 50, [["id"]])
    assert [column["name"] for column in found["columns"]] == ["id", "email", "group"]


@pytest.mark.parametrize("asset", ["people", "addresses"])
def test_tagged_columns_and_what_is_made_of_them_are_masked(folder: Path, asset: str) -> None:
    done = vibepiper(folder, "quality", "profile", asset, "--html", "page.html", "--json")
    assert done.returncode == 0, done.stderr
    page = (folder / "page.html").read_text()
    assert "zyzzyva" not in (done.stdout + page).lower()
    assert "****" in page
    assert "<svg" in page


def test_an_asset_that_does_not_exist_is_an_error(folder: Path) -> None:
    done = vibepiper(folder, "quality", "profile", "peple")
    assert done.returncode == 2
    assert "people" in done.stderr


def test_a_contract_is_printed_as_it_is(folder: Path) -> None:
    done = vibepiper(folder, "quality", "propose", "people")
    assert done.returncode == 0, done.stderr
    assert "    id: int = Field(unique=True, ge=0)  # 0 to 49\n" in done.stdout
    told = json.loads(vibepiper(folder, "quality", "propose", "people", "--json").stdout)
    assert told == {"asset": "people", "contract": done.stdout}
