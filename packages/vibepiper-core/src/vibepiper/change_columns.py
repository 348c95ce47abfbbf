"""The columns of published and staged rows, brought together as a change's policy says."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from vibepiper.errors import DataError
from vibepiper.evolution import Reconciled, reconcile
from vibepiper.io_manager import Change

__all__ = ["Fitted", "fit"]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Both tables with the columns that there are afterwards; those in ``missing`` no staged
    column fills."""

    published: pa.Table
    staged: pa.Table
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def fit(
    published: pa.Table | None,
    staged: pa.Table,
    change: Change,
    needed: Sequence[str] = (),
    *,
    asset: str,
) -> Fitted:
    """``needed`` are columns that hold a partition: where there are any, the others stay. Raises
    `DataError` for what the policy refuses."""
    makes_way = not needed and (change.anew or change.mode == "replace")
    if published is not None and not (makes_way and change.evolution == "evolve"):
        return _reconciled(published, staged, change, needed, asset)
    if change.mode == "replace":
        return Fitted(staged.slice(0, 0), staged)
    nothing = _with(staged.schema, _history(change, staged.schema, None, asset)).empty_table()
    return _reconciled(nothing, staged, change, needed, asset)


def _reconciled(
    published: pa.Table, staged: pa.Table, change: Change, needed: Sequence[str], asset: str
) -> Fitted:
    own = _history(change, staged.schema, published.schema, asset)
    found = reconcile(
        _without(published.schema, own),
        _without(staged.schema, own),
        change.evolution,
        asset=asset,
        needed=[name for name in (*change.key, change.order_by, change.deleted, *needed) if name],
    )
    return _fitted(published, staged, found, _with(found.schema, own), asset)


def _fitted(
    published: pa.Table, staged: pa.Table, found: Reconciled, schema: pa.Schema, asset: str
) -> Fitted:
    before = staged.num_rows
    for name in found.discard_where:
        staged = staged.filter(pc.is_null(staged[name]))
    left_out = before - staged.num_rows
    told = (f"{left_out:,} rows were left out",) if left_out else ()
    return Fitted(
        _as(published, schema, (), asset),
        _as(staged, schema, found.missing, asset),
        found.missing,
        (*found.notes(), *told),
    )


def _as(table: pa.Table, schema: pa.Schema, missing: Sequence[str], asset: str) -> pa.Table:
    columns = []
    for field in schema:
        if field.name in missing or field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
            continue
        try:
            columns.append(table[field.name].cast(field.type))
        except pa.ArrowInvalid as error:
            raise DataError(
                f"asset '{asset}': the column '{field.name}' holds what {field.type} does not: "
                f"{error}",
                hint="Cast it in the asset's function.",
            ) from error
    return pa.table(columns, schema=schema)


def _history(
    change: Change, staged: pa.Schema, published: pa.Schema | None, asset: str
) -> list[pa.Field]:
    """The columns that a history has beside those of its rows."""
    if change.mode != "scd2":
        return []
    names = (change.valid_from, change.valid_to)
    if published is None:
        ordered = change.order_by is not None
        kind = staged.field(change.order_by).type if ordered else pa.timestamp("us", "UTC")
        return [pa.field(name, kind) for name in names]
    for name in names:
        if name not in published.names:
            raise DataError(
                f"asset '{asset}': keeps no history: it has no column '{name}'",
                hint="Remove its data to begin a history, or name its columns with valid_from "
                "and valid_to.",
            )
    return [published.field(name).with_nullable(True) for name in names]


def _without(schema: pa.Schema, fields: Sequence[pa.Field]) -> pa.Schema:
    names = {field.name for field in fields}
    kept = [field for field in schema if field.name not in names]
    return pa.schema(kept, metadata=schema.metadata)


def _with(schema: pa.Schema, fields: Sequence[pa.Field]) -> pa.Schema:
    return pa.schema([*_without(schema, fields), *fields], metadata=schema.metadata)
