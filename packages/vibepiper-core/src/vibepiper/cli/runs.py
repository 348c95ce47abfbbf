"""``vibepiper runs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from vibepiper.cli.console import stdout
from vibepiper.cli.output import print_json, print_table
from vibepiper.cli.stores import open_state
from vibepiper.errors import StateError
from vibepiper.profile import HEADER, StepProfile, render
from vibepiper.state.records import AttemptRecord, RunRecord, StepRecord
from vibepiper.state.store import StateStore

__all__ = ["show_run", "show_runs"]


def show_runs(start: Path, limit: int, *, as_json: bool) -> None:
    with open_state(start) as state:
        found = state.runs(limit)
    if as_json:
        print_json(found)
        return
    columns = (
        "run",
        "environment",
        "status",
        "started",
        "seconds",
        "made",
        "cached",
        "failed",
        "skipped",
    )
    print_table(
        columns,
        (
            (
                run.id,
                run.environment,
                run.status,
                f"{run.started_at:%Y-%m-%d %H:%M:%S}",
                _seconds(run.started_at, run.ended_at),
                run.succeeded,
                run.cached,
                run.failed,
                run.skipped,
            )
            for run in found
        ),
        right=("seconds", "made", "cached", "failed", "skipped"),
    )


def show_run(start: Path, run_id: str, *, as_json: bool) -> None:
    with open_state(start) as state:
        run = _found(state, run_id)
        steps = state.steps(run.id)
        attempts = state.attempts(run.id)
        log = state.events(run.id)
    if as_json:
        print_json({"run": run, "steps": steps, "attempts": attempts, "events": log})
        return
    _print_steps(steps)
    _print_failed(attempts)
    _print_profiles(steps)


def _found(state: StateStore, run_id: str) -> RunRecord:
    if run_id != "last":
        return state.run(run_id)
    if (newest := state.last_run()) is None:
        raise StateError("there is no run yet")
    return newest


def _print_steps(steps: Sequence[StepRecord]) -> None:
    """``attempts`` and ``partition`` only where they say something."""
    every = ("asset", "partition", "status", "attempts", "seconds", "rows", "reason")
    shown = {"partition": any(step.partition for step in steps)}
    shown["attempts"] = any(step.attempt > 1 for step in steps)
    kept = [n for n, name in enumerate(every) if shown.get(name, True)]
    rows = ([_row(step)[n] for n in kept] for step in steps)
    print_table([every[n] for n in kept], rows, right=("attempts", "seconds", "rows"))


def _row(step: StepRecord) -> tuple[object, ...]:
    return (
        step.asset,
        step.partition,
        step.status,
        step.attempt or None,
        _seconds(step.started_at, step.ended_at),
        None if step.rows is None else f"{step.rows:,}",
        (step.reason or "").partition("\n")[0],
    )


def _print_failed(attempts: Sequence[AttemptRecord]) -> None:
    """The attempts of steps that were tried more than once."""
    again = {(a.asset, a.partition) for a in attempts if a.attempt > 1}
    shown = [a for a in attempts if (a.asset, a.partition) in again]
    if not shown:
        return
    stdout.print()
    print_table(
        ("attempt", "of", "began", "seconds", "status", "error"),
        (
            (
                a.attempt,
                f"{a.asset}[{a.partition}]" if a.partition else a.asset,
                f"{a.started_at:%Y-%m-%d %H:%M:%S}",
                _seconds(a.started_at, a.ended_at),
                a.status,
                (a.error or "").partition("\n")[0],
            )
            for a in shown
        ),
        right=("seconds",),
    )


def _print_profiles(steps: Sequence[StepRecord]) -> None:
    kept = {
        f"{step.asset}[{step.partition}]" if step.partition else step.asset: step.profile
        for step in steps
        if isinstance(step.profile, Mapping)
    }
    if not kept:
        return
    profiles = {
        name: StepProfile.from_json(cast("Mapping[str, JsonValue]", found))
        for name, found in kept.items()
    }
    stdout.print()
    print_table(HEADER, render(profiles), right=HEADER[1:])


def _seconds(start: datetime | None, end: datetime | None) -> str | None:
    if start is None or end is None:
        return None
    return f"{(end - start).total_seconds():.2f}"
