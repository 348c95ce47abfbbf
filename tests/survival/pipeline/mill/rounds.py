"""Rows that depend on the number in ``round.txt`` alone, and a log of what was executed."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

ORDERS = pa.schema(
    {
        "id": pa.int64(),
        "region": pa.string(),
        "seq": pa.int64(),
        "updated_at": pa.timestamp("us", "UTC"),
        "value": pa.string(),
        "amount": pa.float64(),
        "gone": pa.bool_(),
    }
)
_REGIONS = ("eu", "us", "日本")
_VALUES = ("", "ü", None, "O'Hara; --", "🛰", "x" * 300)
_IDS = 60
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def project() -> Path:
    return Path(__file__).parent.parent


def current() -> int:
    return int((project() / "round.txt").read_text())


def entered(asset: str, partition: str = "") -> int:
    """Notes the execution of an asset's function, takes a while, and returns the round."""
    number = current()
    line = f"{asset}\t{partition}\t{number}\t{os.getpid()}\n"
    handle = os.open(project() / "executions.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)
    time.sleep(random.random() * 0.01)
    return number


def order(number: int, place: int) -> dict[str, object]:
    """One row that changed in a round. Two of twelve come two rounds late."""
    identity = (number * 7 + place * 5) % _IDS
    said = number - 2 if place >= 10 else number
    return {
        "id": identity,
        "region": _REGIONS[identity % 3],
        "seq": number * 100 + place,
        "updated_at": _BEGIN + timedelta(hours=said, microseconds=place),
        "value": _VALUES[(number + place) % len(_VALUES)],
        "amount": (float("nan"), None, -0.0, number / 3)[(number + place) % 4],
        "gone": (number + identity) % 5 == 0,
    }


def changes(first: int, last: int) -> list[dict[str, object]]:
    """What changed from one round to another, both included."""
    return [
        order(number, place) for number in range(max(first, 1), last + 1) for place in range(12)
    ]


def snapshot(number: int) -> list[dict[str, object]]:
    """Every order that there is after a round; some of before are missing."""
    found = {row["id"]: row for row in changes(number - 8, number)}
    return [row for row in found.values() if not row["gone"]]


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=ORDERS)
