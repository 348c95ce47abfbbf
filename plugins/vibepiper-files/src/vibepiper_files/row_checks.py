"""What the keys of staged rows must be for a change to have a meaning, asked of DuckDB."""

from __future__ import annotations

from sqlglot import exp
from vibepiper.errors import DataError
from vibepiper.io_manager import Change

from vibepiper_files.row_queries import STAGED, Rows, column, named, select_from

__all__ = ["check_keys"]


def check_keys(asset: str, rows: Rows) -> None:
    """Raises `DataError` for keys that are null or, where that has no meaning, repeated."""
    change = rows.change
    needed = [*change.key]
    if change.mode == "scd2" and change.order_by is not None:
        needed.append(change.order_by)
    for name in needed:
        missing = exp.Is(this=column(name), expression=exp.null())
        found = rows.table(_count().where(missing))["n"][0].as_py()
        if found:
            raise DataError(
                f"asset '{asset}': the {'key' if name in change.key else 'order_by'} column "
                f"'{name}' is null in {found:,} of the staged rows",
                hint="Leave these rows out, or fill the column.",
            )
    if unique := _unique(change):
        _refuse_repeats(asset, rows, unique)


def _unique(change: Change) -> tuple[str, ...]:
    """The columns in which no two staged rows may be equal."""
    if change.mode == "upsert" and change.order_by is None:
        return change.key
    if change.mode == "scd2":
        return (*change.key, *([change.order_by] if change.order_by else []))
    return ()


def _refuse_repeats(asset: str, rows: Rows, unique: tuple[str, ...]) -> None:
    count = named(exp.Count(this=exp.Star()), "n")
    repeated = (
        select_from(STAGED, *map(column, unique), count)
        .group_by(*map(column, unique))
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
    )
    example = rows.table(repeated.limit(1)).to_pylist()
    if example:
        total = exp.select(_count().selects[0]).from_(repeated.subquery("r"))
        times = example[0].pop("n")
        said = ", ".join(f"{name} = {value!r}" for name, value in example[0].items())
        raise DataError(
            f"asset '{asset}': {rows.table(total)['n'][0].as_py():,} keys are staged more than "
            f"once, such as {said} ({times:,} rows)",
            hint="Make the key unique"
            + (
                ", or say which row counts, by a column that grows: incremental(cursor=...)."
                if rows.change.order_by is None
                else "."
            ),
        )


def _count() -> exp.Select:
    return select_from(STAGED, named(exp.Count(this=exp.Star()), "n"))
