"""The specification's assets, through the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper_transform import Count, Relation, Sum, join, transform

PIPELINE = """
from vibepiper import asset
from vibepiper_transform import Count, Sum, join, transform


@asset
def customers():
    return [{"customer_id": 1, "name": "Ada"}, {"customer_id": 2, "name": "Bob"}]


@asset
def orders():
    return [
        {"order_id": 1, "customer_id": 1, "date": "2026-01-01", "amount": 5},
        {"order_id": 2, "customer_id": 3, "date": "2026-01-01", "amount": 7},
    ]


@transform
def customer_orders(customers, orders):
    return join(customers, orders, on="customer_id", how="left")


@transform()
def daily_sales(orders):
    return orders.groupby("date").aggregate(total=Sum("amount"), count=Count("order_id"))


@asset
def counted(daily_sales: list[dict], customer_orders: list[dict], context):
    context.log(f"{daily_sales} {len(customer_orders)}")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("vibepiper")
    return subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("store", ["memory", "files"])
def test_the_specified_assets_run(tmp_path: Path, store: str) -> None:
    """Over a store that answers queries, and over one that does not."""
    if store == "files":
        pytest.importorskip("vibepiper_files")
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "vibepiper.toml").write_text(
        '[project]\nname = "p"\nmodules = ["pipeline.py"]\n'
        f'[io_managers.default]\nuse = "{store}"\n'
    )
    done = run(tmp_path, "run", "--json")
    assert done.returncode == 0, done.stderr
    rows = {step["asset"]: step["rows"] for step in json.loads(done.stdout)["steps"]}
    assert rows["customer_orders"] == 2
    assert "[{'date': '2026-01-01', 'total': 12, 'count': 2}] 2" in done.stderr


@pytest.mark.parametrize(
    ("command", "body", "code"),
    [("validate", "join(", 2), ("run", "join(", 2), ("run", "return print(join(", 1)],
)
def test_a_transform_that_returns_nothing_is_refused(
    tmp_path: Path, command: str, body: str, code: int
) -> None:
    """Before anything is made where its code shows it; else when it is called."""
    end = ")" * (body.count("(") - 1)
    forgotten = PIPELINE.replace(
        'return join(customers, orders, on="customer_id", how="left")',
        f'{body}customers, orders, on="customer_id", how="left"){end}',
    )
    (tmp_path / "pipeline.py").write_text(forgotten.partition("@asset\ndef counted")[0])
    (tmp_path / "vibepiper.toml").write_text(
        '[project]\nname = "p"\nmodules = ["pipeline.py"]\n[io_managers.default]\nuse = "memory"\n'
    )
    done = run(tmp_path, command)
    told = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == code, told
    assert "None, but it is declared as a query" in told
    assert "Is a `return` missing?" in told


def test_a_transform_is_called_with_tables_in_a_unit_test() -> None:
    @transform(group="sales")
    def both(left, right):  # type: ignore[no-untyped-def]
        return join(left, right, on="k")

    made = both(pa.table({"k": [1, 2]}), pa.table({"k": [2], "v": ["x"]}))
    assert isinstance(made, Relation)
    assert made.to_table().to_pylist() == [{"k": 2, "v": "x"}]
    assert both.group == "sales"


def test_nothing_is_read_before_it_is_stored() -> None:
    opened = []

    def open_it() -> pa.Table:
        opened.append(1)
        return pa.table({"n": [1, 2]})

    from vibepiper_transform import ArrowSource, from_source

    source = from_source(ArrowSource(pa.schema([("n", pa.int64())]), open_it))
    summed = source.aggregate(total=Sum("n"), rows=Count())
    assert summed.columns == ("total", "rows")
    assert opened == []
    assert summed.to_table().to_pylist() == [{"total": 3, "rows": 2}]
