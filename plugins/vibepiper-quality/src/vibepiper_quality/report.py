"""A profile for people, on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from vibepiper.cli.output import counted

from vibepiper_quality.limits import Limits
from vibepiper_quality.profile import ColumnProfile, Frequent, Profile

__all__ = ["COLUMNS", "RIGHT", "facts", "rows", "shown", "shown_range", "sparkline"]

COLUMNS = ("column", "type", "nulls", "distinct", "low", "median", "high", "mean", "most frequent")
RIGHT = ("nulls", "distinct", "low", "median", "high", "mean")
MASK = "****"
_STRONG = 0.5
_BARS = "▁▂▃▄▅▆▇█"


def facts(profile: Profile) -> Iterator[str]:
    """What is said of the table as a whole, a line each."""
    size = f"{counted(profile.rows, 'row')}, {counted(len(profile.columns), 'column')}"
    scans = counted(profile.scans, "scan")
    told = "exact" if profile.exact else f"values of {profile.sampled:,} random rows"
    yield f"{size}; {told}, in {scans}"
    if profile.keys:
        yield "keys: " + ", ".join("+".join(key) for key in profile.keys)
    for each in profile.correlations:
        if abs(each.coefficient) >= _STRONG:
            yield f"correlated: {each.left}, {each.right} ({each.coefficient:+.2f})"
    for dependency in profile.dependencies or ():
        yield f"depends: {dependency.determinant} -> {dependency.dependent}"


def rows(profile: Profile) -> Iterator[tuple[str, ...]]:
    """A line for each column, as `COLUMNS` names its parts; ``~`` marks an estimate."""
    for column in profile.columns:
        yield (
            column.name,
            column.type,
            f"{column.nulls / profile.rows:.1%}" if column.nulls else "",
            _distinct(column),
            *_range(column),
            MASK if column.masked else _frequent(column),
        )


def shown(value: object) -> str:
    """One short line: numbers to six digits, times without a midnight."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")
    text = " ".join(str(value).split())
    return text if len(text) <= 24 else text[:23] + "…"


def shown_range(limits: Limits) -> str:
    return f"{shown(limits.low)} to {shown(limits.high)}"


def sparkline(values: Sequence[float]) -> str:
    """A bar of eight heights for each number, from the least to the greatest."""
    low, high = min(values), max(values)
    step = (high - low) / (len(_BARS) - 1) or 1
    return "".join(_BARS[round((value - low) / step)] for value in values)


def _distinct(column: ColumnProfile) -> str:
    if column.distinct is None:
        return ""
    return f"{'' if column.distinct_exact else '~'}{column.distinct:,}"


def _range(column: ColumnProfile) -> tuple[str, str, str, str]:
    if column.masked or column.lengths is None:
        median = column.quantiles.get("0.5")
        return shown(column.low), shown(median), shown(column.high), shown(column.mean)
    lengths = column.lengths
    return f"{lengths.shortest} chars", "", f"{lengths.longest} chars", f"{lengths.mean:.1f} chars"


def _frequent(column: ColumnProfile) -> str:
    if column.unique:
        return _listed(column.patterns[:2])
    return _listed(column.top[:3])


def _listed(found: Iterable[Frequent]) -> str:
    return ", ".join(f"{shown(each.value) or repr(each.value)} {each.share:.0%}" for each in found)
