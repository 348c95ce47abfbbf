"""The versions that a history has once rows were staged, as a query."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from vibepiper.io_manager import Change

from vibepiper_sql.modes import live
from vibepiper_sql.table_change import TableChange
from vibepiper_sql.trees import (
    PUBLISHED,
    STAGED,
    aliased,
    column,
    every,
    identifier,
    is_null,
    named,
    ranked,
    same_key,
    select_from,
)

__all__ = ["AT", "KEEP", "NEW", "ROW", "UNTIL", "Versions"]

ROW, NEW, AT, UNTIL, KEEP = "~row", "~new", "~at", "~until", "~keep"
"""Of the published row and of the staged one, the version's bounds, and whether it is to be."""
_WAS, _RANK, _LIVE, _PLACE, _REPEATS = "~was", "~rank", "~live", "~place", "~repeats"


@dataclass(frozen=True, slots=True)
class Versions:
    plan: TableChange

    @property
    def change(self) -> Change:
        return self.plan.change

    @property
    def payload(self) -> list[str]:
        """The columns in which versions may differ."""
        change = self.change
        own = {*change.key, change.valid_from, change.valid_to, change.order_by, change.deleted}
        return [n for n in (*self.plan.columns, *self.plan.missing) if n not in own]

    def edits(self) -> exp.Query:
        """The rows that are new, that end otherwise, and that go."""
        steps: dict[str, exp.Query] = {}
        steps["fresh"] = self._fresh()
        touched: exp.Query = select_from("fresh", *self._key()).distinct()
        if self.change.close_missing:
            steps["missing"] = self._missing()
            missing = select_from("missing", *self._key())
            touched = exp.union(touched, missing, distinct=True)
        steps |= {
            "touched": touched,
            "mine": self._mine(),
            **({"back": self._back()} if self._may_come_back else {}),
            "events": self._events(),
            "settled": self._settled(),
            "compared": self._compared(),
            "versions": self._versions(),
        }
        query = exp.union(self._kept(), self._gone(), distinct=False)
        for name, tree in steps.items():
            query = query.with_(identifier(name), tree)
        return query

    def _key(self, table: str | None = None) -> list[exp.Expr]:
        return [column(name, table) for name in self.change.key]

    def _fresh(self) -> exp.Select:
        """The staged rows. Of a snapshot, in which each key has one, without those that only say
        again what is current: they would be dropped in the end, after much sorting."""
        change, row = self.change, column(self.plan.dialect.row_id, STAGED)
        own = [n for n in (change.order_by, change.deleted) if n is not None]
        names = dict.fromkeys([*change.key, *self.payload, *own])
        fresh = select_from(
            aliased(self.plan.staged, STAGED),
            named(row, NEW),
            *(named(self._staged(name), name) for name in names),
        )
        if change.order_by is not None:
            return fresh
        return fresh.where(exp.not_(exp.Exists(this=self._current())))

    def _staged(self, name: str) -> exp.Expr:
        """A column that the staged rows lack is null in them, of the published one's type."""
        if name not in self.plan.missing:
            return column(name, STAGED)
        return select_from(self.plan.published, column(name)).where(exp.false()).subquery()

    def _current(self) -> exp.Select:
        """The current version that a staged row equals, and that began before it."""
        change, alive = self.change, live(self.change, STAGED)
        began = exp.LT(this=column(change.valid_from, PUBLISHED), expression=_moment(change))
        same = [
            exp.NullSafeEQ(this=column(name, PUBLISHED), expression=self._staged(name))
            for name in self.payload
        ]
        return select_from(aliased(self.plan.published, PUBLISHED), exp.Literal.number(1)).where(
            self.plan.matching(),
            is_null(column(change.valid_to, PUBLISHED)),
            began,
            *same,
            *([] if alive is None else [alive]),
        )

    def _missing(self) -> exp.Select:
        """The keys that have a current version, and are not staged."""
        staged = select_from(aliased(self.plan.staged, STAGED), exp.Literal.number(1)).where(
            self.plan.matching()
        )
        return (
            select_from(aliased(self.plan.published, PUBLISHED), *self._key(PUBLISHED))
            .where(is_null(column(self.change.valid_to, PUBLISHED)))
            .where(exp.not_(exp.Exists(this=staged)), *self.plan.in_partition())
            .distinct()
        )

    @property
    def _may_come_back(self) -> bool:
        return self.change.close_missing and self.change.order_by is not None

    def _back(self) -> exp.Select:
        """The last staged row of each key that was closed at a later moment than the row tells:
        it was missing for a while."""
        assert self.change.order_by is not None
        moment, ended = column(self.change.order_by), column(self.change.valid_to, "m")
        place = ranked(exp.RowNumber(), self._key(), (moment, True))
        last = select_from("fresh", exp.Star(), named(place, _PLACE)).subquery(identifier("f"))
        mine = select_from(
            aliased(exp.Table(this=identifier("mine")), "m"), exp.Literal.number(1)
        ).where(same_key(self.change.key, "m", "f"))
        later = exp.GT(this=ended.copy(), expression=column(self.change.order_by, "f"))
        return (
            exp.select(*self._key("f"), *(column(n, "f") for n in self.payload), column(NEW, "f"))
            .from_(last)
            .where(exp.EQ(this=column(_PLACE, "f"), expression=exp.Literal.number(1)))
            .where(live(self.change, "f") or exp.true())
            .where(exp.not_(exp.Exists(this=mine.where(is_null(ended)))))
            .where(exp.Exists(this=mine.where(later)))
        )

    def _mine(self) -> exp.Select:
        """The published versions of the touched keys."""
        change, row = self.change, column(self.plan.dialect.row_id, PUBLISHED)
        names = [*change.key, *self.payload, change.valid_from, change.valid_to]
        return select_from(
            aliased(self.plan.published, PUBLISHED),
            named(row, ROW),
            *(column(name, PUBLISHED) for name in names),
        ).join(
            exp.Table(this=identifier("touched"), alias=exp.TableAlias(this=identifier("t"))),
            on=self.plan.matching("t"),
        )

    def _events(self) -> exp.Query:
        change = self.change
        begun = column(change.order_by) if change.order_by is not None else _moment(change)
        alive = live(change) or exp.true()
        new = self._part("fresh", begun, 2, alive, new=column(NEW))
        old = self._part(
            "mine",
            column(change.valid_from),
            1,
            exp.true(),
            row=column(ROW),
            was=column(change.valid_to),
        )
        ends = self._part("mine", column(change.valid_to), 0, exp.false())
        ends = ends.where(exp.not_(is_null(column(change.valid_to))))
        parts = [old, new, ends, *([self._closed()] if change.close_missing else [])]
        if self._may_come_back:
            parts.append(self._part("back", _moment(change), 2, exp.true(), new=column(NEW)))
        return exp.union(*parts, distinct=False)

    def _part(
        self,
        table: str,
        at: exp.Expr,
        rank: int,
        alive: exp.Expr,
        *,
        new: exp.Expr | None = None,
        row: exp.Expr | None = None,
        was: exp.Expr | None = None,
    ) -> exp.Select:
        return select_from(
            table,
            *self._numbers(row, new),
            named(at, AT),
            named(was or exp.null(), _WAS),
            named(exp.Literal.number(rank), _RANK),
            named(alive, _LIVE),
            *self._key(),
            *map(column, self.payload),
        )

    def _numbers(self, row: exp.Expr | None, new: exp.Expr | None) -> list[exp.Expr]:
        kind = "TID" if self.plan.dialect.row_id == "ctid" else "BIGINT"
        none = exp.cast(exp.null(), exp.DataType.build(kind, udt=True))
        return [named(row or none.copy(), ROW), named(new or none.copy(), NEW)]

    def _closed(self) -> exp.Select:
        return select_from(
            "missing",
            *self._numbers(None, None),
            named(_moment(self.change), AT),
            named(exp.null(), _WAS),
            named(exp.Literal.number(2), _RANK),
            named(exp.false(), _LIVE),
            *self._key(),
            *(named(exp.null(), name) for name in self.payload),
        )

    def _settled(self) -> exp.Select:
        """Of the events of a key at one moment the last."""
        place = ranked(exp.RowNumber(), [*self._key(), column(AT)], (column(_RANK), True))
        numbered = select_from("events", exp.Star(), named(place, _PLACE))
        first = exp.EQ(this=column(_PLACE), expression=exp.Literal.number(1))
        return exp.select("*").from_(numbered.subquery(identifier("n"))).where(first)

    def _compared(self) -> exp.Select:
        """With whether an event repeats the one before."""
        was_live = exp.Coalesce(this=self._lag(_LIVE), expressions=[exp.false()])
        same = [
            exp.NullSafeEQ(this=column(name), expression=self._lag(name)) for name in self.payload
        ]
        repeats = exp.Case(
            ifs=[exp.If(this=column(_LIVE), true=every([was_live, *same]))],
            default=exp.not_(was_live.copy()),
        )
        return select_from("settled", exp.Star(), named(repeats, _REPEATS))

    def _lag(self, name: str) -> exp.Window:
        return ranked(exp.Lag(this=column(name)), self._key(), (column(AT), False))

    def _versions(self) -> exp.Select:
        until = ranked(exp.Lead(this=column(AT)), self._key(), (column(AT), False))
        kept = select_from("compared", exp.Star(), named(until, UNTIL))
        kept = kept.where(exp.not_(column(_REPEATS)))
        return exp.select("*").from_(kept.subquery(identifier("k"))).where(column(_LIVE))

    def _kept(self) -> exp.Select:
        new = exp.not_(is_null(column(NEW)))
        ends = exp.NullSafeNEQ(this=column(UNTIL), expression=column(_WAS))
        columns = [column(name) for name in (ROW, NEW, AT, UNTIL)]
        kept = select_from("versions", *columns, named(exp.true(), KEEP))
        return kept.where(exp.or_(new, ends))

    def _gone(self) -> exp.Select:
        same = exp.EQ(this=column(ROW, "v"), expression=column(ROW, "m"))
        versions = exp.Table(this=identifier("versions"))
        there = select_from(aliased(versions, "v"), exp.Literal.number(1)).where(same)
        _, none = self._numbers(None, None)
        columns = [column(ROW, "m"), none, named(exp.null(), AT), named(exp.null(), UNTIL)]
        mine = aliased(exp.Table(this=identifier("mine")), "m")
        gone = select_from(mine, *columns, named(exp.false(), KEEP))
        return gone.where(exp.not_(exp.Exists(this=there)))


def _moment(change: Change) -> exp.Expr:
    assert change.at is not None
    return exp.cast(exp.Literal.string(change.at.isoformat(sep=" ")), "TIMESTAMPTZ")
