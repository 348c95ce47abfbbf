"""Retention: how much of the past the state keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, delete, func, select, tuple_

from vibepiper.events import now
from vibepiper.state.channel import Channel
from vibepiper.state.records import Pruned, Retention
from vibepiper.state.tables import (
    attempts,
    check_results,
    code_versions,
    events,
    materializations,
    runs,
    steps,
)

__all__ = ["prune"]

_BATCH = 2_000
_CHUNK = 500
_PARTS = (check_results, attempts, events, steps)


def prune(channel: Channel, retention: Retention, *, dry_run: bool) -> Pruned:
    """Deletes in batches, each a transaction; a run's own row goes last, so that what was left
    is found again."""
    act = _count if dry_run else _delete
    with channel.named():
        ids = _old_runs(channel, retention)
        counts = {table.name: 0 for table in (*_PARTS, runs, materializations)}
        for start in range(0, len(ids), _CHUNK):
            over = _over(ids[start : start + _CHUNK])
            for part in _PARTS:
                counts[part.name] += act(channel, part, part.c.run_id.in_(over))
            counts["runs"] += act(channel, runs, runs.c.id.in_(over))
        for old in _old_versions(channel, retention):
            counts["materializations"] += act(channel, materializations, old)
        if counts["materializations"] and not dry_run:
            _forget_codes(channel)
    return Pruned(**counts)


def _old_runs(channel: Channel, retention: Retention) -> list[str]:
    # SQLite has no OFFSET without a LIMIT.
    beyond = select(runs.c.id).order_by(runs.c.id.desc()).limit(2**62).offset(retention.keep_runs)
    old = runs.c.started_at < _horizon(retention)
    query = select(runs.c.id).where(runs.c.status != "running", runs.c.id.in_(beyond) | old)
    return [row.id for row in channel.rows(query.order_by(runs.c.id))]


def _over(ids: Sequence[str]) -> Select[tuple[str]]:
    """Those of the runs that are over still: one may have been resumed meanwhile."""
    return select(runs.c.id).where(runs.c.id.in_(ids), runs.c.status != "running")


def _old_versions(channel: Channel, retention: Retention) -> Iterator[ColumnElement[bool]]:
    """Conditions that together mean every materialization that goes."""
    c = materializations.c
    key = (c.environment, c.asset, c.partition)
    many = select(*key).group_by(*key).having(func.count() > retention.keep_versions)
    for row in channel.rows(many):
        same = (
            c.environment == row.environment,
            c.asset == row.asset,
            c.partition == row.partition,
        )
        newest = select(c.id).where(*same).order_by(c.id.desc()).limit(1)
        yield and_(*same, c.id <= newest.offset(retention.keep_versions).scalar_subquery())
    # They are numbered as they are made: the search ends at the first that is young enough.
    young = select(c.id).where(c.created_at >= _horizon(retention)).order_by(c.id).limit(1)
    first = channel.rows(young)
    partitioned = c.partition != ""
    yield and_(partitioned, c.id < first[0].id) if first else partitioned


def _forget_codes(channel: Channel) -> None:
    """What no materialization is of any more."""
    made_by = materializations.c.code_version
    used = select(made_by).where(made_by.is_not(None))
    channel.execute(delete(code_versions).where(code_versions.c.code_version.not_in(used)))


def _count(channel: Channel, table: Table, chosen: ColumnElement[bool]) -> int:
    return int(channel.rows(select(func.count()).select_from(table).where(chosen))[0][0])


def _delete(channel: Channel, table: Table, chosen: ColumnElement[bool]) -> int:
    keys = list(table.primary_key)
    key: Any = tuple_(*keys) if len(keys) > 1 else keys[0]
    batch = delete(table).where(key.in_(select(*keys).where(chosen).limit(_BATCH)))
    deleted = 0
    while found := channel.execute(batch):
        deleted += found
    return deleted


def _horizon(retention: Retention) -> datetime:
    return now() - timedelta(days=retention.keep_days)
