"""What ``vibepiper plan`` says of where steps run, and what moves for them."""

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
use = "duckdb"
path = "one.duckdb"
[io_managers.other]
use = "duckdb"
path = "two.duckdb"
[resources.shop]
use = "duckdb"
path = "two.duckdb"
"""
PIPELINE = """
from vibepiper import asset
from vibepiper_transform import Count, Sum, col, sql_asset, transform

@asset
def orders():
    return [{"id": 1, "customer": 1, "amount": 5}, {"id": 2, "customer": 1, "amount": 7}]

@asset(io_manager="other")
def customers():
    return [{"customer": 1, "city": "Rome"}]

@transform(materialization="view")
def large(orders):
    return orders.filter(col("amount") > 5)

@transform
def totals(large):
    return large.groupby("customer").aggregate(total=Sum("amount"))

@transform
def cities(large, customers):
    return large.join(customers, on="customer").groupby("city").aggregate(n=Count())

@asset
def read(orders):
    return orders

@asset
def read_view(large):
    return large

@transform(materialization="in_memory")
def kept(orders):
    return orders

@transform
def apart(large, customers):
    return large.hint("materialize").join(customers.hint("materialize"), on="customer")

SHOP = "{{ source('shop', 'customers') }}"

@sql_asset(io_manager="other")
def beside():
    return f"SELECT customer, city FROM {SHOP}"

@sql_asset(materialization="view")
def shown():
    return f"SELECT city FROM {SHOP}"

@transform
def told(shown):
    return shown.filter(col("city") != "Paris")

@sql_asset
def joined():
    return (
        "SELECT o.amount FROM {{ orders }} o "
        f"JOIN {SHOP} c ON c.customer = o.customer WHERE c.city = 'Rome'"
    )

@transform
def anything(shop):
    raise AssertionError("a resource was handed out")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pytest.importorskip("vibepiper_duckdb")
    (tmp_path / "vibepiper.toml").write_text(PROJECT)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    done = vibepiper(tmp_path, "run", "--select", "orders", "--select", "customers")
    assert done.returncode == 0, done.stderr
    return tmp_path


def vibepiper(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_plan_says_what_moves(folder: Path) -> None:
    done = vibepiper(folder, "plan", "--json")
    assert done.returncode == 0, done.stderr
    placed = {step["asset"]: step["placement"] for step in json.loads(done.stdout)["steps"]}
    assert placed["totals"]["moves"] == []
    assert placed["totals"]["place"].endswith("one.duckdb")
    one, two, result = placed["cities"]["moves"]
    assert (one["upstreams"], one["columns"]) == (["orders"], ["customer"])
    assert (one["rows"], one["all_rows"]) == (None, False)  # of some, how many is not known
    assert (two["upstreams"], two["columns"], two["rows"]) == (
        ["customers"],
        ["customer", "city"],
        1,
    )
    assert result["target"].endswith("one.duckdb")
    whole, _ = placed["read"]["moves"]
    assert (whole["upstreams"], whole["columns"], whole["rows"]) == (["orders"], None, 2)
    assert placed["orders"] is None


def test_a_plan_says_what_moves_out_of_a_database(folder: Path) -> None:
    """To where it is stored, to Python, and to where it is computed by itself."""
    done = vibepiper(folder, "plan", "--json")
    placed = {step["asset"]: step["placement"] for step in json.loads(done.stdout)["steps"]}
    moved = {
        name: [(m["upstreams"], m["origin"][-10:], m["target"][-12:]) for m in found["moves"]]
        for name, found in placed.items()
        if found is not None
    }
    assert moved["kept"] == [(["kept"], "one.duckdb", "this process")]
    assert moved["read_view"][:-1] == [(["large"], "one.duckdb", "this process")]
    assert moved["apart"][:-1] == [
        (["orders"], "one.duckdb", "this process"),
        (["customers"], "two.duckdb", "this process"),
    ]


def test_a_plan_says_what_moves_of_tables_that_are_no_assets(folder: Path) -> None:
    done = vibepiper(folder, "plan", "--json")
    placed = {step["asset"]: step["placement"] for step in json.loads(done.stdout)["steps"]}
    assert (placed["beside"]["place"][-10:], placed["beside"]["moves"]) == ("two.duckdb", [])
    assert (placed["shown"]["place"][-10:], placed["shown"]["moves"]) == ("two.duckdb", [])
    (result,) = placed["told"]["moves"]
    assert (result["upstreams"], result["target"][-10:]) == (["told"], "one.duckdb")
    orders, outside, _ = placed["joined"]["moves"]
    assert (orders["upstreams"], orders["rows"]) == (["orders"], 2)
    assert outside["upstreams"] == ["shop.customers"]
    assert (outside["columns"], outside["filters"]) == (["customer"], ["\"city\" = 'Rome'"])
    assert placed["anything"] is None


def test_it_is_printed_for_people(folder: Path) -> None:
    told = vibepiper(folder, "plan", "--select", "totals", "--select", "cities").stdout
    assert "totals: computed in DuckDB, duckdb://" in told
    assert "nothing moves" in told
    assert "cities: computed in this process" in told
    assert "moves customers (customer, city) from DuckDB, duckdb://" in told


def test_show_prints_the_sql_of_an_asset(folder: Path) -> None:
    told = vibepiper(folder, "show", "totals", "--sql")
    assert told.returncode == 0, told.stderr
    assert 'FROM "main"."orders"' in told.stdout
    assert "GROUP BY" in told.stdout
    (part,) = json.loads(vibepiper(folder, "show", "totals", "--sql", "--json").stdout)["parts"]
    assert part["name"] == "result"
    refused = vibepiper(folder, "show", "orders", "--sql")
    assert refused.returncode == 2
    assert "asset 'orders' is made by a Python function that returns no query" in refused.stderr
