"""When a command looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from vibepiper.garbage import collect_rarely, uncollected


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_a_command_has_loaded_is_not_looked_through_again() -> None:
    collect_rarely()
    with uncollected():
        loaded: list[object] = []
    assert not any(each is loaded for each in gc.get_objects())
    assert gc.get_threshold()[0] == 20_000


def test_another_process_keeps_its_thresholds() -> None:
    before, kept = gc.get_threshold(), gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
    assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()) == (True, before, kept)
