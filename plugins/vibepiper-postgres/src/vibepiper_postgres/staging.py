"""Writing a load beside the published table, and putting it in the table's place."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import StoreError

from vibepiper_postgres.names import TableName, side_prefix
from vibepiper_postgres.session import Session
from vibepiper_postgres.tables import (
    Mark,
    Table,
    attached_to,
    column_types,
    comment_on,
    drop_table,
    find_table,
    find_tables,
    referring_to,
    rename_table,
)

__all__ = ["claim", "collect", "refuse_foreign", "replace", "unclaim"]

_KINDS = {"v": "a view", "m": "a materialized view", "p": "a partitioned table", "i": "an index"}


def claim(session: Session, side: TableName) -> None:
    """Marks the load as alive for as long as the session lasts, or until `unclaim`."""
    if not _try_lock(session, side):
        raise StoreError(
            f"{session.address}: load {side.name} is being written by another process",
            hint="Give each write a load id of its own.",
        )


def unclaim(session: Session, side: TableName) -> None:
    session.rows("SELECT pg_advisory_unlock($1)", (side.lock_key,))


def _try_lock(session: Session, side: TableName) -> bool:
    return bool(session.rows("SELECT pg_try_advisory_lock($1)", (side.lock_key,))[0][0])


def collect(session: Session, table: TableName) -> None:
    """Drops what processes that died left of earlier loads of the table. A load that a living
    process has claimed stays."""
    for side in find_tables(session, table.schema, side_prefix(table)):
        if _try_lock(session, side):
            session.execute(drop_table(side))
            unclaim(session, side)


def refuse_foreign(session: Session, name: TableName, asset: str) -> Table | None:
    """The published table, if there is one. Raises `StoreError` for what is not the asset's
    to replace: a view, another asset's table, one that VibePiper never wrote."""
    table = find_table(session, name)
    if table is None:
        return None
    if not table.is_table:
        what = _KINDS.get(table.kind, "no ordinary table")
        raise StoreError(
            f"{session.address}: asset '{asset}' is stored in {name}, which is {what}",
            hint="Drop it, or give the asset another uri.",
        )
    if table.mark is None:
        raise StoreError(
            f"{session.address}: {name} exists and was not written by VibePiper, so asset "
            f"'{asset}' may not replace it",
            hint="Drop or rename the table, or give the asset another uri.",
        )
    if table.mark.asset != asset:
        raise StoreError(
            f"{session.address}: {name} holds asset '{table.mark.asset}', so asset '{asset}' "
            "may not replace it",
            hint="Give one of the two another uri.",
        )
    return table


def replace(session: Session, name: TableName, side: TableName, mark: Mark) -> None:
    """Makes the side table the published one, within the caller's transaction.

    A table that nothing hangs on is dropped and the side table takes its name. One with views,
    indexes, grants or the like keeps its identity: its rows are replaced.
    """
    session.rows("SELECT pg_advisory_xact_lock($1)", (name.lock_key,))
    old = refuse_foreign(session, name, mark.asset)
    if old is None:
        session.execute(rename_table(side, name.name))
    elif attached := attached_to(session, old):
        _replace_rows(session, name, old, side, attached)
        session.execute(comment_on(name, mark.written(old.comment)))
    else:
        session.execute(comment_on(side, mark.written(old.comment)))
        session.execute(drop_table(name))
        session.execute(rename_table(side, name.name))


def _replace_rows(
    session: Session, name: TableName, old: Table, side: TableName, attached: list[str]
) -> None:
    new = find_table(session, side)
    columns = {} if new is None else column_types(session, new)
    if columns.items() ^ (present := column_types(session, old)).items():
        raise StoreError(
            f"{session.address}: {name} changes its columns from {_columns(present)} to "
            f"{_columns(columns)}, which would break {', '.join(attached)}",
            hint=f"Drop what hangs on {name}, run again, and create it anew.",
        )
    if referring := referring_to(session, old):
        raise StoreError(
            f"{session.address}: rows of {name} cannot be replaced while other tables refer to "
            f"them: {', '.join(referring)}",
            hint="Drop the foreign keys.",
        )
    names = [exp.to_identifier(column, quoted=True) for column in columns]
    rows = exp.select(*(exp.column(each) for each in names)).from_(side.tree())
    session.execute(exp.delete(name.tree()))
    session.execute(exp.insert(rows, name.tree(), columns=names))
    session.execute(drop_table(side))


def _columns(columns: dict[str, str]) -> str:
    return "(" + ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ")"
