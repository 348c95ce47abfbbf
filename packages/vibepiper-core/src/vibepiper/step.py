"""One attempt at a step: load the inputs, call the function, stage, check, publish."""

from __future__ import annotations

import contextlib
import hashlib
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

from vibepiper.checks import CheckResult, PastCheck
from vibepiper.context import AssetContext
from vibepiper.cursor import cursor_of
from vibepiper.data import as_chunks, as_data, is_table
from vibepiper.errors import ChecksFailed, DataError, a_type
from vibepiper.failure import StepFailure, describe_failure
from vibepiper.io_manager import AssetRef, Committed, Stored
from vibepiper.planned import PlannedStep
from vibepiper.profile import Profiler, StepProfile
from vibepiper.retries import ErrorStrategy
from vibepiper.session import Session
from vibepiper.state.records import StepKey
from vibepiper.step_inputs import call_arguments, compute_view
from vibepiper.time_limits import time_limit
from vibepiper.write import Write, Written, evaluate

__all__ = ["StepCall", "StepLinks", "StepOutcome", "run_step"]


@dataclass(frozen=True, slots=True)
class StepCall:
    """One attempt as the coordinator orders it; it travels to other processes. ``recover`` asks
    the store first whether an earlier attempt was published before its process died. ``past`` is
    what the asset's checks found the last time."""

    run_id: str
    params: Mapping[str, JsonValue]
    attempt: int = 1
    token: int | None = None
    on_error: ErrorStrategy = ErrorStrategy.CONTINUE
    recover: bool = False
    profile: bool = False
    past: Mapping[str, PastCheck] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepLinks:
    """What ties an attempt to its coordinator. ``before_publish`` raises when the run may not
    publish any more; ``deferred`` gives what holds an interrupt back while data is published or
    discarded."""

    log: Callable[[str], None] = lambda message: None
    on_rows: Callable[[int], None] = lambda rows: None
    before_publish: Callable[[], None] = lambda: None
    deferred: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How an attempt ended. ``stored`` is None when the function returned no data, ``cursor`` is
    what was committed with it, ``recovered`` says that an earlier attempt had published it.
    ``standing`` is the last load of an incremental asset for which there was nothing new."""

    key: StepKey
    load_id: str
    stored: Stored | None = None
    cursor: str | None = None
    checks: tuple[CheckResult, ...] = ()
    failure: StepFailure | None = None
    recovered: bool = False
    profile: StepProfile | None = None
    standing: Committed | None = None


def run_step(
    step: PlannedStep, session: Session, call: StepCall, links: StepLinks = StepLinks()
) -> StepOutcome:
    """Carries a step out. Whatever its code raises becomes the outcome's failure; only an
    interrupt (Ctrl-C) goes through, after the staged data is discarded."""
    ref = step.ref(call.run_id)
    attempt = _Attempt(step, session, call, links, ref)
    load_id = ref.load_id or ""
    retry = (step.asset.on_error or call.on_error).retry(step.asset.retry)
    try:
        with time_limit(retry.seconds), attempt.profiler:
            written = attempt.written()
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # The asset's function is the user's: whatever it raises fails the step, not the run.
        # What its generator raised comes before what the store made of that.
        first = attempt.raised[0] if attempt.raised else error
        failure = describe_failure(step, first, session.project.root)
        if not isinstance(error, ChecksFailed):
            after = retry.after(call.attempt, first, random.random)
            failure = replace(failure, retry_after=after)
        checks = tuple(attempt.write.checks)
        return StepOutcome(
            step.key, load_id, checks=checks, failure=failure, profile=attempt.profile()
        )
    return StepOutcome(
        step.key,
        load_id,
        stored=None if written is None else written.stored,
        cursor=None if written is None else written.cursor,
        checks=tuple(attempt.write.checks),
        recovered=attempt.recovered,
        profile=attempt.profile(None if written is None else written.stored),
        standing=attempt.standing if written is None else None,
    )


class _Attempt:
    def __init__(
        self,
        step: PlannedStep,
        session: Session,
        call: StepCall,
        links: StepLinks,
        ref: AssetRef,
    ) -> None:
        self._step = step
        self._session = session
        self._call = call
        self._links = links
        self._ref = ref
        self.profiler = Profiler(on=call.profile)
        self.raised: list[Exception] = []
        self.recovered = False
        self.standing: Committed | None = None
        self.write = Write(
            step,
            session,
            links.on_rows,
            replace(step.of.change, token=call.token),
            links.before_publish,
            links.deferred,
            profiler=self.profiler,
            past=call.past,
        )

    def profile(self, stored: Stored | None = None) -> StepProfile | None:
        if not self._call.profile:
            return None
        rows, size = (None, None) if stored is None else (stored.rows, stored.bytes)
        return self.profiler.result(rows=rows, bytes=size)

    def written(self) -> Written | None:
        """Makes the data and publishes it."""
        if (found := self._published_before()) is not None:
            return found
        if self._step.asset.is_view:
            self._view()
            return None
        committed = self._committed()
        self.standing = self._step_of(committed)
        self._finish_chunk(committed)
        result = self._result(committed)
        if self._step.asset.incremental is not None and self._step.asset.incremental.chunks:
            return self._chunks(result, committed)
        data = self._data(result, committed)
        return None if data is None else self.write(self._ref, data, committed)

    def _published_before(self) -> Written | None:
        changing = self._step.of.store.changing
        if not self._call.recover or changing is None or not changing.is_committed(self._ref):
            return None
        self.recovered = True
        stored = changing.apply(self._ref, Stored(""), self.write.change)
        return Written(stored, _cursor(changing.committed(self._ref.published)))

    def _finish_chunk(self, last: Committed | None) -> None:
        """The last chunk of an attempt that died was published, and there may be nothing after
        it: what that attempt left of it is cleared away."""
        changing = self._step.of.store.changing
        if self._call.recover and changing is not None and last and self._is_own_chunk(last):
            ref = replace(self._ref, load_id=last.load_id)
            changing.apply(ref, Stored(""), self.write.change)

    def _view(self) -> None:
        if self._step.asset.checks:
            with self.profiler.phase("compute"):
                data = compute_view(self._step.of, self._session)
            with self.profiler.phase("check"):
                results = evaluate(self._step, self._session, data, self._call.past)
            self.write.checks.extend(results)
            if any(result.blocks for result in results):
                raise ChecksFailed(self._step.asset.key, results)

    def _committed(self) -> Committed | None:
        """What the store has of an incremental asset, unless it is begun anew. A history goes on,
        but in a full refresh all rows are fetched for it again. What a killed or failed attempt
        began anew goes on behind its last chunk."""
        changing, of = self._step.of.store.changing, self._step.of
        if changing is None or of.asset.incremental is None:
            return None
        found = changing.committed(self._ref.published)
        if found is None or not of.full_refresh or self._is_own_chunk(found):
            return found
        return None if of.change.anew else replace(found, cursor=None)

    def _is_own_chunk(self, load: Committed) -> bool:
        """Whether it is a chunk of this very step, and says where the next one begins."""
        own = self._ref.load_id or ""
        ordered = self._step.of.change.order_by is not None
        return ordered and load.load_id != own and load.load_id.startswith(own)

    def _step_of(self, load: Committed | None) -> Committed | None:
        """The load as state knows it: that of a chunk begins with its step's."""
        own = self._ref.load_id or ""
        return None if load is None else replace(load, load_id=load.load_id[: len(own)])

    def _result(self, committed: Committed | None) -> object:
        with self.profiler.phase("load"):
            begun = committed is not None and not self._step.of.full_refresh
            context = self._context(committed)
            published = self._ref.published if begun else None
            arguments = call_arguments(self._step, self._session, context, published)
        with self.profiler.phase("compute"):
            return self._step.asset.function(**arguments)

    def _context(self, committed: Committed | None) -> AssetContext:
        declared = self._step.asset.incremental
        cursor = None
        if declared is not None and declared.cursor is not None:
            cursor = cursor_of(declared, _cursor(committed))
        return AssetContext(
            asset=self._step.asset.key,
            run_id=self._call.run_id,
            load_id=self._ref.load_id or "",
            environment=self._session.project.environment,
            params=self._call.params,
            write=self._links.log,
            attempt=self._call.attempt,
            partitions=self._step.partition_keys,
            cursor=cursor,
        )

    def _data(self, result: object, committed: Committed | None) -> object:
        with self.profiler.phase("compute"):
            data = as_data(result, on_error=self.raised.append, may_be_empty=committed is not None)
        if data is None:
            if committed is None:
                _accept_nothing(self._step, self._session)
            return None
        _accept(self._step, data)
        return self.profiler.stream(data)

    def _chunks(self, result: object, committed: Committed | None) -> Written | None:
        """Each chunk is a load of its own. Its id is that of the load that it follows, so that a
        resumed step goes on behind the last one."""
        write, begun = self.write, committed is not None
        written: list[Stored] = []
        chunks = self.profiler.pulled(as_chunks(result, on_error=self.raised.append))
        for number, chunk in enumerate(chunks):
            _accept(self._step, chunk)
            ordered = self._step.of.change.order_by is not None
            start = _place(committed) if ordered else f"#{number}"
            load_id = f"{self._ref.load_id}{_digest(start)}"
            ref = replace(self._ref, load_id=load_id)
            if begun:
                # In a full refresh what there was makes way for the first chunk only.
                write = replace(write, change=replace(write.change, anew=False))
            published = write(ref, self.profiler.stream(chunk), committed)
            written.append(published.stored)
            committed, begun = Committed(load_id, published.cursor), True
        return Written(_sum(written), _cursor(committed)) if written else None


