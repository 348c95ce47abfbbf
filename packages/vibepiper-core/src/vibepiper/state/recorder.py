"""What is recorded of a run, gathered and then written in one transaction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import JsonValue
from sqlalchemy import Table, bindparam, insert, update

from vibepiper.checks import CheckResult
from vibepiper.events import Event
from vibepiper.io_manager import Stored
from vibepiper.partitions.span import Span
from vibepiper.state.channel import Channel, Values
from vibepiper.state.database import Database
from vibepiper.state.reader import StateReader, materialization_of
from vibepiper.state.records import Layer, Materialization, StepStatus, Upstream
from vibepiper.state.spans import SpanChange, apply_spans
from vibepiper.state.tables import (
    attempts,
    check_results,
    code_versions,
    events,
    materializations,
    steps,
)

__all__ = ["StateRecorder"]


def _insert(table: Table) -> Any:
    """An INSERT of all columns but the one that the database numbers."""
    return insert(table).values({c: bindparam(c.name) for c in table.c if c.name != "id"})


_THE_STEP = (
    steps.c.run_id == bindparam("of_run"),
    steps.c.asset == bindparam("of_asset"),
    steps.c.partition == bindparam("of_partition"),
)


def _set_step(*names: str) -> Any:
    return update(steps).where(*_THE_STEP).values({n: bindparam(n) for n in names})


_START_STEP = _set_step("status", "attempt", "started_at", "ended_at", "reason")
_END_STEP = _set_step("status", "ended_at", "rows", "reason", "load_id", "profile")
_INSERT_EVENT = _insert(events)
_INSERT_ATTEMPT = _insert(attempts)
_INSERT_CHECK = _insert(check_results)
# What names a materialization, and when it was first recorded: the rest may be recorded anew.
_FIXED = frozenset({"id", "load_id", "created_at"})


class StateRecorder(StateReader):
    """What it is told is written by the next commit, together."""

    def __init__(self, database: Database, channel: Channel) -> None:
        super().__init__(channel)
        self._database = database
        made = database.insert(materializations).values(
            {c: bindparam(c.name) for c in materializations.c if c.name != "id"}
        )
        again = {c.name: made.excluded[c.name] for c in materializations.c if c.name not in _FIXED}
        self._upsert = made.on_conflict_do_update(index_elements=["load_id"], set_=again)
        self._insert_code = (
            database.insert(code_versions)
            .values({c: bindparam(c.name) for c in code_versions.c})
            .on_conflict_do_nothing()
        )
        self._codes: list[Values] = []
        self._starts: list[Values] = []
        self._ends: list[Values] = []
        self._events: list[Values] = []
        self._attempts: list[Values] = []
        self._made: list[Values] = []
        self._checks: list[Values] = []
        self._spans_changed: list[SpanChange] = []

    def record_event(self, event: Event, partition: str = "") -> None:
        """``partition``: that of the event, where it does not say so itself."""
        self._events.append(
            {
                "run_id": event.run_id,
                "asset": event.asset,
                "partition": partition or event.partition,
                "kind": event.kind,
                "at": event.at,
                "data": event.data,
            }
        )

    def start_step(self, event: Event, partition: str = "", attempt: int = 1) -> None:
        self.record_event(event, partition)
        self._starts.append(
            {
                **_step(event, partition),
                "status": "running",
                "attempt": attempt,
                "started_at": event.at,
                "ended_at": None,
                "reason": None,
            }
        )

    def end_step(
        self,
        event: Event,
        *,
        partition: str = "",
        status: StepStatus | None = None,
        rows: int | None = None,
        reason: str | None = None,
        load_id: str | None = None,
        profile: JsonValue = None,
    ) -> None:
        """``event`` is the step's last. Without a status its kind gives it (``step_failed``:
        failed)."""
        self.record_event(event, partition)
        self._ends.append(
            {
                **_step(event, partition),
                "status": status or event.kind.removeprefix("step_"),
                "ended_at": event.at,
                "rows": rows,
                "reason": reason,
                "load_id": load_id,
                "profile": profile,
            }
        )

    def record_attempt(
        self,
        event: Event,
        *,
        partition: str = "",
        attempt: int,
        started_at: datetime,
        status: str,
        error: str | None = None,
    ) -> None:
        """A try of a step that another follows. It ended with ``event``, which itself is not
        recorded. The last try is what is recorded of the step."""
        self._attempts.append(
            {
                "run_id": event.run_id,
                "asset": event.asset,
                "partition": partition or event.partition,
                "attempt": attempt,
                "started_at": started_at,
                "ended_at": event.at,
                "status": status,
                "error": error,
            }
        )

    def record_materialization(
        self,
        event: Event,
        *,
        environment: str,
        store: str,
        load_id: str,
        stored: Stored,
        partition: str = "",
        code_version: str | None = None,
        data_version: str | None = None,
        upstream: Upstream | None = None,
        settings: Mapping[str, str] | None = None,
        cursor: str | None = None,
        restored_from: str | None = None,
        span: Span | None = None,
    ) -> Materialization:
        """What a load published, and returns how it is remembered. The same load again takes the
        place of what was recorded of it, but for when that was first."""
        schema = stored.schema
        made: Values = {
            "load_id": load_id,
            "run_id": event.run_id,
            "asset": event.asset,
            "partition": partition or event.partition,
            "environment": environment,
            "store": store,
            "uri": stored.uri,
            "rows": stored.rows,
            "total_rows": stored.total_rows,
            "bytes": stored.bytes,
            "checksum": stored.checksum,
            "schema": None if schema is None else [[f.name, str(f.type)] for f in schema],
            "code_version": code_version,
            "data_version": data_version,
            "upstream": None if upstream is None else {**upstream},
            "settings": None if settings is None else {**settings},
            "cursor": cursor,
            "notes": list(stored.notes) or None,
            "restored_from": restored_from,
            "created_at": event.at,
            "updated_at": event.at,
            "span_label": None if span is None else span.label,
            "span_begin": None if span is None else span.begin,
            "span_end": None if span is None else span.end,
        }
        self._made.append(made)
        return materialization_of(made)

    def record_code(self, code_version: str, parts: Mapping[str, str]) -> None:
        """What a version of an asset's code is made of."""
        self._codes.append({"code_version": code_version, "parts": {**parts}})

    def record_checks(
        self, event: Event, results: Iterable[CheckResult], partition: str = ""
    ) -> None:
        for result in results:
            self._checks.append(
                {
                    "run_id": event.run_id,
                    "asset": event.asset,
                    "partition": partition or event.partition,
                    "check": result.check,
                    "status": "set_aside" if result.set_aside else result.status,
                    "severity": result.severity,
                    "column": result.column,
                    "rows": result.rows,
                    "failed_rows": result.failed_rows,
                    "expected": result.expected,
                    "observed": result.observed,
                    "examples": [
                        {name: str(value) for name, value in row.items()} for row in result.examples
                    ],
                    "value": None if result.value is None else _finite(result.value),
                    "seconds": result.seconds,
                }
            )

    def record_span(
        self,
        environment: str,
        asset: str,
        span: Span,
        layer: Layer,
        code_version: str | None = None,
    ) -> None:
        """That the partitions of ``span`` were made, or failed. Those that were made have not
        failed any more; those that failed still hold what was made of them before."""
        if span.begin >= span.end:
            raise ValueError(f"a span ends after it begins, found {span}")
        self._spans_changed.append(SpanChange(environment, asset, span, layer, code_version))

    def _write(self) -> None:
        """Writes what was recorded, within a transaction."""
        channel = self._channel
        channel.write_all(_START_STEP, self._starts)
        channel.write_all(_END_STEP, self._ends)
        channel.write_all(_INSERT_EVENT, self._events)
        channel.write_all(_INSERT_ATTEMPT, self._attempts)
        channel.write_all(self._upsert, self._made)
        channel.write_all(_INSERT_CHECK, self._checks)
        channel.write_all(self._insert_code, self._codes)
        if self._spans_changed:
            self._database.lock_spans(channel)
            apply_spans(channel, self._spans_changed)

    def _forget_written(self) -> None:
        for written in (
            self._starts,
            self._ends,
            self._events,
            self._attempts,
            self._made,
            self._checks,
            self._codes,
            self._spans_changed,
        ):
            written.clear()


def _finite(value: float) -> float | None:
    """NaN and the infinities are in no database alike."""
    return value if math.isfinite(value) else None


def _step(event: Event, partition: str) -> dict[str, object]:
    return {
        "of_run": event.run_id,
        "of_asset": event.asset,
        "of_partition": partition or event.partition,
    }
