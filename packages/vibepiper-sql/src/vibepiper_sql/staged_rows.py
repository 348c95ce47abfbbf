"""The rules of a change for staged rows: what breaks them is refused before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp
from vibepiper.errors import DataError, suggest
from vibepiper.io_manager import Change
from vibepiper.partition_columns import not_of_partition

from vibepiper_sql.table_change import Runner, TableChange
from vibepiper_sql.trees import column, count, named, select_from

__all__ = ["check_columns", "check_rows", "outside", "repeated_keys"]


def check_columns(
    asset: str, names: Sequence[str], change: Change, *, partitioned: bool = False
) -> None:
    """Raises `DataError` when the staged data lacks a column that the change names, or has one
    that the store writes itself. ``partitioned``: a partition is written, which delete_insert
    needs no key for."""
    for name in (*change.key, change.order_by, change.deleted):
        if name is not None and name not in names:
            raise DataError(
                f"asset '{asset}': {change.mode} needs the column '{name}', which the staged "
                "data lacks",
                hint=suggest(name, names),
            )
    keyed = ("upsert", "scd2") if partitioned else ("upsert", "scd2", "delete_insert")
    if change.mode in keyed and not change.key:
        raise DataError(
            f"asset '{asset}': {change.mode} needs a key, and none is named",
            hint="Name it where the asset is declared: key=...",
        )
    if change.mode == "scd2":
        _check_history(asset, names, change)


def _check_history(asset: str, names: Sequence[str], change: Change) -> None:
    for name in (change.valid_from, change.valid_to):
        if name in names and name != change.order_by:
            raise DataError(
                f"asset '{asset}': the store itself writes the column '{name}', which the staged "
                "data has too",
                hint="Rename it, or name other columns with valid_from and valid_to.",
            )
    if change.at is None and (change.order_by is None or change.close_missing):
        raise DataError(
            f"asset '{asset}': scd2 needs to know the moment of the change", hint="Give Change.at."
        )


def check_rows(runner: Runner, plan: TableChange) -> None:
    """Raises `DataError` for staged rows outside the partition, for nulls in the key, and for
    keys that are repeated where only one row can count."""
    if plan.within is not None:
        _refuse_outside(runner, plan)
    if needed := _needed(plan):
        _refuse_nulls(runner, plan, needed)
    if unique := _unique(plan.change):
        _refuse_repeats(runner, plan, unique)


def outside(plan: TableChange, within: exp.Expr) -> exp.Select:
    """The staged rows that are not the partition's."""
    inside = exp.Coalesce(this=exp.paren(within.copy()), expressions=[exp.false()])
    return select_from(plan.staged, exp.Star()).where(exp.not_(inside))


def repeated_keys(table: exp.Table, key: Sequence[str]) -> exp.Select:
    """The keys that several rows have, and how many."""
    many = exp.GT(this=count(), expression=exp.Literal.number(1))
    columns = [column(name) for name in key]
    return select_from(table, *columns, named(count(), "~rows")).group_by(*columns).having(many)


def _refuse_outside(runner: Runner, plan: TableChange) -> None:
    assert plan.within is not None
    rows = outside(plan, plan.within)
    if not (found := _number(runner, rows)):
        return
    names = list(dict.fromkeys(tree.name for tree in plan.within.find_all(exp.Column)))
    example = runner.rows(rows.select(*map(column, names), append=False).limit(1))[0]
    raise not_of_partition(plan.asset, found, dict(zip(names, example, strict=True)))


def _needed(plan: TableChange) -> tuple[str, ...]:
    change = plan.change
    if plan.mode == "delete_insert" and plan.within is not None:
        return ()
    if plan.mode not in ("upsert", "delete_insert", "scd2"):
        return ()
    moment = change.order_by if plan.mode == "scd2" else None
    return change.key if moment is None else (*change.key, moment)


def _refuse_nulls(runner: Runner, plan: TableChange, names: Sequence[str]) -> None:
    filled = [exp.Count(this=column(name)) for name in names]
    total, *present = runner.rows(select_from(plan.staged, count(), *filled))[0]
    for name, number in zip(names, present, strict=True):
        missing = _int(total) - _int(number)
        if missing:
            what = "key" if name in plan.change.key else "order_by"
            raise DataError(
                f"asset '{plan.asset}': the {what} column '{name}' is null in {missing:,} of the "
                "staged rows",
                hint="Leave these rows out, or fill the column.",
            )


def _unique(change: Change) -> tuple[str, ...]:
    """The columns in which no two staged rows may be equal."""
    if change.mode == "upsert" and change.order_by is None:
        return change.key
    if change.mode == "scd2":
        return change.key if change.order_by is None else (*change.key, change.order_by)
    return ()


def _refuse_repeats(runner: Runner, plan: TableChange, unique: Sequence[str]) -> None:
    repeated = repeated_keys(plan.staged, unique)
    if not (found := _number(runner, repeated)):
        return
    *example, times = runner.rows(repeated.limit(1))[0]
    hint = "Make the key unique"
    if plan.change.order_by is None:
        hint += ", or say which row counts, by a column that grows: incremental(cursor=...)"
    raise DataError(
        f"asset '{plan.asset}': {found:,} keys are staged more than once, such as "
        f"{_said(unique, example)} ({times:,} rows)",
        hint=f"{hint}.",
    )


def _number(runner: Runner, query: exp.Select) -> int:
    counted = exp.select(count()).from_(query.subquery("found"))
    return _int(runner.rows(counted)[0][0])


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _said(names: Iterable[str], values: Iterable[object]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in zip(names, values, strict=True))
