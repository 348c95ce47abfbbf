"""Where an asset's data lies, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp
from vibepiper.errors import NotMaterialized
from vibepiper.io_manager import AssetRef, Committed, HeldRange

from vibepiper_sql.held_partitions import find_held
from vibepiper_sql.load_log import find_loads, partition_texts
from vibepiper_sql.naming import TableName, side_table
from vibepiper_sql.slices import slice_filter
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.trees import column

__all__ = ["AssetTable", "not_materialized"]


@dataclass(frozen=True, slots=True)
class AssetTable:
    """What ``ref`` means in a store: ``published``, the table of a load beside it, or the rows
    of a partition."""

    store: SqlStore
    ref: AssetRef
    published: TableName

    @property
    def name(self) -> TableName:
        """The table that holds the data."""
        if self.ref.load_id is None:
            return self.published
        return side_table(self.published, self.ref.load_id, self.store.dialect)

    def exists(self) -> bool:
        """Of a staged load: when it is written whole. Of partitions: when each was loaded."""
        if self.ref.load_id is None and self.ref.partition:
            held = find_held(self.store, self.published)
            return held is not None and held.holds(self.ref)
        (table,) = self.store.find(self.name)
        return table is not None and (self.ref.load_id is None or table.mark is not None)

    def held(self) -> list[HeldRange]:
        """The partitions that are there: of the asset, or of those that are meant."""
        held = find_held(self.store, self.published)
        return [] if held is None else list(held.ranges(self.ref))

    def within(self) -> exp.Expr | None:
        """Holds for the rows that are meant; None where all are. Raises `NotMaterialized`."""
        if not self.exists():
            found = bool(self.ref.partition) and any(self.store.find(self.name))
            raise not_materialized(self.store.place, self.ref, self.name, table=found)
        if not self.ref.partition or self.ref.load_id is not None:
            return None
        return slice_filter(self.ref.key, self.ref.partition, self.store.schema(self.name))

    def query(self, *columns: exp.Expr) -> exp.Select:
        """The columns, all unless given, of the rows that are meant. Raises `NotMaterialized`."""
        within = self.within()
        rows = exp.select(*(columns or ("*",))).from_(self.name.tree())
        return rows if within is None else rows.where(within)

    def greatest(self, name: str) -> exp.Select | None:
        """A query for the greatest value of a column; None where there is no data."""
        return self.query(exp.Max(this=column(name))) if self.exists() else None

    def committed(self) -> Committed | None:
        log = find_loads(self.store, self.published)
        return None if log is None else log.last(self.ref)

    def is_committed(self) -> bool:
        log = find_loads(self.store, self.published)
        return log is not None and log.look(self.ref).done is not None


def not_materialized(
    place: str, ref: AssetRef, name: TableName, *, table: bool = False
) -> NotMaterialized:
    """``table``: there is one, and it lacks the partition."""
    missing = f"asset '{ref.key}' has no table {name}"
    if table:
        parts = ", ".join(partition_texts(ref))
        missing = f"asset '{ref.key}': {name} has not all of the partitions {parts}"
    return NotMaterialized(f"{place}: {missing}")
