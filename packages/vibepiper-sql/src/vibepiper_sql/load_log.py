"""The table ``vibepiper_loads`` beside published tables: which loads were published, written in
one transaction with their rows."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from sqlglot import exp
from vibepiper.errors import Fenced
from vibepiper.io_manager import AssetRef, Change, Committed

from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.table_change import Runner
from vibepiper_sql.trees import aliased, column, count, every, identifier, is_null, select_from

__all__ = [
    "LOADS",
    "LoadLog",
    "Recorded",
    "create_loads",
    "find_loads",
    "loads_of",
    "partition_texts",
]

LOADS = "vibepiper_loads"
_COLUMNS = {
    "number": "BIGINT", "asset_table": "TEXT", "partition": "TEXT", "load_id": "TEXT",
    "cursor": "TEXT", "token": "BIGINT", "mode": "TEXT", "rows": "BIGINT",
    "total_rows": "BIGINT", "notes": "TEXT", "applied_at": "TIMESTAMPTZ",
}  # fmt: skip
_KEY = ("asset_table", "load_id", "partition")
_NULLABLE = ("cursor", "token", "total_rows")
_EVERY = 50
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a load did. ``total_rows``: of the table after it, None if unknown."""

    rows: int
    total_rows: int | None
    notes: tuple[str, ...] = ()


def create_loads(table: exp.Table) -> exp.Create:
    """CREATE TABLE IF NOT EXISTS, with its key: a load of a table is recorded once, or once for
    each partition that it wrote."""
    columns: list[exp.Expr] = []
    for name, kind in _COLUMNS.items():
        rules = [] if name in _NULLABLE else [exp.NotNullColumnConstraint()]
        constraints = [exp.ColumnConstraint(kind=rule) for rule in rules]
        columns.append(
            exp.ColumnDef(
                this=identifier(name), kind=exp.DataType.build(kind), constraints=constraints
            )
        )
    key = exp.PrimaryKey(expressions=[identifier(name) for name in _KEY])
    schema = exp.Schema(this=table.copy(), expressions=[*columns, key])
    return exp.Create(this=schema, kind="TABLE", exists=True)


def partition_texts(ref: AssetRef) -> list[str]:
    """The partitions that ``ref`` means, each as its keys, joined with ``/``; none if it means
    all of the asset. What is ``/`` or ``%`` in a key is written as in a URL."""
    if not ref.partition:
        return []
    return ["/".join(map(_escaped, keys.values())) for keys in ref.partition_keys()]


def _escaped(key: str) -> str:
    return key.replace("%", "%25").replace("/", "%2F")


