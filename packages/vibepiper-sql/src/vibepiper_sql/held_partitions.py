"""The table ``vibepiper_partitions`` beside published tables: which partitions each of them holds,
written in one transaction with their rows.

Partitions of time that follow each other are one row, from the instant when the first begins up to
the one when the last ends: a million of them are asked for, and held, as fast as one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlglot import exp
from vibepiper.io_manager import AssetRef, HeldRange, Slice

from vibepiper_sql.definitions import make_table
from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.table_change import Runner
from vibepiper_sql.trees import among, column, count, every, identifier, is_text, select_from

__all__ = [
    "PARTITIONS",
    "HeldPartitions",
    "create_partitions",
    "find_held",
    "held_of",
    "joined_keys",
]

PARTITIONS = "vibepiper_partitions"
_COLUMNS = {"asset_table": "TEXT", "labels": "TEXT", "since": "BIGINT", "until": "BIGINT"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALWAYS = (0, 1)
"""The range of partitions that have no dimension of time."""

Range = tuple[int, int]


def create_partitions(table: exp.Table) -> exp.Create:
    """CREATE TABLE IF NOT EXISTS: ``labels`` are the keys of all dimensions but that of time,
    ``since`` and ``until`` microseconds since 1970 (UTC)."""
    return make_table(table, _COLUMNS)


def joined_keys(keys: tuple[str, ...]) -> str:
    """The keys of a partition as one text. What is ``/`` or ``%`` in a key is written as in a
    URL."""
    return "/".join(key.replace("%", "%25").replace("/", "%2F") for key in keys)


def _parted(labels: str) -> tuple[str, ...]:
    """The keys that were `joined_keys`."""
    found = labels.split("/") if labels else []
    return tuple(key.replace("%2F", "/").replace("%25", "%") for key in found)


@dataclass(frozen=True, slots=True)
class HeldPartitions:
    """Those of one table: ``subject`` is its name. The table of partitions must exist; who changes
    it has the lock on that one table."""

    runner: Runner
    table: exp.Table
    subject: str

    def holds(self, ref: AssetRef) -> bool:
        """Whether each of the partitions that ``ref`` names is there."""
        labels, (since, until) = _named(ref)
        query = select_from(self.table, count()).where(
            self._own(),
            among("labels", labels),
            exp.LTE(this=column("since"), expression=exp.convert(since)),
            exp.GTE(this=column("until"), expression=exp.convert(until)),
        )
        return self.runner.rows(query)[0][0] == len(labels)

    def ranges(self, ref: AssetRef) -> Iterator[HeldRange]:
        """All that are there, or those that hold some of the partitions that ``ref`` names."""
        named = (column("labels"), column("since"), column("until"))
        query = select_from(self.table, *named).where(self._own())
        if ref.partition:
            asked, (begin, end) = _named(ref)
            query = query.where(
                among("labels", asked),
                exp.LT(this=column("since"), expression=exp.convert(end)),
                exp.GT(this=column("until"), expression=exp.convert(begin)),
            )
        for labels, since, until in cast("list[tuple[str, int, int]]", self.runner.rows(query)):
            whole = (since, until) == _ALWAYS
            bounds = (None, None) if whole else (_instant(since), _instant(until))
            yield HeldRange(_parted(labels), *bounds)

    def add(self, ref: AssetRef) -> None:
        """The partitions that ``ref`` names are there now."""
        labels, one = _named(ref)
        for label in labels:
            self._add(label, one)

    def clear(self) -> None:
        """None of them is there any more."""
        self.runner.execute(exp.delete(self.table.copy()).where(self._own()))

    def _add(self, label: str, new: Range) -> None:
        touched = self._touched(label, new)
        whole = (min(r[0] for r in (*touched, new)), max(r[1] for r in (*touched, new)))
        if not touched:
            self._insert(label, new)
        elif touched != [whole]:
            for other in touched[1:]:
                self.runner.execute(exp.delete(self.table.copy()).where(self._row(label, other)))
            self._update(label, touched[0], whole)

    def _touched(self, label: str, new: Range) -> list[Range]:
        """The ranges that ``new`` overlaps, or begins or ends at."""
        query = select_from(self.table, column("since"), column("until")).where(
            self._own(),
            is_text("labels", label),
            exp.LTE(this=column("since"), expression=exp.convert(new[1])),
            exp.GTE(this=column("until"), expression=exp.convert(new[0])),
        )
        return cast("list[Range]", [tuple(row) for row in self.runner.rows(query)])

    def _insert(self, label: str, new: Range) -> None:
        row = exp.select(*map(exp.convert, (self.subject, label, *new)))
        columns = [identifier(name) for name in _COLUMNS]
        self.runner.execute(exp.insert(row, self.table.copy(), columns=columns))

    def _update(self, label: str, old: Range, new: Range) -> None:
        values = zip(("since", "until"), new, strict=True)
        sets = [exp.EQ(this=column(name), expression=exp.convert(at)) for name, at in values]
        changed = exp.Update(this=self.table.copy(), expressions=sets)
        self.runner.execute(changed.where(self._row(label, old)))

    def _row(self, label: str, held: Range) -> exp.Expr:
        """No two rows of a label begin at once."""
        since = exp.EQ(this=column("since"), expression=exp.convert(held[0]))
        return every([self._own(), is_text("labels", label), since])

    def _own(self) -> exp.Expr:
        return is_text("asset_table", self.subject)


def held_of(store: SqlStore, name: TableName) -> HeldPartitions:
    """Of a table in whose schema there is the table of partitions."""
    partitions = TableName(name.schema, PARTITIONS)
    return HeldPartitions(store, partitions.tree(), store.dialect.folded(name.name))


def find_held(store: SqlStore, name: TableName) -> HeldPartitions | None:
    """None where no partition was ever published in the schema, and for a table that is not there:
    what it held is gone with it."""
    needed = (TableName(name.schema, PARTITIONS), name)
    return held_of(store, name) if all(store.find(*needed)) else None


def _named(ref: AssetRef) -> tuple[list[str], Range]:
    """The labels of the partitions, and the range that they all have."""
    time = next((part for part in ref.partition if _is_time(part)), None)
    rest = [part.keys for part in ref.partition if part is not time]
    labels = [joined_keys(keys) for keys in itertools.product(*rest)]
    if time is None:
        return labels, _ALWAYS
    return labels, (_moment(time.begin), _moment(time.end))


def _is_time(part: Slice) -> bool:
    return part.begin is not None and part.end is not None


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _moment(at: datetime | None) -> int:
    assert at is not None
    return (at - _EPOCH) // timedelta(microseconds=1)
