"""The table ``vibepiper_loads`` beside published tables: which loads were published, written in
one transaction with their rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from sqlglot import exp
from vibepiper.errors import Fenced
from vibepiper.io_manager import AssetRef, Change, Committed

from vibepiper_sql.definitions import make_table
from vibepiper_sql.held_partitions import joined_keys
from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.table_change import Runner
from vibepiper_sql.trees import (
    aliased,
    among,
    column,
    every,
    identifier,
    is_null,
    is_text,
    select_from,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "LOADS",
    "LoadLog",
    "Recorded",
    "Seen",
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
    """What a load did. ``total_rows``: of the table after it, None if unknown. ``schema``, which no
    log keeps: the table's after it, None where it must be asked for."""

    rows: int
    total_rows: int | None
    notes: tuple[str, ...] = ()
    schema: pa.Schema | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a log says of a load: what it did, if it is there, the greatest token of those that
    wrote the same partitions or the whole, and the greatest number of any."""

    done: Recorded | None
    token: int | None
    number: int


def create_loads(table: exp.Table) -> exp.Create:
    """CREATE TABLE IF NOT EXISTS, with its key: a load of a table is recorded once, or once for
    each partition that it wrote."""
    made = make_table(table, _COLUMNS, _NULLABLE)
    key = exp.PrimaryKey(expressions=[identifier(name) for name in _KEY])
    made.this.append("expressions", key)
    return made


def partition_texts(ref: AssetRef) -> list[str]:
    """The partitions that ``ref`` means, each as its keys, joined with ``/``; none if it means
    all of the asset. What is ``/`` or ``%`` in a key is written as in a URL."""
    if not ref.partition:
        return []
    return [joined_keys(tuple(keys.values())) for keys in ref.partition_keys()]


@dataclass(frozen=True, slots=True)
class LoadLog:
    """The loads of one table: ``subject`` is its name. The table of loads must exist."""

    runner: Runner
    table: exp.Table
    subject: str

    def look(self, ref: AssetRef) -> Seen:
        """For the load of ``ref``, in one question: a store may have a million others."""
        own = is_text("load_id", ref.load_id or "")
        done = [_where(exp.Max(this=column(n)), own) for n in ("rows", "total_rows", "notes")]
        tokens = [exp.Max(this=column("token")), self._token_of_whole().subquery()]
        number = self._select().select(exp.Max(this=column("number")))
        query = self._select().select(number.subquery(), *tokens, *done)
        if partitions := partition_texts(ref):
            query = query.where(among("partition", partitions))
        last, token, whole, rows, total, notes = cast(
            "tuple[int | None, int | None, int | None, int | None, int | None, str]",
            self.runner.rows(query)[0],
        )
        found = None if rows is None else Recorded(rows, total, tuple(json.loads(notes)))
        greatest = max((each for each in (token, whole) if each is not None), default=None)
        return Seen(found, greatest, last or 0)

    def record(self, ref: AssetRef, change: Change, mode: str, done: Recorded, seen: Seen) -> None:
        """Writes that ``ref.load_id`` was published; the caller has held the table's lock since
        `look` told ``seen``."""
        number = seen.number + 1
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
        self.runner.execute(exp.delete(self.table.copy()).where(self._own()))

    def last(self, ref: AssetRef) -> Committed | None:
        """The last load of the partition; of an asset without one, its last load of any."""
        query = self._select("load_id", "cursor", "token")
        if partitions := partition_texts(ref):
            query = query.where(among("partition", partitions))
        rows = self.runner.rows(query.order_by(_newest()).limit(1))
        return Committed(*cast("tuple[str, str | None, int | None]", rows[0])) if rows else None

    def last_total(self) -> int | None:
        """How many rows the table had after its last load, if that is known."""
        rows = self.runner.rows(self._select("total_rows").order_by(_newest()).limit(1))
        return cast("int | None", rows[0][0]) if rows else None

    def refuse_older(self, ref: AssetRef, token: int | None, seen: Seen) -> None:
        """Raises `Fenced` when a load of what ``ref`` means, or of a part of it, had a greater
        token; ``seen`` is what `look` told of it."""
        if token is not None and seen.token is not None and seen.token > token:
            raise Fenced(
                f"asset '{ref.key}': this writer has the token {token}, and one with the token "
                f"{seen.token} has written {self.subject} since",
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

    def _token_of_whole(self) -> exp.Select:
        """The greatest token of the loads of the whole. Looked for apart from a partition's, which
        lie together, so that an engine with statistics of its blocks reads little."""
        query = self._select().select(exp.Max(this=column("token")))
        return query.where(is_text("partition", ""))

    def _select(self, *names: str) -> exp.Select:
        return select_from(self.table, *map(column, names)).where(
            is_text("asset_table", self.subject)
        )

    def _own(self, table: str | None = None) -> exp.Expr:
        return is_text("asset_table", self.subject, table)

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
            self._own("o"),
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
    return loads_of(store, name) if all(store.find(*needed)) else None


def _pieces(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), _AT_ONCE):
        yield texts[start : start + _AT_ONCE]


def _listed(texts: Sequence[str], table: str, name: str) -> exp.Values:
    """The texts as a table of one column."""
    found = exp.values([(text,) for text in texts])
    alias = exp.TableAlias(this=identifier(table), columns=[identifier(name)])
    found.set("alias", alias)
    return found


def _newest() -> exp.Ordered:
    """There is no number that is null: an index is read backwards as PostgreSQL's are ordered."""
    return exp.Ordered(this=column("number"), desc=True, nulls_first=True)


def _load(load_id: str) -> str:
    return f"the load {load_id}" if load_id else "no load"


def _where(aggregate: exp.AggFunc, condition: exp.Expr) -> exp.Filter:
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition.copy()))
