"""Runs that are killed at any instant and resumed, beside a twin that is left alone."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.survival.project import Mill, Rows, kill

__all__ = ["Trials", "days"]

_KILL_AGAIN = 0.3


@dataclass(slots=True)
class Trials:
    """``mill`` is killed, ``twin`` is not. What happened is counted in ``counts``."""

    mill: Mill
    twin: Mill
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    _usual: deque[float] = field(default_factory=lambda: deque(maxlen=10))
    _random: random.Random = field(init=False)
    _instants: list[float] = field(default_factory=list)
    _done: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def run(self, number: int) -> None:
        """One round without a kill, then as many with kills as there are trials."""
        for mill in (self.mill, self.twin):
            mill.set_files(reader_seconds=0)
        self.settle()
        for trial in range(1, number + 1):
            self._trial(trial)

    def settle(self) -> None:
        """The first round, undisturbed."""
        for mill in (self.mill, self.twin):
            mill.set_round(1)
            begun = time.monotonic()
            mill.run("run", *days(1), "--jobs", "2")
            self._usual.append(time.monotonic() - begun)
        self._compare(1, 0)

    def _trial(self, trial: int) -> None:
        number = trial + 1
        arguments = ["run", *days(number), "--jobs", "2"]
        self.twin.set_round(number)
        begun = time.monotonic()
        self.twin.run(*arguments)
        self._usual.append(time.monotonic() - begun)
        if trial % 3 == 0:
            arguments += ["--executor", "processes"]
        self.mill.set_round(number)
        kills = self._survive(arguments)
        self._compare(number, kills)
        self.counts["trials"] += 1

    def _survive(self, arguments: list[str]) -> int:
        """Runs, kills and resumes until the run is done. How often it was killed."""
        before = self.mill.last_run()
        self._instants, self._done = [], {}
        mode = arguments[arguments.index("--jobs") :]
        command = arguments
        while self._is_killed(self.mill.start(*command)):
            run = self.mill.last_run()
            if run is None or (before is not None and run.id == before.id):
                self.counts["killed before the run was recorded"] += 1
                continue
            if run.status == "succeeded":
                self.counts["killed after the run had ended"] += 1
                break
            self.counts["resumed"] += 1
            self._remember(run.id)
            command = ["run", "--resume", "last", *mode]
        return len(self._instants)

    def _remember(self, run_id: str) -> None:
        """How often the steps that a dead run has on record as made were executed."""
        done = self.mill.done(run_id)
        found = self.mill.executions()
        self._done = {step: n for step, n in found.items() if step[:2] in done}

    def _is_killed(self, process: subprocess.Popen[str]) -> bool:
        """Lets it run, for a while or to its end."""
        first = not self._instants
        if not first and (len(self._instants) > 3 or self._random.random() > _KILL_AGAIN):
            code = process.wait(timeout=240)
            kill(process)
            assert code == 0, f"{self._where(0)}: exit {code}:\n{self.mill.output()[-6000:]}"
            return False
        instant = self._random.uniform(0, sum(self._usual) / len(self._usual))
        self._instants.append(instant)
        try:
            process.wait(timeout=instant)
        except subprocess.TimeoutExpired:
            kill(process)
            self.counts["kills"] += 1
            self.mill.keep_warehouse(f"{self.counts['kills']}")
            return True
        kill(process)
        assert process.returncode == 0, f"{self._where(0)}:\n{self.mill.output()[-6000:]}"
        self.counts["ended before the kill"] += 1
        return False

    def _compare(self, number: int, kills: int) -> None:
        faults = [*self.different(), *self._unclean(), *self._wasted(number, kills)]
        assert not faults, "\n".join([self._where(number), *faults])

    def different(self) -> Iterator[str]:
        """The rows that are not the twin's."""
        found, expected = self.mill.published(), self.twin.published()
        if found.keys() != expected.keys():
            yield f"published: {sorted(found.keys() ^ expected.keys())}"
        for asset in found.keys() & expected.keys():
            yield from _row_faults(asset, found[asset], expected[asset])

    def _unclean(self) -> Iterator[str]:
        """What a killed run should not have left behind once another has ended."""
        if litter := self.mill.litter():
            yield f"litter: {sorted(litter)}"
        if tables := self.mill.tables() ^ self.twin.tables():
            yield f"tables: {sorted(tables)}"
        more = self.mill.executions().keys() - self.twin.executions().keys()
        again = {asset for asset, *_ in more}
        files, expected = (_files(mill, again) for mill in (self.mill, self.twin))
        if files != expected:
            yield f"files: {files - expected} too many, {expected - files} too few"
        if leases := self.mill.open_leases():
            yield f"{leases} open leases and claims"
        run = self.mill.last_run()
        if run is None or run.status != "succeeded" or run.failed + run.skipped + run.cancelled:
            yield f"the run's record: {run}"

    def _wasted(self, number: int, kills: int) -> Iterator[str]:
        """Executions that no kill explains, and steps that were never executed. A resumed run
        also makes what an undisturbed one leaves out because its upstream came out the same."""
        found, expected = self.mill.executions(), self.twin.executions()
        for step, times in self._done.items():
            if found[step] > times:
                yield f"{step} was executed again although it was on record as made"
        for step, times in found.items():
            if step[2] == number and times > 1 + kills:
                yield f"{step} was executed {times} times, with {kills} kills"
        if missing := expected.keys() - found.keys():
            yield f"not executed: {sorted(missing)}"
        more = [step for step in found.keys() - expected.keys() if step[2] == number]
        if more and not kills:
            yield f"executed although nothing was killed: {sorted(more)}"

    def _where(self, number: int) -> str:
        instants = ", ".join(f"{instant:.3f}" for instant in self._instants)
        trial = self.counts["trials"] + 1
        return f"trial {trial} (round {number}, seed {self.seed}), killed after {instants} s"


def days(number: int) -> list[str]:
    """The options of a round's partitions: one day or two."""
    first = number % 5 + 1
    last = first + (number % 3 == 0)
    return ["--from", f"2026-01-{first:02}", "--to", f"2026-01-{last:02}"]


def _files(mill: Mill, but: set[str]) -> Counter[str]:
    """The files of a store but for the versions of some assets."""
    found = mill.files()
    return Counter({path: n for path, n in found.items() if but.isdisjoint(path.split("/"))})


def _row_faults(asset: str, found: Rows, expected: Rows) -> Iterator[str]:
    for row, times in list((found - expected).items())[:20]:
        yield f"{asset}: {times} too many of {row}"
    for row, times in list((expected - found).items())[:20]:
        yield f"{asset}: {times} too few of {row}"
