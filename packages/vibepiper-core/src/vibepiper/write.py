"""A step's write: staged, checked, published."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from vibepiper.assets import Asset
from vibepiper.checks import (
    Check,
    CheckContext,
    CheckResult,
    PastCheck,
    QuarantineCheck,
    QuarantineValidator,
    SetAside,
)
from vibepiper.contracts import broken_declarations
from vibepiper.cursor import cursor_of, decode_cursor, encode_cursor
from vibepiper.data import count_rows
from vibepiper.errors import ChecksFailed, DataError
from vibepiper.io_manager import (
    AssetRef,
    Change,
    ChangeIOManager,
    Committed,
    StagingIOManager,
    Stored,
)
from vibepiper.masking import masked_columns
from vibepiper.planned import PlannedStep
from vibepiper.profile import Profiler
from vibepiper.session import Session
from vibepiper.step_inputs import compute_view
from vibepiper.storage_rules import named_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Write", "Written", "evaluate", "rejected"]

_EVERYTHING = "ff"
"""Behind a load id: what it would publish, and what of it is set aside."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was published, and the cursor that was committed with it."""

    stored: Stored
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """How one step writes. ``before_publish`` raises when the run may not publish any more;
    ``deferred`` gives what holds an interrupt back while data is published or discarded;
    ``checks`` receives the results."""

    step: PlannedStep
    session: Session
    on_rows: Callable[[int], None]
    change: Change
    before_publish: Callable[[], None] = lambda: None
    deferred: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    checks: list[CheckResult] = field(default_factory=list)
    profiler: Profiler = field(default_factory=lambda: Profiler(on=False))
    past: Mapping[str, PastCheck] = field(default_factory=dict)

    def __call__(self, ref: AssetRef, data: object, after: Committed | None = None) -> Written:
        """Writes ``data`` as the load of ``ref``, which follows ``after``."""
        staging = self.step.of.store.staging
        if staging is None:
            with count_rows(self.on_rows):
                return Written(self.step.of.store.manager.save(ref.published, data))
        try:
            staged = self._stage(staging, ref, data)
            change = self.change
            cursor, base = self._cursor(ref, after), self._base(after)
            if cursor is not None or base is not None:
                change = replace(change, cursor=cursor, base=base)
        except BaseException:
            with self.deferred():
                staging.discard(ref)
            raise
        with self.deferred(), self.profiler.phase("store"):
            stored = self._publish(staging, ref, staged, change)
            if staged.notes:
                notes = tuple(dict.fromkeys((*stored.notes, *staged.notes)))
                stored = replace(stored, notes=notes)
            return Written(stored, change.cursor)

    def _publish(
        self, staging: StagingIOManager, ref: AssetRef, staged: Stored, change: Change
    ) -> Stored:
        try:
            self.before_publish()
            if (changing := self.step.of.store.changing) is not None:
                return changing.apply(ref, staged, change)
            return staging.publish(ref, staged)
        except BaseException:
            with contextlib.suppress(Exception):  # the error that is raised says what is wrong
                staging.discard(ref)
            raise

    def _stage(self, staging: StagingIOManager, ref: AssetRef, data: object) -> Stored:
        if self._setting_aside:
            return self._stage_good(staging, ref, data)
        with count_rows(self.on_rows), self.profiler.phase("store"):
            staged = staging.stage(ref, data)
        _check_columns(self.step, staged)
        if self.step.asset.checks:
            self._check(ref)
        return staged

    @property
    def _setting_aside(self) -> list[Check]:
        checks = self.step.asset.checks
        return [c for c in checks if isinstance(c, QuarantineCheck) and c.sets_aside]

    def _stage_good(self, staging: StagingIOManager, ref: AssetRef, data: object) -> Stored:
        """Stages everything aside, checks it there, and stages what is good of it."""
        everything = replace(ref, load_id=f"{ref.load_id}{_EVERYTHING}")
        try:
            with self.profiler.phase("store"):
                _check_columns(self.step, staging.stage(everything, data))
            results = self._check(everything)
            good = self.step.of.store.read(everything)
            notes: tuple[str, ...] = ()
            aside = [result for result in results if result.set_aside]
            place = AssetRef(rejected(ref.key), partition=ref.partition)
            # What was set aside before is not what is set aside now, which may be nothing.
            if aside or self.step.of.store.manager.exists(place):
                parted = self._parted(everything)
                good = parted.good
                with self.profiler.phase("store"):
                    kept = self.step.of.store.manager.save(place, parted.rejected)
                notes = (_told(kept.rows, aside, place.key),) if aside else ()
            with count_rows(self.on_rows), self.profiler.phase("store"):
                staged = staging.stage(ref, good)
            return replace(staged, notes=(*staged.notes, *notes))
        finally:
            staging.discard(everything)

    def _parted(self, ref: AssetRef) -> SetAside:
        checks = self._setting_aside
        validator = cast("QuarantineValidator", self.session.validator(checks[0].validator))
        data = self.step.of.store.read(ref)
        context = context_of(self.step, self.session, self.past)
        return validator.set_aside(tuple(checks), data, context)

    def _check(self, ref: AssetRef) -> list[CheckResult]:
        with self.profiler.phase("check"):
            data = self.step.of.store.read(ref)
            results = evaluate(self.step, self.session, data, self.past)
        self.checks.extend(results)
        if any(result.blocks for result in results):
            raise ChecksFailed(self.step.asset.key, results)
        return results

    def _base(self, after: Committed | None) -> str | None:
        """What replaces all follows nothing. What adds to another load is held to it, for a run
        that was overtaken might otherwise add the same rows again."""
        if self.change.mode == "replace" or self.change.anew:
            return None
        return "" if after is None else after.load_id

    def _cursor(self, ref: AssetRef, after: Committed | None) -> str | None:
        """The greatest of the staged cursor and the one before, which late rows do not reach."""
        before = None if after is None else after.cursor
        declared = self.step.asset.incremental
        if declared is None or declared.cursor is None:
            return None
        store = cast("ChangeIOManager", self.step.of.store.manager)
        greatest = store.greatest(ref, declared.cursor)
        if greatest is None or not greatest.is_valid:
            return before
        found = encode_cursor(greatest)
        cursor_of(declared, found)  # the next run could not begin from what it refuses
        if before is None:
            return found
        is_after = _is_after(self.step.asset, decode_cursor(found), decode_cursor(before))
        return found if is_after else before


