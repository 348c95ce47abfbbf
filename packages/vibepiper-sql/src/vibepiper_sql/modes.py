"""Append, upsert and delete_insert as statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp
from vibepiper.io_manager import Change

from vibepiper_sql.table_change import TableChange
from vibepiper_sql.trees import (
    PUBLISHED,
    STAGED,
    aliased,
    column,
    count,
    delete_using,
    every,
    identifier,
    is_null,
    named,
    ranked,
    select_from,
)

__all__ = [
    "Effect",
    "Statement",
    "append",
    "delete_insert",
    "keep_latest",
    "leave_out_deleted",
    "live",
    "upsert",
]

Effect = Literal["adds", "removes", "keeps", "counts"]


@dataclass(frozen=True, slots=True)
class Statement:
    """``effect`` says what the rows that it touches mean for the number of published rows; one
    that ``counts`` is a query, whose single value is the rows that it added."""

    tree: exp.Expr
    effect: Effect = "keeps"


def append(plan: TableChange) -> list[Statement]:
    return [Statement(_insert(plan, _staged(plan)), "adds")]


def delete_insert(plan: TableChange) -> list[Statement]:
    """The rows of the partition, or of every key that is staged, make way."""
    if plan.within is not None:
        gone = exp.delete(plan.published.copy()).where(plan.within.copy())
        return [Statement(gone, "removes"), *_insert_live(plan)]
    return [_delete_matching(plan), *_insert_live(plan)]


def keep_latest(plan: TableChange, order_by: str) -> Statement:
    """Of several staged rows of one key leaves the one with the greatest ``order_by``; of several
    of these, the one that was written last."""
    key = [column(name) for name in plan.change.key]
    row = column(plan.dialect.row_id)
    place = ranked(exp.RowNumber(), key, (column(order_by), True), (row.copy(), True))
    numbered = select_from(plan.staged, named(row, "~row"), named(place, "~place"))
    late = exp.GT(this=column("~place", "r"), expression=exp.Literal.number(1))
    same = exp.EQ(this=column(plan.dialect.row_id, STAGED), expression=column("~row", "r"))
    numbered_as = numbered.subquery(identifier("r"))
    return Statement(delete_using(aliased(plan.staged, STAGED), numbered_as, every([same, late])))


def leave_out_deleted(staged: exp.Table, deleted: str) -> exp.Delete:
    """The staged rows that say that their key is gone: nothing is published that they remove."""
    return exp.delete(staged.copy()).where(column(deleted))


def upsert(plan: TableChange) -> list[Statement]:
    """Staged rows, of which each key has one, take the place of published ones that are not newer.

    By ON CONFLICT where the database does well at that and the key has a unique index, in the
    order of the key: neighbours then share pages. Columns that the staged rows lack stay as they
    are in rows that there were, and are null in new ones.
    """
    if plan.unique and plan.dialect.inserted is not None:
        return [*_removals(plan), _on_conflict(plan, plan.dialect.inserted)]
    steps = [_leave_out_late(plan)] if plan.change.order_by is not None else []
    if plan.missing:
        return [*steps, *_removals(plan), _update(plan), _insert_new(plan)]
    return [*steps, _delete_matching(plan), *_insert_live(plan)]


def live(change: Change, table: str | None = None) -> exp.Expr | None:
    """Holds for a staged row that does not say that its key is gone; None: for all."""
    if change.deleted is None:
        return None
    flag = exp.Coalesce(this=column(change.deleted, table), expressions=[exp.false()])
    return exp.not_(flag)


def _newer(change: Change, order_by: str) -> exp.Expr:
    """Whether the published row has a greater value than the staged one; null is the least."""
    published, staged = column(order_by, PUBLISHED), column(order_by, STAGED)
    greater = exp.GT(this=published, expression=staged)
    least = exp.and_(is_null(staged.copy()), exp.not_(is_null(published.copy())))
    return exp.paren(exp.or_(least, greater))


def _staged(plan: TableChange) -> exp.Select:
    return select_from(aliased(plan.staged, STAGED), *(column(n, STAGED) for n in plan.columns))


def _insert(plan: TableChange, rows: exp.Query) -> exp.Insert:
    names = [identifier(name) for name in plan.columns]
    return exp.insert(rows, plan.published.copy(), columns=names)


def _insert_live(plan: TableChange) -> list[Statement]:
    rows, alive = _staged(plan), live(plan.change, STAGED)
    return [Statement(_insert(plan, rows if alive is None else rows.where(alive)), "adds")]


def _delete_matching(plan: TableChange, *conditions: exp.Expr) -> Statement:
    where = every([plan.matching(), *conditions])
    tree = delete_using(aliased(plan.published, PUBLISHED), aliased(plan.staged, STAGED), where)
    return Statement(tree, "removes")


def _removals(plan: TableChange) -> list[Statement]:
    """The published rows whose key a staged row says is gone."""
    change, alive = plan.change, live(plan.change, STAGED)
    if alive is None:
        return []
    late = [] if change.order_by is None else [exp.not_(_newer(change, change.order_by))]
    return [_delete_matching(plan, exp.not_(alive), *_known(late))]


def _known(conditions: Sequence[exp.Expr]) -> list[exp.Expr]:
    """Without nulls: a comparison with one is no reason against."""
    return [exp.Coalesce(this=tree, expressions=[exp.true()]) for tree in conditions]


def _leave_out_late(plan: TableChange) -> Statement:
    change = plan.change
    assert change.order_by is not None
    where = every([plan.matching(), _newer(change, change.order_by)])
    published = aliased(plan.published, PUBLISHED)
    return Statement(delete_using(aliased(plan.staged, STAGED), published, where))


def _values(plan: TableChange) -> list[str]:
    return [name for name in plan.columns if name not in plan.change.key]


def _on_conflict(plan: TableChange, inserted: exp.Expr) -> Statement:
    change, alive = plan.change, live(plan.change, STAGED)
    rows = _staged(plan).order_by(*(column(name, STAGED) for name in change.key))
    tree = exp.Insert(
        this=exp.Schema(
            this=aliased(plan.published, PUBLISHED),
            expressions=[identifier(name) for name in plan.columns],
        ),
        expression=rows if alive is None else rows.where(alive),
        conflict=_conflict(plan),
        returning=exp.Returning(expressions=[named(inserted.copy(), "added")]),
    )
    added = exp.Filter(this=count(), expression=exp.Where(this=column("added")))
    return Statement(select_from("upserted", added).with_(identifier("upserted"), tree), "counts")


def _conflict(plan: TableChange) -> exp.OnConflict:
    change, values = plan.change, _values(plan)
    keys = [identifier(name) for name in change.key]
    if not values:
        return exp.OnConflict(conflict_keys=keys, action=exp.var("DO NOTHING"))
    updates = [
        exp.EQ(this=identifier(name), expression=column(name, "excluded")) for name in values
    ]
    where = None
    if change.order_by is not None:
        old, new = column(change.order_by, PUBLISHED), column(change.order_by, "excluded")
        where = exp.Where(this=exp.or_(is_null(old), exp.GTE(this=new, expression=old.copy())))
    return exp.OnConflict(
        conflict_keys=keys, action=exp.var("DO UPDATE"), expressions=updates, where=where
    )


def _update(plan: TableChange) -> Statement:
    change, alive = plan.change, live(plan.change, STAGED)
    values = _values(plan) or list(change.key)
    same = plan.matching()
    tree = exp.Update(
        this=aliased(plan.published, PUBLISHED),
        expressions=[
            exp.EQ(this=exp.Column(this=identifier(n)), expression=column(n, STAGED))
            for n in values
        ],
        from_=exp.From(this=aliased(plan.staged, STAGED)),
        where=exp.Where(this=same if alive is None else every([same, alive])),
    )
    return Statement(tree)


def _insert_new(plan: TableChange) -> Statement:
    there = select_from(aliased(plan.published, PUBLISHED), exp.Literal.number(1)).where(
        plan.matching()
    )
    rows = _staged(plan).where(exp.not_(exp.Exists(this=there)))
    alive = live(plan.change, STAGED)
    return Statement(_insert(plan, rows if alive is None else rows.where(alive)), "adds")
