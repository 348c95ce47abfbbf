"""Claims on staged loads, of the living and of the dead."""

from __future__ import annotations

from pathlib import Path

import pytest
from vibepiper.errors import StoreError
from vibepiper_sql import Claims, TableName

SIDE = TableName("main", "vp_orders_1")


def test_a_load_is_claimed_once(tmp_path: Path) -> None:
    Claims(tmp_path).take(SIDE)
    with pytest.raises(StoreError, match="load vp_orders_1 is being written already"):
        Claims(tmp_path).take(SIDE)


def test_what_the_dead_have_left_is_dropped(tmp_path: Path) -> None:
    (tmp_path / SIDE.name).touch()
    Claims(tmp_path).drop(SIDE)
    assert list(tmp_path.iterdir()) == []


def test_the_claim_of_the_living_stays(tmp_path: Path) -> None:
    alive = Claims(tmp_path)
    alive.take(SIDE)
    Claims(tmp_path).drop(SIDE)
    assert alive.left("vp_orders", "main") == [SIDE]


def test_nothing_is_left_of_what_is_dropped(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    claims.take(SIDE)
    claims.drop(SIDE)
    claims.drop(SIDE)
    assert list(tmp_path.iterdir()) == []
