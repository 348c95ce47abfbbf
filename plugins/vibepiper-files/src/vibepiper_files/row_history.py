"""History (``scd2``) as a query: the versions of every key that is staged, put together anew.

A version is an event at its ``valid_from``; where none follows at its ``valid_to``, that is an
event too, which says that the key was gone. Staged rows are events at ``order_by`` or at the
change's moment, and take the place of published ones of the same moment. Of the events in order,
those that repeat the one before are dropped, and a version is valid until the next event.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from vibepiper_files.edits import FILE, KEEP, ROW, VALID_FROM, VALID_TO
from vibepiper_files.row_choices import live
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

__all__ = ["history"]

_AT, _RANK, _LIVE, _FIRST, _SAME = "~at", "~rank", "~live", "~first", "~same"


def history(rows: Rows, payload: list[str], moment: exp.Expr) -> pa.RecordBatchReader:
    """``payload`` are the columns in which versions may differ; ``moment`` is when staged rows
    are valid from, where no column says it."""
    steps = _Events(rows, payload, moment).steps()
    is_new = exp.LT(this=column(FILE), expression=exp.Literal.number(0))
    new = select_from(
        "versions",
        column(FILE),
        column(ROW),
        named(exp.true(), KEEP),
        named(column(_AT), VALID_FROM),
        column(VALID_TO),
    ).where(is_new)
    return rows.stream(together(_changed(rows.change.valid_to), new), **steps)


def _changed(valid_to: str) -> exp.Select:
    """The published rows of the touched keys that go, or end otherwise than they did."""
    gone = exp.Is(this=column(ROW, "v"), expression=exp.null())
    ends = exp.NullSafeNEQ(this=column(VALID_TO, "v"), expression=column(valid_to, "m"))
    same_row = every(exp.EQ(this=column(n, "m"), expression=column(n, "v")) for n in (FILE, ROW))
    return (
        select_from("mine", column(FILE, "m"), column(ROW, "m"), alias="m")
        .select(
            named(gone.copy().not_(), KEEP),
            named(column(_AT, "v"), VALID_FROM),
            column(VALID_TO, "v"),
        )
        .join(exp.to_table("versions", alias="v"), on=same_row, join_type="left")
        .where(exp.or_(gone, ends))
    )


@dataclass(frozen=True, slots=True)
class _Events:
    rows: Rows
    payload: list[str]
    moment: exp.Expr

    def steps(self) -> dict[str, exp.Query]:
        key = self.rows.change.key
        touched: exp.Query = select_from(STAGED, *map(column, key)).distinct()
        steps: dict[str, exp.Query] = {}
        if self.rows.change.close_missing:
            steps["missing"] = self._missing()
            touched = exp.union(touched, select_from("missing", *map(column, key)), distinct=True)
        steps["touched"] = touched
        steps["mine"] = select_from(PUBLISHED, exp.Star(), alias="p").join(
            exp.to_table("touched", alias="t"), on=same_key(key, "p", "t"), join_type="semi"
        )
        if self._may_come_back:
            steps["back"] = self._back()
        steps["events"] = self._events()
        steps["settled"] = self._settled()
        steps["compared"] = self._compared()
        steps["versions"] = self._versions()
        return steps

    def _missing(self) -> exp.Select:
        """The keys that have a current version, and are not staged."""
        change = self.rows.change
        current = exp.Is(this=column(change.valid_to, "p"), expression=exp.null())
        return (
            select_from(PUBLISHED, *(column(name, "p") for name in change.key), alias="p")
            .join(
                exp.to_table(STAGED, alias="s"),
                on=same_key(change.key, "p", "s"),
                join_type="anti",
            )
            .where(current)
            .distinct()
        )

    def _events(self) -> exp.Query:
        change = self.rows.change
        begun = column(change.order_by) if change.order_by is not None else self.moment
        closed = exp.Is(this=column(change.valid_to), expression=exp.null()).not_()
        parts = [
            self._part("mine", column(change.valid_from), 1, exp.true()),
            self._part("mine", column(change.valid_to), 0, exp.false()).where(closed),
            self._part(STAGED, begun, 2, live(change, STAGED)),
        ]
        if change.close_missing:
            parts.append(self._gone())
        if self._may_come_back:
            parts.append(self._part("back", self.moment, 2, exp.true()))
        return exp.union(*parts, distinct=False)

    @property
    def _may_come_back(self) -> bool:
        return self.rows.change.close_missing and self.rows.change.order_by is not None

    def _back(self) -> exp.Select:
        """The last staged row of each key that was closed at a later moment than the row tells:
        it was missing for a while."""
        change = self.rows.change
        assert change.order_by is not None
        keys = [column(name) for name in change.key]
        place = _window(exp.RowNumber(), keys, [(change.order_by, True)])
        first = exp.EQ(this=place, expression=exp.Literal.number(1))
        last = select_from(STAGED, exp.Star()).qualify(first)
        mine = select_from("mine", exp.Literal.number(1), alias="m").where(
            same_key(change.key, "m", "s")
        )
        ended = column(change.valid_to, "m")
        later = exp.GT(this=ended.copy(), expression=column(change.order_by, "s"))
        current = exp.Is(this=ended, expression=exp.null())
        return (
            exp.select("*")
            .from_(last.subquery("s"))
            .where(live(change, "s"), exp.Exists(this=mine.where(later)))
            .where(exp.Exists(this=mine.where(current)).not_())
        )

    def _part(self, table: str, at: exp.Expr, rank: int, alive: exp.Expr) -> exp.Select:
        change = self.rows.change
        return select_from(
            table,
            column(FILE),
            column(ROW),
            named(at.copy(), _AT),
            named(exp.Literal.number(rank), _RANK),
            named(alive, _LIVE),
            *map(column, [*change.key, *self.payload]),
        )

    def _gone(self) -> exp.Select:
        none = [named(exp.null(), name) for name in self.payload]
        numbers = [named(exp.null(), FILE), named(exp.null(), ROW)]
        at = named(self.moment.copy(), _AT)
        rank, alive = named(exp.Literal.number(2), _RANK), named(exp.false(), _LIVE)
        keys = map(column, self.rows.change.key)
        return select_from("missing", *numbers, at, rank, alive, *keys, *none)

    def _settled(self) -> exp.Select:
        """Of the events of a key at one moment the last."""
        key = [column(name) for name in (*self.rows.change.key, _AT)]
        last = _window(exp.RowNumber(), key, [(_RANK, True), (ROW, True)])
        first = exp.EQ(this=last, expression=exp.Literal.number(1))
        return select_from("events", exp.Star()).qualify(first)

    def _compared(self) -> exp.Select:
        """With whether an event repeats the one before."""
        before = [self._same(name) for name in (_LIVE, *self.payload)]
        was_live = self._lag(_LIVE)
        repeats = exp.Case(
            ifs=[
                exp.If(this=column(_LIVE).not_(), true=exp.not_(_or_false(was_live))),
                exp.If(this=exp.Is(this=was_live.copy(), expression=exp.null()), true=exp.false()),
            ],
            default=every(before),
        )
        return select_from("settled", exp.Star(), named(repeats, _SAME))

    def _same(self, name: str) -> exp.Expr:
        return exp.NullSafeEQ(this=column(name), expression=self._lag(name))

    def _lag(self, name: str) -> exp.Window:
        return self._ordered(exp.Lag(this=column(name)))

    def _ordered(self, function: exp.Expr) -> exp.Window:
        return _window(function, [column(name) for name in self.rows.change.key], [(_AT, False)])

    def _versions(self) -> exp.Select:
        until = self._ordered(exp.Lead(this=column(_AT)))
        kept = select_from("compared", exp.Star(), named(until, VALID_TO))
        kept = kept.where(column(_SAME).not_())
        return exp.select("*").from_(kept.subquery("kept")).where(column(_LIVE))


def _or_false(tree: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=tree, expressions=[exp.false()])


def _window(
    function: exp.Expr, partition: list[exp.Column], order: list[tuple[str, bool]]
) -> exp.Window:
    terms = [exp.Ordered(this=column(n), desc=down, nulls_first=False) for n, down in order]
    return exp.Window(
        this=function, partition_by=list(partition), order=exp.Order(expressions=terms)
    )
