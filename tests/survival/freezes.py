"""Coordinators that are frozen past their lease, and woken once another has made the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from tests.survival.project import Mill, kill
from tests.survival.trials import Trials, days

__all__ = ["Freezes", "hold_leases_shortly"]

_LEASE = 1.0
_PATIENCE = 15
_DONE, _FAILED, _REFUSED = 0, 1, 2
_TOLD = (
    "no longer holds its lease",
    "is being made by run",
    "was made to follow",
    "has written",
    "comes after one with",
    "has been using the database",
)


def hold_leases_shortly(mill: Mill) -> None:
    """Leases of a second, and locks that are waited for no longer than two."""
    file = mill.root / "vibepiper.toml"
    text = file.read_text()
    for store in ("files", "duckdb"):
        text = text.replace(f'use = "{store}"', f'use = "{store}"\nlock_timeout = 2')
    file.write_text(f"{text}\n[state]\nlease_seconds = {_LEASE}\n")


@dataclass(slots=True)
class Freezes:
    """In each trial a run of ``trials.mill`` is frozen with SIGSTOP at a random instant, another
    is started once its lease is over, and the first is woken."""

    trials: Trials
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, number: int) -> None:
        chance = random.Random(self.trials.seed)
        self.trials.settle()
        for trial in range(1, number + 1):
            self._trial(trial, chance)

    def _trial(self, trial: int, chance: random.Random) -> None:
        mill, twin = self.trials.mill, self.trials.twin
        for each in (mill, twin):
            each.set_round(trial + 1)
        command = ["run", *days(trial + 1), "--jobs", "2"]
        if trial % 4:
            # A frozen process keeps its DuckDB file open, and the other is refused at its start.
            command += ["--exclude", "duck_*+"]
        begun = time.monotonic()
        twin.run(*command)
        instant = chance.uniform(0, time.monotonic() - begun)
        if trial % 3 == 1:
            command += ["--executor", "processes"]
        ends = self._two(mill, command, instant)
        if _DONE not in ends:
            self.counts["a third run"] += 1
            mill.run(*command)
        self._compare(f"trial {trial} (seed {self.trials.seed}), frozen after {instant:.3f} s")

    def _two(self, mill: Mill, command: list[str], instant: float) -> tuple[int, int]:
        """How the frozen run and the one beside it ended."""
        frozen = mill.start(*command)
        second = None
        try:
            time.sleep(instant)
            os.kill(frozen.pid, signal.SIGSTOP)
            time.sleep(1.3 * _LEASE)
            second = mill.start(*command, output="second.txt")
            with suppress(subprocess.TimeoutExpired):
                second.wait(_PATIENCE)
            os.kill(frozen.pid, signal.SIGCONT)
            ends = frozen.wait(120), second.wait(120)
        finally:
            for process in (frozen, second):
                if process is not None:
                    kill(process)
        self.counts[f"frozen: {ends[0]}, second: {ends[1]}"] += 1
        for name, code in zip(("output.txt", "second.txt"), ends, strict=True):
            said = (mill.root / name).read_text()
            assert code in (_DONE, _FAILED, _REFUSED), f"exit {code}:\n{said[-6000:]}"
            for told in _TOLD:
                self.counts[told] += told in said
        return ends

    def _compare(self, where: str) -> None:
        faults = [*self.trials.different()]
        if leases := self.trials.mill.open_leases():
            faults.append(f"{leases} open leases and claims")
        assert not faults, "\n".join([where, *faults])
