"""A profile as one page of HTML, with charts, that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from vibepiper.html_pages import html_page

from vibepiper_quality.profile import Bin, ColumnProfile, Frequent, Profile
from vibepiper_quality.report import MASK, facts, shown

__all__ = ["STYLE", "profile_page", "profile_sections"]

STYLE = """
section > div { display: flex; flex-wrap: wrap; gap: 2rem; }
section table { width: auto; } section td { border: 0; padding: .1rem .7rem .1rem 0; }
figure { margin: 0; }
"""
_WIDTH, _HEIGHT, _ROW = 360, 120, 20


def profile_page(title: str, profile: Profile) -> str:
    """The page's text. It loads nothing, and shows no value of a masked column."""
    told = "".join(f"<p>{escape(line)}</p>" for line in facts(profile))
    return html_page(title, told + profile_sections(profile, "h2"), style=STYLE)


def profile_sections(profile: Profile, heading: str) -> str:
    """What is told of each column, under headings of this kind."""
    return "".join(_section(column, profile.rows, heading) for column in profile.columns)


def _section(column: ColumnProfile, rows: int, heading: str) -> str:
    facts_ = "".join(
        f"<tr><td>{escape(name)}<td>{escape(value)}" for name, value in _facts(column, rows)
    )
    charts = "".join(_charts(column))
    title = f"<{heading}>{escape(column.name)} <small>{escape(column.type)}</small></{heading}>"
    return f"<section>{title}<div><table>{facts_}</table>{charts}</div></section>"


def _facts(column: ColumnProfile, rows: int) -> Iterator[tuple[str, str]]:
    yield "nulls", f"{column.nulls:,} ({column.nulls / rows:.2%})" if rows else "0"
    if column.distinct is not None:
        about = "" if column.distinct_exact else "about "
        yield "distinct", f"{about}{column.distinct:,}" + (", a key" if column.unique else "")
    if column.lengths is not None:
        yield "lengths", f"{column.lengths.shortest} to {column.lengths.longest}"
    if column.masked:
        yield "values", MASK
        return
    measures = {"low": column.low, "high": column.high, "mean": column.mean}
    measures["standard deviation"] = column.deviation
    for name, value in measures.items():
        if value is not None:
            yield name, shown(value)
    if column.not_finite:
        yield "not finite", f"{column.not_finite:,}"
    for at, value in column.quantiles.items():
        yield f"quantile {at}", shown(value)


def _charts(column: ColumnProfile) -> Iterator[str]:
    if column.histogram:
        yield _histogram(column.histogram)
    if column.top and not column.unique:
        yield _bars("most frequent", column.top)
    if column.patterns:
        yield _bars("patterns", column.patterns)


def _histogram(bins: Sequence[Bin]) -> str:
    highest, width = max(each.share for each in bins), _WIDTH / len(bins)
    bars = []
    for number, each in enumerate(bins):
        height = _HEIGHT * each.share / highest
        told = f"{shown(each.low)} to {shown(each.high)}: {each.share:.1%}"
        bars.append(
            f'<rect x="{number * width:.1f}" y="{_HEIGHT - height:.1f}" width="{width - 1:.1f}"'
            f' height="{height:.1f}" fill="currentColor"><title>{escape(told)}</title></rect>'
        )
    ends = f"{shown(bins[0].low)} to {shown(bins[-1].high)}"
    label = f'<text x="0" y="{_HEIGHT + 16}" font-size="12">{escape(ends)}</text>'
    return _svg("histogram", "".join(bars) + label, _HEIGHT + 20)


def _bars(label: str, found: Sequence[Frequent]) -> str:
    lines = []
    for number, each in enumerate(found):
        top, name = number * _ROW, shown(each.value) or repr(each.value)
        lines.append(
            f'<rect x="0" y="{top}" width="{_WIDTH * each.share:.1f}" height="{_ROW - 4}"'
            ' fill="currentColor" opacity=".35"/>'
            f'<text x="4" y="{top + 12}" font-size="12" style="fill:CanvasText">'
            f"{escape(name)} {each.share:.1%}</text>"
        )
    return _svg(label, "".join(lines), _ROW * len(found))


def _svg(label: str, inside: str, height: int) -> str:
    return (
        f'<figure><figcaption>{label}</figcaption><svg role="img" aria-label="{label}"'
        f' width="{_WIDTH}" height="{height}">{inside}</svg></figure>'
    )
