"""``vibepiper quality anomalies --column``, and with an isolation forest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import pyarrow as pa
from vibepiper.cli.console import stdout
from vibepiper.cli.output import counted, print_json, print_table
from vibepiper.errors import DataError, UsageError

from vibepiper_quality.families import family_of
from vibepiper_quality.isolation import find_isolated_rows
from vibepiper_quality.limits import Method
from vibepiper_quality.opening import OpenedAsset
from vibepiper_quality.report import MASK, shown, shown_range
from vibepiper_quality.row_anomalies import find_row_anomalies
from vibepiper_quality.sampling import free_name

__all__ = ["FOREST", "FoundRows", "isolated_rows", "rows_outside", "show_rows"]

FOREST = "isolation_forest"


@dataclass(frozen=True, slots=True)
class FoundRows:
    """``number`` rows are anomalies, as ``fact`` says; the first of them are ``rows``. ``told`` is
    what a program is told beside."""

    fact: str
    number: int
    rows: Sequence[Mapping[str, object]]
    told: Mapping[str, object]


def rows_outside(
    opened: OpenedAsset, columns: Sequence[str], method: str, threshold: float | None, limit: int
) -> FoundRows:
    """Anomalies by the one column."""
    if len(columns) > 1:
        raise UsageError(
            f"--method {method} judges one --column, found {', '.join(columns)}",
            hint=f"--method {FOREST} judges several together.",
        )
    (column,) = columns
    _refuse_masked(opened, columns)
    found = find_row_anomalies(
        opened.table, column, method=cast("Method", method), threshold=threshold
    )
    number, rows = found.rows.count(), _masked(opened, found.rows.limit(limit).to_table())
    usual = "nothing" if found.limits is None else shown_range(found.limits)
    fact = f"{column}: usual is {usual}; {counted(number, 'row')} outside"
    return FoundRows(fact, number, rows, {"column": column, "limits": found.limits})


def isolated_rows(
    opened: OpenedAsset, columns: Sequence[str], threshold: float | None, limit: int
) -> FoundRows:
    """Anomalies by the columns together; with none given, by all of numbers that may be shown.
    Each row has its score before it, as ``score_`` where a column is of that name."""
    _refuse_masked(opened, columns)
    chosen = columns or _open_numbers(opened)
    found = find_isolated_rows(opened.table, chosen, threshold=threshold)
    number = len(found.scores)
    scored = zip(found.scores, _masked(opened, found.rows.slice(0, limit)), strict=False)
    name = free_name("score", opened.table.columns)
    rows = [{name: round(score, 3), **row} for score, row in scored]
    unjudged = f"; {found.unjudged:,} not judged" if found.unjudged else ""
    names = ", ".join(found.columns)
    fact = f"{names}: {counted(number, 'row')} of score {found.threshold:g} or more{unjudged}"
    told = {"columns": found.columns, "threshold": found.threshold, "unjudged": found.unjudged}
    return FoundRows(fact, number, rows, told)


def show_rows(asset: str, found: FoundRows, *, as_json: bool) -> None:
    if as_json:
        print_json({"asset": asset, **found.told, "anomalies": found.number, "rows": found.rows})
        return
    stdout.print(found.fact, markup=False)
    if found.rows:
        lines = [tuple(map(shown, row.values())) for row in found.rows]
        print_table(list(found.rows[0]), lines)


def _open_numbers(opened: OpenedAsset) -> list[str]:
    found = [
        field.name
        for field in opened.table.schema
        if family_of(field.type) == "number" and field.name not in opened.masked
    ]
    if not found:
        raise DataError(f"asset '{opened.asset.key}' has no column of numbers that may be shown")
    return found


def _refuse_masked(opened: OpenedAsset, columns: Iterable[str]) -> None:
    for column in columns:
        if column in opened.masked:
            raise DataError(
                f"column '{column}' of asset '{opened.asset.key}' is tagged as secret or pii: what "
                "is usual of it is not shown"
            )


def _masked(opened: OpenedAsset, rows: pa.Table) -> list[Mapping[str, object]]:
    return [
        {n: MASK if n in opened.masked else value for n, value in row.items()}
        for row in rows.to_pylist()
    ]
