"""The modes of a change as queries: which published rows go, and which staged ones come."""

from __future__ import annotations

import pyarrow as pa
from sqlglot import exp
from vibepiper.io_manager import Change

from vibepiper_files.edits import FILE, ROW, was
from vibepiper_files.row_queries import (
    PUBLISHED,
    STAGED,
    Rows,
    column,
    every,
    named,
    same_key,
    select_from,
    together,
)

__all__ = ["by_key", "live", "upserted"]


def upserted(rows: Rows) -> pa.RecordBatchReader:
    """A staged row takes the place of the published ones of its key, unless they are newer. Of
    columns that it lacks it keeps what they held."""
    change = rows.change
    steps: dict[str, exp.Query] = {"latest": _latest(change)}
    none = [named(exp.null(), was(name)) for name in rows.missing]
    pairs = _pairs(change, column(FILE, "p"), column(ROW, "p"), *none)
    held = [named(column(name, "w"), was(name)) for name in rows.missing]
    fresh = select_from("latest", *_numbers("s"), *held, alias="s").where(live(change, "s"))
    if change.order_by is not None:
        newer = _is_newer(change.order_by)
        pairs = pairs.where(newer.not_())
        steps["newer"] = _pairs(change, *(column(name, "p") for name in change.key)).where(newer)
        on = same_key(change.key, "s", "n")
        fresh = fresh.join(exp.to_table("newer", alias="n"), on=on, join_type="anti")
    if rows.missing:
        steps["held"] = _held(change, rows.missing)
        on = same_key(change.key, "s", "w")
        fresh = fresh.join(exp.to_table("held", alias="w"), on=on, join_type="left")
    return rows.stream(together(pairs, fresh), **steps)


def _pairs(change: Change, *columns: exp.Expr) -> exp.Select:
    """The published rows whose key is staged."""
    return select_from(PUBLISHED, *columns, alias="p").join(
        exp.to_table("latest", alias="s"), on=same_key(change.key, "p", "s")
    )


def _held(change: Change, missing: list[str]) -> exp.Select:
    """What the last published row of each staged key has in the columns that are not staged."""
    keys = [column(name, "p") for name in change.key]
    order = [exp.Ordered(this=number, desc=True) for number in _numbers("p")]
    number = exp.Window(this=exp.RowNumber(), partition_by=keys, order=exp.Order(expressions=order))
    first = exp.EQ(this=number, expression=exp.Literal.number(1))
    return _pairs(change, *(column(n, "p") for n in (*change.key, *missing))).qualify(first)


def by_key(rows: Rows) -> pa.RecordBatchReader:
    """The published rows of every key that is staged go, and all staged rows come."""
    change = rows.change
    gone = select_from(PUBLISHED, *_numbers("p"), alias="p").join(
        exp.to_table(STAGED, alias="s"), on=same_key(change.key, "p", "s"), join_type="semi"
    )
    fresh = select_from(STAGED, *_numbers("s"), alias="s").where(live(change, "s"))
    return rows.stream(together(gone, fresh))


def live(change: Change, table: str) -> exp.Expr:
    """Whether a staged row is not one that says that its key is gone."""
    if change.deleted is None:
        return exp.true()
    return exp.Is(this=column(change.deleted, table), expression=exp.true()).not_()


def _numbers(table: str) -> list[exp.Expr]:
    return [column(FILE, table), column(ROW, table)]


def _latest(change: Change) -> exp.Select:
    """Of the staged rows of a key the one that counts."""
    latest = select_from(STAGED, exp.Star())
    if change.order_by is None:
        return latest
    number = exp.Window(
        this=exp.RowNumber(),
        partition_by=[column(name) for name in change.key],
        order=exp.Order(
            expressions=[
                exp.Ordered(this=column(change.order_by), desc=True, nulls_first=False),
                exp.Ordered(this=column(ROW), desc=True, nulls_first=False),
            ]
        ),
    )
    return latest.qualify(exp.EQ(this=number, expression=exp.Literal.number(1)))


def _is_newer(order_by: str) -> exp.Expr:
    """Whether the published row has a greater value than the staged one; null is the least."""
    published, staged = column(order_by, "p"), column(order_by, "s")
    there = exp.Is(this=published, expression=exp.null()).not_()
    missing = exp.Is(this=staged.copy(), expression=exp.null())
    greater = exp.GT(this=published.copy(), expression=staged)
    return every([there, exp.paren(exp.or_(missing, greater))])
