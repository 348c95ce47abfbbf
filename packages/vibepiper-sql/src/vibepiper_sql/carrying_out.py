"""A change, statement by statement, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable

from vibepiper_sql.history import history
from vibepiper_sql.modes import Statement, append, delete_insert, keep_latest, upsert
from vibepiper_sql.staged_rows import check_rows, repeated_keys
from vibepiper_sql.table_change import Runner, TableChange

__all__ = ["carry_out", "change_rows", "settle", "statements"]

_MODES: dict[str, Callable[[TableChange], list[Statement]]] = {
    "append": append,
    "upsert": upsert,
    "delete_insert": delete_insert,
    "scd2": history,
}


def statements(plan: TableChange) -> list[Statement]:
    """What changes the published table, in this order. `settle` the staged rows first."""
    return _MODES[plan.mode](plan)


def settle(runner: Runner, plan: TableChange) -> None:
    """Checks the staged rows, and of several of a key leaves the one that counts."""
    check_rows(runner, plan)
    order_by = plan.change.order_by
    if plan.mode != "upsert" or order_by is None:
        return
    if runner.rows(repeated_keys(plan.staged, plan.change.key).limit(1)):
        runner.execute(keep_latest(plan, order_by).tree)


def carry_out(runner: Runner, plan: TableChange) -> int:
    """Settles the staged rows, changes the published ones, and returns how many more of these
    there are."""
    settle(runner, plan)
    return change_rows(runner, plan)


def change_rows(runner: Runner, plan: TableChange) -> int:
    """`carry_out` of staged rows that are settled."""
    return sum(_effect(runner, statement) for statement in statements(plan))


def _effect(runner: Runner, statement: Statement) -> int:
    if statement.effect == "counts":
        (added,) = runner.rows(statement.tree)[0]
        assert isinstance(added, int)
        return added
    touched = runner.execute(statement.tree)
    return {"adds": touched, "removes": -touched, "keeps": 0}[statement.effect]