def _sum(written: list[Stored]) -> Stored:
    rows = [stored.rows for stored in written]
    notes = tuple(dict.fromkeys(note for stored in written for note in stored.notes))
    total = None if None in rows else sum(row or 0 for row in rows)
    return replace(written[-1], rows=total, notes=notes)


def _cursor(committed: Committed | None) -> str | None:
    return None if committed is None else committed.cursor


def _place(load: Committed | None) -> str:
    """What tells the chunk that follows a load from all others. The cursor alone does not: a chunk
    of late rows leaves it where it was."""
    return "" if load is None else f"{load.load_id} {load.cursor}"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _accept_nothing(step: PlannedStep, session: Session) -> None:
    """A function may return None when nothing needs its data."""
    if (why := _need(step, session)) is not None:
        raise DataError(
            f"asset '{step.asset.key}' returned None, but {why}",
            at=step.asset.location,
            hint="Is a `return` missing?",
        )


def _need(step: PlannedStep, session: Session) -> str | None:
    takers = list(_takers(step, session))
    if takers:
        return f"'{takers[0]}' takes its data"
    if step.asset.checks:
        return "it has checks"
    return "it is declared as a query" if step.asset.gives_data else None


def _takers(step: PlannedStep, session: Session) -> Iterator[str]:
    graph = session.project.graph
    for key in graph.downstream(step.asset.key):
        if any(b.source == "asset" and b.name == step.asset.key for b in graph.bindings(key)):
            yield key


def _accept(step: PlannedStep, data: object) -> None:
    store = step.of.store
    only_tables = not store.supports("objects") or step.asset.incremental is not None
    if isinstance(data, list) and not data and only_tables:
        raise DataError(
            f"asset '{step.asset.key}' returned an empty list, of which no columns are known",
            at=step.asset.location,
            hint="Return an empty table that has them: pa.table({...}, schema=...).",
        )
    if not is_table(data) and not store.supports("objects"):
        raise DataError(
            f"asset '{step.asset.key}' returned {a_type(data)}, which is no table, and "
            f"its store '{store.name}' ({store.spec.name}) holds only tables",
            at=step.asset.location,
            hint="Return a table, or name a store for objects: @asset(io_manager=...).",
        )
    if not is_table(data) and step.asset.incremental is not None:
        raise DataError(
            f"asset '{step.asset.key}' is incremental and returned {a_type(data)}; "
            "only a table can be added to",
            at=step.asset.location,
            hint="Return a table or a list of dicts.",
        )
