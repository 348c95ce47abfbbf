"""Drift for people, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from vibepiper.cli.console import stdout
from vibepiper.cli.output import print_json, print_table

from vibepiper_quality.drift import ColumnDrift, Drift, DriftTest
from vibepiper_quality.report import shown

__all__ = ["show_drift"]

RIGHT = ("psi", "jensen-shannon", "ks", "wasserstein", "chi-square", "p")
COLUMNS = ("column", "", *RIGHT)


def show_drift(compared: Mapping[str, str], drift: Drift, *, as_json: bool) -> None:
    """``compared`` names the two sides, for programs."""
    if as_json:
        print_json({**compared, "drifted": drift.drifted, **asdict(drift)})
        return
    for line in facts(drift):
        stdout.print(line, markup=False)
    stdout.print()
    print_table(COLUMNS, rows(drift), right=RIGHT)


def facts(drift: Drift) -> Iterator[str]:
    number = sum(column.drifted for column in drift.columns)
    before, now = drift.sampled
    yield f"{number} of {len(drift.columns)} columns drifted ({before:,} rows, now {now:,})"
    for name in drift.added:
        yield f"column {name}: only now"
    for name in drift.removed:
        yield f"column {name}: no more"


def rows(drift: Drift) -> Iterator[tuple[str, ...]]:
    """A line for each column, as `COLUMNS` names its parts."""
    for column in drift.columns:
        test = column.ks or column.chi_square
        yield (
            column.name,
            _verdict(column),
            shown(column.psi),
            shown(column.jensen_shannon),
            _statistic(column.ks),
            shown(column.wasserstein),
            _statistic(column.chi_square),
            "" if test is None else f"{test.p:.3g}",
        )


def _verdict(column: ColumnDrift) -> str:
    if column.retyped is not None:
        return f"was {column.retyped[0]}, is {column.retyped[1]}"
    return "drifted" if column.drifted else ""


def _statistic(test: DriftTest | None) -> str:
    return "" if test is None else shown(test.statistic)
