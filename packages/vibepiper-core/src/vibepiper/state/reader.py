"""What the state says: runs, steps, materializations, partitions."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select, union

from vibepiper.data_versions import last_load
from vibepiper.errors import StateError
from vibepiper.events import Event
from vibepiper.partitions.span import Span
from vibepiper.state.channel import Channel
from vibepiper.state.last_tries import TRIED, last_tries
from vibepiper.state.records import (
    AttemptRecord,
    CheckRecord,
    Layer,
    Materialization,
    RunRecord,
    RunStatus,
    StepKey,
    StepRecord,
)
from vibepiper.state.spans import joined, select_failed, select_spans
from vibepiper.state.tables import (
    attempts,
    check_results,
    code_versions,
    dynamic_partitions,
    events,
    materializations,
    runs,
    steps,
)

__all__ = ["DONE", "StateReader", "materialization_of"]

DONE = ("succeeded", "cached")
"""The statuses of a step that need not be done again."""

_CHECKS = select(check_results, runs.c.started_at.label("at")).join(
    runs, runs.c.id == check_results.c.run_id
)
_COUNTED = ("succeeded", "cached", "failed", "skipped", "cancelled")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 500


class StateReader:
    """Reads the state over one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def runs(self, limit: int | None = None) -> list[RunRecord]:
        """The latest runs, newest first."""
        return self._runs(select(runs).order_by(runs.c.id.desc()).limit(limit))

    def run(self, run_id: str) -> RunRecord:
        """The run whose id begins so. Raises `StateError` unless it is one."""
        chosen = runs.c.id.startswith(run_id, autoescape=True)
        found = self._runs(select(runs).where(chosen).limit(2))
        if len(found) != 1:
            query = select(func.count()).select_from(runs).where(chosen)
            number = self._channel.rows(query)[0][0]
            raise StateError(
                f"{number or 'no'} runs have an id that begins with '{run_id}'",
                hint="`vibepiper runs` lists them.",
            )
        return found[0]

    def last_run(
        self, environment: str | None = None, statuses: Collection[RunStatus] | None = None
    ) -> RunRecord | None:
        """The newest run (of an environment, and of those with one of the statuses)."""
        query = select(runs)
        if environment is not None:
            query = query.where(runs.c.environment == environment)
        if statuses is not None:
            query = query.where(runs.c.status.in_(statuses))
        found = self._runs(query.order_by(runs.c.id.desc()).limit(1))
        return found[0] if found else None

    def steps(self, run_id: str) -> list[StepRecord]:
        """The steps of a run, in the order of the plan."""
        query = select(steps).where(steps.c.run_id == run_id).order_by(steps.c.position)
        return [_step(row) for row in self._channel.rows(query)]

    def unfinished_steps(self, run_id: str) -> list[StepKey]:
        """The steps that a resumed run has still to do, in the order of the plan."""
        query = (
            select(steps)
            .where(steps.c.run_id == run_id, steps.c.status.not_in(DONE))
            .order_by(steps.c.position)
        )
        return [StepKey(r.asset, r.partition, _span(r)) for r in self._channel.rows(query)]

    def attempts(self, run_id: str) -> list[AttemptRecord]:
        """Every try of a run's steps, oldest first."""
        # Databases of before have a step's last try in both.
        earlier = select(*TRIED).where(attempts.c.run_id == run_id)
        query = union(earlier, last_tries(run_id)).order_by("ended_at", "asset", "partition")
        return [
            AttemptRecord(**_named(row, AttemptRecord.__slots__))
            for row in self._channel.rows(query)
        ]

    def checks(self, run_id: str, asset: str | None = None) -> list[CheckRecord]:
        """What the checks of a run (and of one asset) found, in the order of their evaluation."""
        query = _CHECKS.where(check_results.c.run_id == run_id).order_by(check_results.c.id)
        if asset is not None:
            query = query.where(check_results.c.asset == asset)
        return self._found(query)

    def check_history(
        self, environment: str, asset: str, partition: str | None = "", *, limit: int = 1000
    ) -> list[CheckRecord]:
        """What the checks of an asset or of one partition found, newest first; with None, of all
        its partitions."""
        found = check_results.c
        query = _CHECKS.where(found.asset == asset, runs.c.environment == environment)
        if partition is not None:
            query = query.where(found.partition == partition)
        return self._found(query.order_by(found.id.desc()).limit(limit))

    def _found(self, query: Select[Any]) -> list[CheckRecord]:
        rows = self._channel.rows(query)
        told = [_named(row, CheckRecord.__slots__) for row in rows]
        return [CheckRecord(**{**each, "examples": tuple(each["examples"])}) for each in told]

    def events(self, run_id: str) -> list[Event]:
        """The log of a run, oldest first."""
        return self._told(events.c.run_id == run_id)

    def step_starts(self, run_id: str, step: StepKey) -> list[Event]:
        """When a step's attempts in a run began, oldest first."""
        return self._told(
            events.c.run_id == run_id,
            events.c.asset == step.asset,
            events.c.partition == step.partition,
            events.c.kind == "step_started",
        )

    def latest(self, environment: str) -> dict[str, Materialization]:
        """The newest materialization of each asset in an environment; of a partitioned one, that
        of the partition which was made last."""
        c = materializations.c
        newest = select(func.max(c.id)).where(c.environment == environment).group_by(c.asset)
        return {made.asset: made for made in self._chosen(c.id.in_(newest))}

    def latest_of(
        self, environment: str, asset: str, partition: str = ""
    ) -> Materialization | None:
        """The newest materialization of an asset, or of one partition of it."""
        found = self.history(environment, asset, partition, limit=1)
        return found[0] if found else None

    def latest_partitions(
        self, environment: str, asset: str, partitions: Iterable[tuple[str, Span]]
    ) -> dict[str, Materialization]:
        """The newest materialization of each of the partitions that were made, alone or with
        those beside it; each partition is its key and its span."""
        c = materializations.c
        of_asset = (c.environment == environment, c.asset == asset)
        found: dict[str, Materialization] = {}
        keys = iter(partitions)
        while chunk := list(itertools.islice(keys, _CHUNK)):
            newest = (
                select(func.max(c.id))
                .where(*of_asset, c.partition.in_([text for text, _ in chunk]))
                .group_by(c.partition)
            )
            near = (
                c.span_begin < max(span.end for _, span in chunk),
                c.span_end > min(span.begin for _, span in chunk),
            )
            # Later ones take the place of earlier ones.
            for made in self._chosen(or_(c.id.in_(newest), and_(*of_asset, *near))):
                covered = [made.partition] if made.span is None else _within(chunk, made.span)
                found.update(dict.fromkeys(covered, made))
        return found

    def history(
        self,
        environment: str,
        asset: str,
        partition: str | None = None,
        limit: int | None = None,
    ) -> list[Materialization]:
        """The materializations of an asset that are remembered, newest first; with a partition
        (empty: of the asset without partitions) those of it alone."""
        c = materializations.c
        query = select(materializations).where(c.environment == environment, c.asset == asset)
        if partition is not None:
            query = query.where(c.partition == partition)
        rows = self._channel.rows(query.order_by(c.id.desc()).limit(limit))
        return [_materialization(row) for row in rows]

    def materialization(self, environment: str, asset: str, version: str) -> Materialization:
        """The one whose load id begins with ``version``. Raises `StateError` unless it is one."""
        c = materializations.c
        chosen = (
            c.environment == environment,
            c.asset == asset,
            c.load_id.startswith(version, autoescape=True),
        )
        found = self._chosen(*chosen)
        if len(found) != 1:
            raise StateError(
                f"asset '{asset}' has {len(found) or 'no'} versions in environment "
                f"'{environment}' whose load id begins with '{version}'",
                hint=f"`vibepiper versions {asset}` lists those that its store keeps.",
            )
        return found[0]

    def spans(self, environment: str, asset: str, layer: Layer) -> list[Span]:
        """Which partitions were made, or failed, as spans in order; those that touch are one.
        What it costs depends on the number of gaps, not of partitions."""
        return joined(span for span, _ in self._spans(environment, asset, layer))

    def spans_of_code(
        self, environment: str, asset: str, layer: Layer
    ) -> list[tuple[Span, str | None]]:
        """The same, each with the version of the code that made it."""
        return list(self._spans(environment, asset, layer))

    def of_data_version(
        self, environment: str, asset: str, data_version: str
    ) -> list[Materialization]:
        """The newest materialization that gave an asset this data version, if there is one; of
        a version that stands for all partitions, the newest of each that it stands for."""
        load_id = last_load(data_version)
        if load_id is not None:
            return self._as_of(environment, asset, load_id)
        c = materializations.c
        same = (c.environment == environment, c.asset == asset, c.data_version == data_version)
        newest = select(func.max(c.id)).where(*same).scalar_subquery()
        return self._chosen(c.id == newest)

    def last_change(self, environment: str, asset: str) -> Materialization | None:
        """The newest materialization that made of a partition what it was not: the partition is
        new, or has another data version than before. A load of several partitions counts."""
        new, old = materializations.alias(), materializations.alias()
        of_asset = (old.c.environment == environment, old.c.asset == asset)
        touched = or_(old.c.partition == new.c.partition, old.c.span_begin.is_not(None))
        before = select(func.max(old.c.id)).where(*of_asset, old.c.id < new.c.id, touched)
        same = select(old.c.id).where(
            old.c.id == before.correlate(new).scalar_subquery(),
            old.c.partition == new.c.partition,
            old.c.data_version == new.c.data_version,
        )
        changed = or_(new.c.span_begin.is_not(None), ~same.correlate(new).exists())
        query = select(new).where(new.c.environment == environment, new.c.asset == asset, changed)
        found = self._channel.rows(query.order_by(new.c.id.desc()).limit(1))
        return _materialization(found[0]) if found else None

    def is_recorded(self, load_id: str) -> bool:
        """Whether what a load published is on record."""
        return bool(self._chosen(materializations.c.load_id == load_id))

    def failed_assets(self, environment: str) -> frozenset[str]:
        """The assets without partitions whose last step failed."""
        query = select_failed(environment)
        return frozenset(row.asset for row in self._channel.rows(query))

    def code_parts(self, code_version: str) -> Mapping[str, str] | None:
        """What a version of an asset's code is made of, if that was recorded."""
        c = code_versions.c
        found = self._channel.rows(select(c.parts).where(c.code_version == code_version))
        return found[0].parts if found else None

    def dynamic_partitions(self, name: str) -> list[str]:
        """The keys of a dynamic dimension, in the order in which they were added."""
        c = dynamic_partitions.c
        return [
            row.key
            for row in self._channel.rows(select(c.key).where(c.name == name).order_by(c.id))
        ]

    def _spans(
        self, environment: str, asset: str, layer: Layer
    ) -> Iterator[tuple[Span, str | None]]:
        for row in self._channel.rows(select_spans(environment, asset, layer)):
            yield Span(row.label, row.begin, row.end), row.code_version

    def _as_of(self, environment: str, asset: str, load_id: str) -> list[Materialization]:
        """The newest of each partition that was made when a load was, or before; nothing when
        the load is not on record."""
        c = materializations.c
        of_asset = (c.environment == environment, c.asset == asset)
        load = select(c.id).where(*of_asset, c.load_id == load_id).scalar_subquery()
        newest = select(func.max(c.id)).where(*of_asset, c.id <= load).group_by(c.partition)
        return self._chosen(c.id.in_(newest))

    def _chosen(self, *chosen: ColumnElement[bool]) -> list[Materialization]:
        query = select(materializations).where(*chosen).order_by(materializations.c.id)
        rows = self._channel.rows(query)
        return [_materialization(row) for row in rows]

    def _told(self, *chosen: ColumnElement[bool]) -> list[Event]:
        query = select(events).where(*chosen).order_by(events.c.id)
        return [
            Event(r.kind, r.run_id, r.asset, r.data, r.at, r.partition)
            for r in self._channel.rows(query)
        ]

    def _runs(self, query: Select[Any]) -> list[RunRecord]:
        found = self._channel.rows(query)
        counts = self._counts([row.id for row in found])
        return [_run(row, counts.get(row.id, {})) for row in found]

    def _counts(self, ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """How many steps of each run have which status."""
        counted = [func.count(case((steps.c.status == s, 1))).label(s) for s in _COUNTED]
        found: dict[str, dict[str, int]] = {}
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            query = select(steps.c.run_id, *counted).where(steps.c.run_id.in_(chunk))
            for row in self._channel.rows(query.group_by(steps.c.run_id)):
                found[row.run_id] = _named(row, _COUNTED)
        return found


def _named(row: Row[Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: row._mapping[name] for name in names}


def _run(row: Row[Any], counts: dict[str, int]) -> RunRecord:
    own = [name for name in RunRecord.__slots__ if name not in _COUNTED]
    values = {**dict.fromkeys(_COUNTED, 0), **counts, **_named(row, own)}
    if values["lease_until"] is not None:
        values["lease_until"] = _EPOCH + timedelta(microseconds=values["lease_until"])
    return RunRecord(**values)


def _step(row: Row[Any]) -> StepRecord:
    own = [name for name in StepRecord.__slots__ if name != "span"]
    return StepRecord(**_named(row, own), span=_span(row))


def _span(row: Row[Any]) -> Span | None:
    if row.span_label is None:
        return None
    return Span(row.span_label, row.span_begin, row.span_end)


def _within(partitions: Iterable[tuple[str, Span]], span: Span) -> Iterator[str]:
    for text, each in partitions:
        if each.label == span.label and span.begin <= each.begin and each.end <= span.end:
            yield text


def _materialization(row: Row[Any]) -> Materialization:
    return materialization_of({**row._mapping})


def materialization_of(values: Mapping[str, Any]) -> Materialization:
    """The record with the values of a row."""
    found = {name: values[name] for name in Materialization.__slots__ if name != "span"}
    if values["span_label"] is not None:
        found["span"] = Span(values["span_label"], values["span_begin"], values["span_end"])
    if found["schema"] is not None:
        found["schema"] = tuple((name, kind) for name, kind in found["schema"])
    found["notes"] = tuple(found["notes"] or ())
    return Materialization(**found)
