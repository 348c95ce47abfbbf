"""Two runs of the same assets, started together."""

from __future__ import annotations

import pytest

from tests.survival.project import kill
from tests.survival.trials import Trials, days

_OUTPUTS = ("output.txt", "second.txt")


def _together(trials: Trials, *options: str) -> list[tuple[int, str]]:
    """How two runs of the next round ended, and what they said."""
    trials.settle()
    for mill in (trials.mill, trials.twin):
        mill.set_round(2)
    trials.twin.run("run", *days(2))
    mill = trials.mill
    command = ("run", *days(2), "--exclude", "duck_*+", *options)
    runs = [mill.start(*command, output=name) for name in _OUTPUTS]
    try:
        codes = [run.wait(240) for run in runs]
    finally:
        for run in runs:
            kill(run)
    return [(c, (mill.root / n).read_text()) for c, n in zip(codes, _OUTPUTS, strict=True)]


def _check(trials: Trials) -> None:
    trials.mill.run("run", *days(2))
    assert not [*trials.different()]
    assert trials.mill.open_leases() == 0


def test_one_of_two_runs_that_start_together_is_refused(trials: Trials) -> None:
    (done, _), (refused, said) = sorted(_together(trials))
    assert (done, refused) == (0, 2), said
    assert "is being made by run" in said
    _check(trials)


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_one_of_two_runs_that_start_together_waits(trials: Trials, executor: str) -> None:
    found = _together(trials, "--wait", "120", "--executor", executor, "--jobs", "2")
    assert [code for code, _ in found] == [0, 0], found[0][1] + found[1][1]
    _check(trials)