@dataclass(frozen=True, slots=True)
class LoadLog:
    """The loads of one table: ``subject`` is its name. The table of loads must exist."""

    runner: Runner
    table: exp.Table
    subject: str

    def find(self, load_id: str) -> Recorded | None:
        names = ("rows", "total_rows", "notes")
        rows = self.runner.rows(self._select(*names).where(_is("load_id", load_id)))
        if not rows:
            return None
        written, total, notes = cast("tuple[int, int | None, str]", rows[0])
        return Recorded(written, total, tuple(json.loads(notes)))

    def record(self, ref: AssetRef, change: Change, mode: str, done: Recorded) -> None:
        """Writes that ``ref.load_id`` was published; the caller holds the table's lock."""
        number = self._greatest_number() + 1
        notes = json.dumps(done.notes)
        known = (ref.load_id, change.cursor, change.token, mode, done.rows, done.total_rows, notes)
        row: list[exp.Expr] = [*map(exp.convert, (number, self.subject)), column("partition", "p")]
        row += [*map(exp.convert, known), exp.CurrentTimestamp()]
        names = [identifier(name) for name in _COLUMNS]
        for some in _pieces(partition_texts(ref) or [""]):
            query = exp.select(*row).from_(_listed(some, "p", "partition"))
            self.runner.execute(exp.insert(query, self.table.copy(), columns=names))
        if number % _EVERY == 0:
            self.runner.execute(self._forget())

    def clear(self) -> None:
        """Forgets all loads of a table that is gone: what they wrote went with it."""
        self.runner.execute(exp.delete(self.table.copy()).where(_is("asset_table", self.subject)))

    def last(self, ref: AssetRef) -> Committed | None:
        """The last load of the partition; of an asset without one, its last load of any."""
        query = self._select("load_id", "cursor", "token")
        if partitions := partition_texts(ref):
            query = query.where(_among("partition", partitions))
        newest = exp.Ordered(this=column("number"), desc=True)
        rows = self.runner.rows(query.order_by(newest).limit(1))
        return Committed(*cast("tuple[str, str | None, int | None]", rows[0])) if rows else None

    def last_total(self) -> int | None:
        """How many rows the table had after its last load, if that is known."""
        newest = exp.Ordered(this=column("number"), desc=True)
        rows = self.runner.rows(self._select("total_rows").order_by(newest).limit(1))
        return cast("int | None", rows[0][0]) if rows else None

    def holds(self, ref: AssetRef) -> bool:
        """Whether each of the partitions was loaded, since all was last replaced."""
        number = math.prod(len(part.keys) for part in ref.partition)
        whole = self._select("number").where(_is("partition", ""), _is("mode", "replace"))
        newest = exp.select(exp.Max(this=column("number"))).from_(whole.subquery("w"))
        since = exp.Coalesce(this=newest.subquery(), expressions=[exp.Literal.number(0)])
        loaded = (
            self._select("partition")
            .where(*_meant(ref, number))
            .where(exp.GT(this=column("number"), expression=since))
            .distinct()
        )
        found = self.runner.rows(exp.select(count()).from_(loaded.subquery("l")))[0][0]
        return found == number

    def refuse_older(self, ref: AssetRef, token: int | None) -> None:
        """Raises `Fenced` when a load of what ``ref`` means, or of a part of it, had a greater
        token."""
        greatest = self._greatest_token(ref)
        if token is not None and greatest is not None and greatest > token:
            raise Fenced(
                f"asset '{ref.key}': this writer has the token {token}, and one with the token "
                f"{greatest} has written {self.subject} since",
                hint="Another run has taken over: this one must not go on.",
            )

    def refuse_others(self, ref: AssetRef, base: str, last: Committed | None) -> None:
        """Raises `Fenced` when the last load is not the one that a change is to follow."""
        found = "" if last is None else last.load_id
        if found != base:
            raise Fenced(
                f"asset '{ref.key}': this data was made to follow {_load(base)}, and the last "
                f"one in {self.subject} is {_load(found)}",
                hint="Another writer was faster. Run the asset again.",
            )

    def _greatest_token(self, ref: AssetRef) -> int | None:
        query = self._select().select(exp.Max(this=column("token")))
        asked: list[exp.Query] = [query]
        if partitions := partition_texts(ref):
            # Apart from each other: the loads of the whole are few, and those of a partition lie
            # together, so that an engine with statistics of its blocks reads little.
            asked = [query.where(_among("partition", some)) for some in ([""], partitions)]
        found = [self.runner.rows(each)[0][0] for each in asked]
        return max((cast("int", token) for token in found if token is not None), default=None)

    def _greatest_number(self) -> int:
        query = self._select().select(exp.Max(this=column("number")))
        return cast("int | None", self.runner.rows(query)[0][0]) or 0

    def _select(self, *names: str) -> exp.Select:
        return select_from(self.table, *map(column, names)).where(_is("asset_table", self.subject))

    def _forget(self) -> exp.Delete:
        """The loads of 90 days ago and more, but for the last of each partition."""
        newer = select_from(aliased(self.table, "n"), exp.Literal.number(1)).where(
            every(
                exp.EQ(this=column(name, "n"), expression=column(name, "o"))
                for name in ("asset_table", "partition")
            ),
            exp.GT(this=column("number", "n"), expression=column("number", "o")),
            exp.or_(
                is_null(column("token", "o")),
                exp.GTE(this=column("token", "n"), expression=column("token", "o")),
            ),
        )
        age = exp.Interval(this=exp.Literal.string("90"), unit=exp.var("DAY"))
        old = exp.Sub(this=exp.CurrentTimestamp(), expression=age)
        return exp.Delete(this=aliased(self.table, "o")).where(
            _is("asset_table", self.subject, "o"),
            exp.LT(this=column("applied_at", "o"), expression=old),
            exp.Exists(this=newer),
        )


def loads_of(store: SqlStore, name: TableName) -> LoadLog:
    """Of a table in whose schema there is the table of loads."""
    loads = TableName(name.schema, LOADS)
    return LoadLog(store, loads.tree(), store.dialect.folded(name.name))


def find_loads(store: SqlStore, name: TableName) -> LoadLog | None:
    """None where no load was ever published in the schema, and for a table that is not there:
    what was loaded is gone with it."""
    needed = (TableName(name.schema, LOADS), name)
    return loads_of(store, name) if all(map(store.find, needed)) else None


def _is(name: str, value: str, table: str | None = None) -> exp.Expr:
    return exp.EQ(this=column(name, table), expression=exp.Literal.string(value))


def _pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _AT_ONCE):
        yield texts[start : start + _AT_ONCE]


def _listed(texts: Sequence[str], table: str, name: str) -> exp.Values:
    """The texts as a table of one column."""
    found = exp.values([(text,) for text in texts])
    alias = exp.TableAlias(this=identifier(table), columns=[identifier(name)])
    found.set("alias", alias)
    return found


def _load(load_id: str) -> str:
    return f"the load {load_id}" if load_id else "no load"


def _meant(ref: AssetRef, number: int) -> list[exp.Expr]:
    """Holds for the partitions. Very many of time are asked for by their ends: their texts are in
    the order of time, and keys that others have written between these are counted beside them."""
    many = [place for place, part in enumerate(ref.partition) if len(part.keys) > 1]
    if number <= _AT_ONCE or len(many) != 1 or ref.partition[many[0]].begin is None:
        return [_among("partition", partition_texts(ref))]
    first, last = ("/".join(_escaped(p.keys[end]) for p in ref.partition) for end in (0, -1))
    name = column("partition")
    meant: list[exp.Expr] = [
        exp.Between(this=name, low=exp.Literal.string(first), high=exp.Literal.string(last))
    ]
    if rest := ref.partition[many[0] + 1 :]:
        # Keys before that of time are the same between the ends; those after it may be others.
        tail = "".join(f"/{_escaped(part.keys[0])}" for part in rest)
        ending = exp.Right(this=name, expression=exp.Literal.number(len(tail)))
        meant.append(exp.EQ(this=ending, expression=exp.Literal.string(tail)))
    return meant


def _among(name: str, values: Sequence[str]) -> exp.Expr:
    return exp.In(this=column(name), expressions=[exp.Literal.string(v) for v in values])
