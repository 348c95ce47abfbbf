"""What SQLite has no words for is refused before anything runs."""

from __future__ import annotations

import pytest
from vibepiper_testing import ProjectFolder

CONFIG = """
[project]
name = "shop"
modules = ["pipeline.py"]
[io_managers.default]
use = "sqlite"
path = "shop.db"
"""
PIPELINE = """
import pyarrow as pa
from vibepiper import Column, asset
from vibepiper_transform import ArrayAgg, Sum, transform

@asset(columns={"customer": Column(pa.string()), "amount": Column(pa.int64())})
def orders():
    return pa.table({"customer": ["a", "b", "a"], "amount": [1, 2, 3]})

@transform
def totals(orders):
    return orders.groupby("customer").aggregate(total=Sum("amount"))

@transform
def baskets(orders):
    return orders.groupby("customer").aggregate(all=ArrayAgg("amount", order_by="amount"))
"""


@pytest.fixture
def project(project_folder: ProjectFolder) -> ProjectFolder:
    return project_folder.write(PIPELINE, CONFIG)


@pytest.mark.parametrize("command", ["validate", "run"])
def test_lists_are_refused_before_anything_runs(project: ProjectFolder, command: str) -> None:
    done = project.vibepiper(command)
    assert done.returncode == 2
    assert "asset 'baskets': sqlite cannot do lists" in done.stdout + done.stderr
    assert not (project.root / "shop.db").exists()


def test_what_it_can_say_runs_there(project: ProjectFolder) -> None:
    done = project.vibepiper("plan", "--select", "orders", "--select", "totals")
    assert (done.returncode, "totals: computed in SQLite, " in done.stdout) == (0, True)
    done = project.vibepiper("run", "--select", "orders", "--select", "totals")
    assert done.returncode == 0, done.stderr
