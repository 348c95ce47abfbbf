"""A load's change of the published table, all of it in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper.io_manager import AssetRef, Change

from vibepiper_sql.carrying_out import carry_out, change_rows, settle
from vibepiper_sql.definitions import (
    comment_on,
    count_rows,
    create_as,
    drop_table,
    note_untyped,
)
from vibepiper_sql.fitting import Fitted, StagedTable, fit, history_columns
from vibepiper_sql.found_table import FoundTable, Mark
from vibepiper_sql.held_partitions import held_of
from vibepiper_sql.load_log import LoadLog, Recorded, loads_of
from vibepiper_sql.modes import leave_out_deleted
from vibepiper_sql.naming import TableName, side_table
from vibepiper_sql.publishing import staged_mark
from vibepiper_sql.replacing import refuse_foreign, replace_table
from vibepiper_sql.slices import slice_filter
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.staged_rows import check_columns
from vibepiper_sql.table_change import TableChange

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Applying"]


@dataclass(frozen=True)
class Applying:
    """``name`` is the published table, and its schema has the table of loads. The caller holds
    the lock on the table. ``columns`` are those of the staged table, where `stage` told them."""

    store: SqlStore
    ref: AssetRef
    name: TableName
    change: Change
    columns: pa.Schema | None = None

    def run(self) -> Recorded:
        """Raises `Fenced` for a writer that another one has overtaken, `DataError` for rows that
        break the rules of the change, `StoreError` for a load that is not staged."""
        log = loads_of(self.store, self.name)
        published, staged = self.store.find(self.name, self._side)
        refuse_foreign(self.store, self.name, published, self.ref.key)
        seen = log.look(self.ref)
        done = None if published is None else seen.done
        if done is None:
            log.refuse_older(self.ref, self.change.token, seen)
            if self.change.base is not None:
                last = None if published is None else log.last(self.ref.published)
                log.refuse_others(self.ref, self.change.base, last)
            mark = staged_mark(self.store, self.ref, staged)
            done = self._publish(published, mark, log)
            if published is None:
                log.clear()
            log.record(self.ref, self.change, self._recorded_mode, done, seen)
            self._note_partitions(published)
        self.store.execute(drop_table(self._side))
        return done

    def _note_partitions(self, published: FoundTable | None) -> None:
        held = held_of(self.store, self.name)
        if published is None or (self._recorded_mode == "replace" and not self.ref.partition):
            held.clear()
        if self.ref.partition:
            held.add(self.ref)

    @cached_property
    def _side(self) -> TableName:
        return side_table(self.name, self.ref.load_id or "", self.store.dialect)

    @property
    def _mode(self) -> str:
        partitioned = self.change.mode == "replace" and self.ref.partition
        return "delete_insert" if partitioned else self.change.mode

    @property
    def _recorded_mode(self) -> str:
        return "replace" if self.change.anew and not self.ref.partition else self._mode

    def _publish(self, published: FoundTable | None, mark: Mark, log: LoadLog) -> Recorded:
        if self._mode == "replace":
            return self._replace(published, mark)
        partitioned = bool(self.ref.partition)
        check_columns(self.ref.key, self._staged.names, self.change, partitioned=partitioned)
        if published is None or (self.change.anew and not self.ref.partition):
            return self._first(published, mark)
        return self._change(published, mark, log)

    def _replace(self, published: FoundTable | None, mark: Mark) -> Recorded:
        fitted = self._fit(replaces=True) if self._is_held(published) else None
        rows = mark.rows - (fitted.discarded_rows if fitted else 0)
        replace_table(self.store, self.name, self._side, replace(mark, rows=rows), published)
        return Recorded(rows, rows, fitted.notes if fitted else ())

    def _is_held(self, published: FoundTable | None) -> bool:
        """Whether the table that takes the place of another must have its columns."""
        return published is not None and self.change.evolution != "evolve"

    def _first(self, published: FoundTable | None, mark: Mark) -> Recorded:
        """What the change leaves of nothing becomes the published table."""
        fitted = self._fit(replaces=True) if self._is_held(published) else self._as_staged
        plan = self._plan(self._side, replace(fitted, missing=()))
        made = self._side
        if self.change.mode == "scd2":
            made, total = self._history(mark, plan)
        else:
            settle(self.store, plan)
            if self.change.deleted is not None and self.change.mode != "append":
                self.store.execute(leave_out_deleted(plan.staged, self.change.deleted))
            total = self._count(self._side)
        replace_table(self.store, self.name, made, replace(mark, rows=total), published)
        if self.change.mode == "upsert" and not self.ref.partition:
            self.store.ensure_unique(self.name, self.change.key)
        return Recorded(mark.rows - fitted.discarded_rows, total, fitted.notes)

    @property
    def _as_staged(self) -> Fitted:
        return Fitted(tuple(self._staged.names), self._staged)

    @cached_property
    def _staged(self) -> pa.Schema:
        """As it was staged, before it is fitted."""
        return self.store.schema(self._side) if self.columns is None else self.columns

    def _history(self, mark: Mark, plan: TableChange) -> tuple[TableName, int]:
        """A history has other rows and columns than were staged, and so a table of its own."""
        order_by = self.change.order_by
        kind = exp.cast(exp.null(), "TIMESTAMPTZ")
        since = kind if order_by is None else exp.column(order_by, quoted=True)
        own = [name for name in history_columns(self.change) if name not in plan.columns]
        columns = [exp.alias_(since.copy(), name, quoted=True) for name in own]
        made = side_table(self.name, f"{self.ref.load_id}h", self.store.dialect)
        empty = exp.select("*", *columns).from_(self._side.tree()).limit(0)
        self.store.execute(create_as(made, empty))
        self.store.execute(comment_on(made, mark.written()))
        for note in note_untyped(made, self.store.untyped(self._side)):
            self.store.execute(note)
        return made, carry_out(self.store, replace(plan, published=made.tree()))

    def _change(self, published: FoundTable, mark: Mark, log: LoadLog) -> Recorded:
        fitted = self._fit()
        before = self._total(log)
        plan = self._plan(self.name, fitted)
        if self.change.anew and plan.within is not None:
            before -= self.store.execute(exp.delete(self.name.tree()).where(plan.within.copy()))
        settle(self.store, plan)
        if self.change.mode == "upsert" and plan.within is None:
            plan = replace(plan, unique=self.store.ensure_unique(self.name, self.change.key))
        else:
            self.store.drop_unique(self.name, published)
        added = change_rows(self.store, plan)
        rows = mark.rows - fitted.discarded_rows
        return Recorded(rows, before + added, fitted.notes, fitted.schema)

    def _fit(self, *, replaces: bool = False) -> Fitted:
        staged = StagedTable(self._side, self._staged)
        return fit(self.store, self.ref, self.name, staged, self.change, replaces=replaces)

    def _total(self, log: LoadLog) -> int:
        """How many rows are published: what the log says, where counting them takes long."""
        known = None if self.store.dialect.counts_fast else log.last_total()
        return self._count(self.name) if known is None else known

    def _count(self, name: TableName) -> int:
        return cast("int", self.store.rows(count_rows(name))[0][0])

    def _plan(self, at: TableName, fitted: Fitted) -> TableChange:
        return TableChange(
            asset=self.ref.key,
            published=at.tree(),
            staged=self._side.tree(),
            columns=fitted.columns,
            missing=fitted.missing,
            change=self.change,
            dialect=self.store.dialect,
            within=slice_filter(self.ref.key, self.ref.partition, fitted.schema),
        )
