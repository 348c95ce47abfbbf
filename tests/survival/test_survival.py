"""Runs killed with SIGKILL at random instants leave, once resumed, what they would have left."""

from __future__ import annotations

import os

import pytest

from tests.survival.freezes import Freezes, hold_leases_shortly
from tests.survival.trials import Trials


def test_runs_survive_kills(trials: Trials) -> None:
    trials.run(6)

    assert trials.counts["trials"] == 6


def test_a_frozen_run_that_wakes_writes_nothing_twice(trials: Trials) -> None:
    _freeze(trials, 3)


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_fifty_frozen_runs_that_wake_write_nothing_twice(trials: Trials) -> None:
    _freeze(trials, int(os.environ.get("VIBEPIPER_SURVIVAL_TRIALS", "50")))


def _freeze(trials: Trials, number: int) -> None:
    hold_leases_shortly(trials.mill)
    freezes = Freezes(trials)
    try:
        freezes.run(number)
    finally:
        print(dict(freezes.counts))


@pytest.mark.long
@pytest.mark.timeout(4 * 3600)
def test_runs_survive_two_hundred_trials(trials: Trials) -> None:
    number = int(os.environ.get("VIBEPIPER_SURVIVAL_TRIALS", "200"))
    try:
        trials.run(number)
    finally:
        print(dict(trials.counts))

    assert trials.counts["resumed"] > number / 3
