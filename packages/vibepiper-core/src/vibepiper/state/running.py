"""Runs that are recorded as running: which of them do, and how another takes over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Update, bindparam, case, delete, insert, literal, select, update

from vibepiper.errors import StateError
from vibepiper.state.channel import Channel, Values
from vibepiper.state.database import Database, Running
from vibepiper.state.last_tries import TRIED, last_tries
from vibepiper.state.records import StepKey
from vibepiper.state.tables import attempts, claims, fencing, runs, steps

__all__ = [
    "insert_steps",
    "next_token",
    "release_claims",
    "running",
    "set_pending",
    "take_over",
]

_UNFINISHED = ("running", "pending")
_INSERT_STEP = insert(steps).values({c: bindparam(c.name) for c in steps.c})


def next_token(database: Database, channel: Channel) -> int:
    """The next fencing token: greater than the last, and at least the clock in microseconds, so
    that it is greater also than those of a database that was lost. Within a transaction; until
    that ends no other process gets one, and so none begins a run."""
    following = fencing.c.token + 1
    greatest = case((following > database.clock, following), else_=database.clock)
    if channel.execute(update(fencing).values(token=greatest)) != 1:
        raise StateError(
            f"the state database {database.name} cannot be used: it has no fencing token",
            hint="Its table 'fencing' was emptied; restore it from a backup, or begin a new one.",
        )
    return int(channel.rows(select(fencing.c.token))[0][0])


def running(database: Database, channel: Channel) -> list[Running]:
    expired = case((runs.c.lease_until <= database.clock, literal(1)), else_=literal(0)).label(
        "expired"
    )
    query = select(runs.c.id, runs.c.token, runs.c.host, runs.c.lease_until, expired)
    found = channel.rows(query.where(runs.c.status == "running"))
    return [Running(r.id, r.token, r.host, r.lease_until, bool(r.expired)) for r in found]


def take_over(channel: Channel, gone: Iterable[Running]) -> None:
    """Marks runs as interrupted and frees what they claimed, within a transaction. One that has
    renewed its lease since it was looked at goes on."""
    for run in gone:
        if channel.execute(_interruption(run)) != 1:
            continue
        reason = "the run's lease ended" if run.expired else "the run's process died"
        unfinished = (steps.c.run_id == run.id, steps.c.status.in_(_UNFINISHED))
        ended = update(steps).where(*unfinished).values(status="cancelled", reason=reason)
        channel.execute(ended)
        release_claims(channel, run.id)


def _interruption(run: Running) -> Update:
    same = (runs.c.id == run.id, runs.c.token == run.token, runs.c.status == "running")
    seen = (
        runs.c.lease_until.is_(None)
        if run.lease_until is None
        else runs.c.lease_until == run.lease_until
    )
    return update(runs).where(*same, seen).values(status="interrupted")


def release_claims(channel: Channel, run_id: str) -> None:
    channel.execute(delete(claims).where(claims.c.run_id == run_id))


def insert_steps(channel: Channel, run_id: str, keys: Sequence[StepKey]) -> None:
    empty: dict[str, Any] = dict.fromkeys(column.name for column in steps.c)
    pending = {**empty, "run_id": run_id, "status": "pending", "attempt": 0}
    channel.write_all(
        _INSERT_STEP,
        [{**pending, **_step(key), "position": number} for number, key in enumerate(keys)],
    )


def _step(key: StepKey) -> Values:
    if key.span is None:
        return {"asset": key.asset, "partition": key.partition}
    return {
        "asset": key.asset,
        "partition": key.partition,
        "span_label": key.span.label,
        "span_begin": key.span.begin,
        "span_end": key.span.end,
    }


def set_pending(channel: Channel, run_id: str, done: Sequence[str]) -> None:
    """The steps that are not done are to be done again; how they ended stays on record."""
    kept = last_tries(run_id).where(steps.c.status.not_in(done))
    channel.execute(insert(attempts).from_select(TRIED, kept))
    again = update(steps).where(steps.c.run_id == run_id, steps.c.status.not_in(done))
    channel.execute(
        again.values(status="pending", started_at=None, ended_at=None, rows=None, reason=None)
    )
