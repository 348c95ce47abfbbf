"""``vibepiper state``."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path

from vibepiper.cli.console import stdout
from vibepiper.cli.output import print_json, print_table
from vibepiper.cli.stores import open_state, state_and_retention
from vibepiper.errors import UsageError
from vibepiper.state import StateFacts

__all__ = ["prune_state", "show_state", "vacuum_state", "write_state"]

_DAYS = {"d": 1.0, "h": 1 / 24, "w": 7.0}


def show_state(start: Path, *, as_json: bool) -> None:
    with open_state(start) as store:
        facts = store.facts()
    if as_json:
        print_json(facts)
        return
    _print_facts(facts)


def prune_state(
    start: Path, keep_runs: int | None, older_than: str | None, *, dry_run: bool, as_json: bool
) -> None:
    days = None if older_than is None else _days(older_than)
    store, retention = state_and_retention(start)
    if keep_runs is not None:
        retention = dataclasses.replace(retention, keep_runs=keep_runs)
    if days is not None:
        retention = dataclasses.replace(retention, keep_days=days)
    with store:
        pruned = store.prune(retention, dry_run=dry_run)
    if as_json:
        print_json({"dry_run": dry_run, "rows": pruned})
        return
    _print_counts(dataclasses.asdict(pruned), "would go" if dry_run else "deleted")


def vacuum_state(start: Path, *, as_json: bool) -> None:
    with open_state(start) as store:
        before = store.facts().bytes
        store.vacuum()
        after = store.facts().bytes
    if as_json:
        print_json({"bytes_before": before, "bytes_after": after})
        return
    stdout.print(f"{before:,} bytes before, {after:,} now", markup=False)


def write_state(start: Path, file: Path, table: str | None, *, as_json: bool) -> None:
    from vibepiper.state.export import export_state

    with open_state(start) as store:
        counts = export_state(store, file, table)
    if as_json:
        print_json({"file": str(file), "rows": counts})
        return
    _print_counts(counts, "written")


def _days(text: str) -> float:
    found = re.fullmatch(r"(\d+)([dhw])", text)
    if found is None:
        raise UsageError(
            f"--older-than takes a number of days, hours or weeks, found '{text}'",
            hint="For example: --older-than 30d",
        )
    return int(found[1]) * _DAYS[found[2]]


def _print_facts(facts: StateFacts) -> None:
    oldest = "none" if facts.oldest_run is None else f"{facts.oldest_run:%Y-%m-%d %H:%M:%S} UTC"
    stdout.print(facts.place, style="bold", markup=False)
    stdout.print(f"version {facts.version}, {facts.bytes:,} bytes, oldest run: {oldest}")
    stdout.print()
    _print_counts(facts.rows, "rows")
    if not facts.leases:
        return
    stdout.print()
    print_table(
        ("run", "environment", "process", "since", "seconds left"),
        (
            (
                lease.run_id,
                lease.environment,
                f"{lease.pid} on {lease.host}",
                f"{lease.since:%Y-%m-%d %H:%M:%S}",
                None if lease.seconds_left is None else f"{lease.seconds_left:.0f}",
            )
            for lease in facts.leases
        ),
        right=("seconds left",),
    )


def _print_counts(counts: Mapping[str, int], noun: str) -> None:
    rows = ((name, f"{number:,}") for name, number in counts.items())
    print_table(("table", noun), rows, right=(noun,))