def _is_after(asset: Asset, value: object, other: object) -> bool:
    try:
        return cast("int", value) > cast("int", other)
    except TypeError as error:
        raise DataError(
            f"asset '{asset.key}': the cursor was {other!r} and is now {value!r}, which cannot be "
            "compared",
            at=asset.location,
            hint="Keep the column's type, or begin anew: vibepiper run --full-refresh --select "
            f"{asset.key}.",
        ) from error


def _check_columns(step: PlannedStep, staged: Stored) -> None:
    """The columns that the asset names are there, and of the types that it declares."""
    if staged.schema is None:
        return
    asset, found = step.asset, staged.schema
    for option, column in named_columns(asset):
        if column not in found.names:
            raise DataError(
                f"asset '{asset.key}': its {option} names the column '{column}', which its "
                f"data does not have; it has {', '.join(found.names)}",
                at=asset.location,
            )
    _check_moments(asset, found)
    for column, problem in broken_declarations(asset, found):
        raise DataError(
            f"asset '{asset.key}' declares the column '{column}' {problem}",
            at=asset.location,
            hint="Mend its function, or columns=. What was published before is unchanged.",
        )


def _check_moments(asset: Asset, found: pa.Schema) -> None:
    """A key that is missing is closed at the moment of the run, which no number can be put in
    order with."""
    from pyarrow import types

    declared = asset.incremental
    if declared is None or not declared.close_missing or declared.cursor not in found.names:
        return
    kind = found.field(declared.cursor).type
    if not (types.is_temporal(kind) or types.is_null(kind)):
        raise DataError(
            f"asset '{asset.key}': its cursor '{declared.cursor}' is {kind}, and close_missing "
            "closes a key at the moment of the run, which is a time",
            at=asset.location,
            hint="Cast the cursor to a timestamp in the asset's function, or leave it out.",
        )


def evaluate(
    step: PlannedStep, session: Session, data: object, past: Mapping[str, PastCheck]
) -> list[CheckResult]:
    """The results of the asset's checks over ``data``."""
    context = context_of(step, session, past)
    found: list[CheckResult] = []
    for name, group in itertools.groupby(step.asset.checks, key=lambda check: check.validator):
        found.extend(session.validator(name).evaluate(tuple(group), data, context))
    return found


def context_of(step: PlannedStep, session: Session, past: Mapping[str, PastCheck]) -> CheckContext:
    """What validators are told of the asset."""
    asset = step.asset
    return CheckContext(
        asset.key,
        asset.key_columns,
        partial(_read, step, session),
        past,
        partial(masked_columns, session, asset.key),
    )


def _told(rows: int | None, aside: list[CheckResult], place: str) -> str:
    many = "rows were" if rows is None else "1 row was" if rows == 1 else f"{rows:,} rows were"
    return f"{many} set aside in '{place}', by {', '.join(result.check for result in aside)}"


def rejected(key: str) -> str:
    """Where the rows of an asset are kept that were set aside."""
    return f"{key}__rejected"


def _read(step: PlannedStep, session: Session, name: str) -> object:
    """The published data of an asset that one of the checks names."""
    planned = step.of.referred[name]
    if planned.view is not None:
        return compute_view(planned.view, session)
    return planned.store.read(planned.ref)
