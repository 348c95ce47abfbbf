"""Publishing of whole tables, where that is all a store does."""

from __future__ import annotations

from vibepiper.errors import StoreError
from vibepiper.io_manager import AssetRef

from vibepiper_sql.found_table import FoundTable, Mark
from vibepiper_sql.naming import TableName, side_table
from vibepiper_sql.replacing import refuse_foreign
from vibepiper_sql.sql_store import SqlStore

__all__ = ["find_staged", "staged_mark"]


def staged_mark(store: SqlStore, ref: AssetRef, staged: FoundTable | None) -> Mark:
    """What is noted on the staged table of a load. Raises `StoreError` where there is none."""
    if staged is None or staged.mark is None:
        raise StoreError(
            f"{store.place}: asset '{ref.key}': load {ref.load_id} is not staged",
            hint="Stage it again.",
        )
    return staged.mark


def find_staged(
    store: SqlStore, ref: AssetRef, name: TableName
) -> tuple[Mark, FoundTable | None] | None:
    """The mark of the staged load that is to replace the table, and the table if there is one;
    None where the load was published already."""
    side = side_table(name, ref.load_id or "", store.dialect)
    published, staged = store.find(name, side)
    refuse_foreign(store, name, published, ref.key)
    if published is not None and (mark := published.mark) and mark.load_id == ref.load_id:
        return None
    return staged_mark(store, ref, staged), published
