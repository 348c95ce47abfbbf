"""``vibepiper runs``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from vibepiper.cli.output import print_json, print_table
from vibepiper.config import find_project_file, read_config
from vibepiper.errors import StateError
from vibepiper.state import StateStore

__all__ = ["show_run", "show_runs"]


def show_runs(start: Path, limit: int, *, as_json: bool) -> None:
    with StateStore(_state(start)) as state:
        found = state.runs(limit)
    if as_json:
        print_json(found)
        return
    columns = ("run", "environment", "status", "started", "seconds", "made", "failed", "skipped")
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
                run.failed,
                run.skipped,
            )
            for run in found
        ),
        right=("seconds", "made", "failed", "skipped"),
    )


def show_run(start: Path, run_id: str, *, as_json: bool) -> None:
    with StateStore(_state(start)) as state:
        found = [run for run in state.runs() if run.id.startswith(run_id)]
        if len(found) != 1:
            raise StateError(
                f"{len(found) or 'no'} runs have an id that begins with '{run_id}'",
                hint="`vibepiper runs` lists them.",
            )
        run = found[0]
        steps = state.steps(run.id)
        log = state.events(run.id)
    if as_json:
        print_json({"run": run, "steps": steps, "events": log})
        return
    print_table(
        ("asset", "status", "seconds", "rows", "reason"),
        (
            (
                step.asset,
                step.status,
                _seconds(step.started_at, step.ended_at),
                None if step.rows is None else f"{step.rows:,}",
                (step.reason or "").partition("\n")[0],
            )
            for step in steps
        ),
        right=("seconds", "rows"),
    )


def _state(start: Path) -> Path:
    file = find_project_file(start.resolve())
    config, _ = read_config(file)
    return file.parent / config.project.state


def _seconds(start: datetime | None, end: datetime | None) -> str | None:
    if start is None or end is None:
        return None
    return f"{(end - start).total_seconds():.2f}"
