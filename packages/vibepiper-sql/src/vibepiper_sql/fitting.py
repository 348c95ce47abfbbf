"""The columns of a published table beside those of the data staged for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DataError
from vibepiper.evolution import Reconciled, reconcile
from vibepiper.io_manager import AssetRef, Change

from vibepiper_sql.definitions import any_value, drop_columns, note_typed, note_untyped
from vibepiper_sql.evolving import add_columns, leave_out_rows, widen_columns
from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Fitted", "StagedTable", "fit", "history_columns"]


@dataclass(frozen=True, slots=True)
class StagedTable:
    """The table of a load, and its columns as they were staged."""

    name: TableName
    schema: pa.Schema


@dataclass(frozen=True, slots=True)
class Fitted:
    """Staged columns that the published table takes, the schema of the table that changes, the
    columns that it has beside them, and the number of staged rows that were left out."""

    columns: tuple[str, ...]
    schema: pa.Schema
    missing: tuple[str, ...] = ()
    discarded_rows: int = 0
    notes: tuple[str, ...] = ()


def history_columns(change: Change) -> tuple[str, ...]:
    """Those that the store itself writes."""
    return (change.valid_from, change.valid_to) if change.mode == "scd2" else ()


def fit(
    store: SqlStore,
    ref: AssetRef,
    name: TableName,
    side: StagedTable,
    change: Change,
    *,
    replaces: bool = False,
) -> Fitted:
    """Fits the two tables to each other, as the change's policy says. ``replaces``: the side table
    takes the place of the published one, and so is the one that changes."""
    import pyarrow as pa

    published, staged = store.schema(name), side.schema
    own = history_columns(change)
    _check_history(ref.key, name, published, own)
    before = pa.schema([field for field in published if field.name not in own])
    given = pa.schema([field for field in staged if field.name not in own])
    before, given = _untyped(store, name, before), _untyped(store, side.name, given)
    if before.equals(given):
        return Fitted(tuple(staged.names), staged if replaces else published)
    found = reconcile(before, given, change.evolution, asset=ref.key, needed=_needed(ref, change))
    _give_types(store, side.name, given, found)
    left_out = _leave_out(store, side.name, found.discard_where)
    if replaces:
        _narrow(store, side.name, found)
    else:
        _extend(store, name, found, before)
    kept = tuple(column for column in staged.names if column not in found.discarded)
    told = (f"{left_out:,} rows were left out",) if left_out else ()
    after = store.schema(side.name if replaces else name)
    return Fitted(kept, after, found.missing, left_out, (*found.notes(), *told))


def _untyped(store: SqlStore, table: TableName, schema: pa.Schema) -> pa.Schema:
    """Without a type, as they were loaded, are columns that are noted to be so and hold no value:
    the database has another type for them."""
    import pyarrow as pa

    loaded_as = store.dialect.untyped
    if loaded_as is None or loaded_as not in map(str, schema.types):
        return schema
    noted = store.untyped(table)

    def is_untyped(field: pa.Field) -> bool:
        if field.name not in noted or str(field.type) != loaded_as:
            return False
        return not store.rows(any_value(table, field.name))

    return pa.schema([f.with_type(pa.null()) if is_untyped(f) else f for f in schema])


def _give_types(store: SqlStore, side: TableName, given: pa.Schema, found: Reconciled) -> None:
    """To staged columns without one: the database itself does not cast texts."""
    import pyarrow as pa

    known = [
        f for f in found.cast if store.dialect.untyped and given.field(f.name).type == pa.null()
    ]
    typed = note_typed(side, [field.name for field in known])
    for statement in (*widen_columns(side.tree(), known, store.kind), *typed):
        store.execute(statement)


def _needed(ref: AssetRef, change: Change) -> list[str]:
    slices = (part.column for part in ref.partition)
    wanted = (*change.key, change.order_by, change.deleted, *slices)
    return [column for column in wanted if column is not None]


def _extend(store: SqlStore, name: TableName, found: Reconciled, before: pa.Schema) -> None:
    import pyarrow as pa

    statements: list[exp.Expr] = [*add_columns(name.tree(), found.added, store.kind)]
    statements += widen_columns(name.tree(), found.widened, store.kind)
    if store.dialect.untyped:
        statements += note_untyped(name, [f.name for f in found.added if f.type == pa.null()])
        typed = [f.name for f in found.widened if before.field(f.name).type == pa.null()]
        statements += note_typed(name, typed)
    for statement in statements:
        store.execute(statement)


def _narrow(store: SqlStore, side: TableName, found: Reconciled) -> None:
    for statement in drop_columns(side, found.discarded):
        store.execute(statement)


def _check_history(asset: str, name: TableName, published: pa.Schema, own: tuple[str, ...]) -> None:
    for column in own:
        if column not in published.names:
            raise DataError(
                f"asset '{asset}': {name} keeps no history: it has no column '{column}'",
                hint="Drop the table to begin a history, or name its columns with valid_from "
                "and valid_to.",
            )


def _leave_out(store: SqlStore, side: TableName, columns: tuple[str, ...]) -> int:
    return store.execute(leave_out_rows(side.tree(), columns)) if columns else 0
