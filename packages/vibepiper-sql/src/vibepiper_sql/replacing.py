"""Putting a load in the place of the published table."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import StoreError

from vibepiper_sql.definitions import comment_on, drop_table, rename_table
from vibepiper_sql.found_table import FoundTable, Mark
from vibepiper_sql.naming import TableName
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.trees import column, identifier, select_from

__all__ = ["refuse_foreign", "replace_rows", "replace_table"]


def refuse_foreign(store: SqlStore, name: TableName, table: FoundTable | None, asset: str) -> None:
    """Raises `StoreError` where ``table``, which the store found as ``name``, is not the asset's
    to replace: a view, another asset's table, one that VibePiper never wrote."""
    if table is None:
        return
    if table.other is not None:
        raise StoreError(
            f"{store.place}: asset '{asset}' is stored in {name}, which is {table.other}",
            hint="Drop it, or give the asset another uri.",
        )
    if table.mark is None:
        raise StoreError(
            f"{store.place}: {name} exists and was not written by VibePiper, so asset "
            f"'{asset}' may not replace it",
            hint="Drop or rename the table, or give the asset another uri.",
        )
    if table.mark.asset != asset:
        raise _others(store, name, table.mark.asset, asset)


def _others(store: SqlStore, name: TableName, owner: str, asset: str) -> StoreError:
    why = f" ({store.dialect.title}'s names ignore case)" if store.dialect.ignores_case else ""
    return StoreError(
        f"{store.place}: {name} holds asset '{owner}', so asset '{asset}' may not replace it{why}",
        hint="Give one of the two another uri.",
    )


def replace_table(
    store: SqlStore, name: TableName, side: TableName, mark: Mark, old: FoundTable | None
) -> None:
    """Makes the side table the published one. ``old`` is what the store found as ``name``.

    A table that nothing hangs on is dropped and the side table takes its name. One with views,
    indexes, grants or the like keeps its identity: its rows are replaced.
    """
    comment = mark.written(None if old is None else old.comment)
    if old is not None and (attached := store.attached(name)):
        replace_rows(store, name, side, attached)
        store.execute(drop_table(side))
        store.execute(comment_on(name, comment))
        return
    store.execute(comment_on(side, comment))
    if old is not None:
        store.execute(drop_table(name))
    store.execute(rename_table(side, name.name))


def replace_rows(store: SqlStore, name: TableName, side: TableName, attached: list[str]) -> None:
    """Puts the side table's rows in the place of the table's. Raises `StoreError` where the columns
    differ, which would break what is ``attached``."""
    present, columns = store.column_types(name), store.column_types(side)
    if columns.items() ^ present.items():
        raise StoreError(
            f"{store.place}: {name} changes its columns from {_columns(present)} to "
            f"{_columns(columns)}, which would break {', '.join(attached)}",
            hint=f"Drop what hangs on {name}, run again, and create it anew.",
        )
    rows = select_from(side.tree(), *map(column, columns))
    store.execute(exp.delete(name.tree()))
    store.execute(exp.insert(rows, name.tree(), columns=[*map(identifier, columns)]))


def _columns(columns: dict[str, str]) -> str:
    return "(" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ")"
