"""A profile as one page of HTML, with charts, that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from vibepiper_quality.profile import Bin, ColumnProfile, Frequent, Profile
from vibepiper_quality.report import MASK, facts, shown

__all__ = ["profile_page"]

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
h2{border-top:1px solid #8884;padding-top:1rem;margin-top:1.5rem}
h2 small{font-weight:normal;opacity:.7}
section>div{display:flex;flex-wrap:wrap;gap:2rem}
table{border-collapse:collapse}td,th{padding:.1rem .7rem .1rem 0;text-align:left}
td+td{font-variant-numeric:tabular-nums}
svg{color:#3b6ea8}
@media(prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}svg{color:#7fb2ee}}
"""
_WIDTH, _HEIGHT, _ROW = 360, 120, 20


def profile_page(title: str, profile: Profile) -> str:
    """The page's text. It loads nothing, and shows no value of a masked column."""
    head = f"<meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
    told = "".join(f"<p>{escape(line)}</p>" for line in facts(profile))
    sections = "".join(_section(column, profile.rows) for column in profile.columns)
    return f"<!doctype html><html lang=en>{head}<h1>{escape(title)}</h1>{told}{sections}</html>\n"


def _section(column: ColumnProfile, rows: int) -> str:
    facts_ = "".join(
        f"<tr><td>{escape(name)}<td>{escape(value)}" for name, value in _facts(column, rows)
    )
    charts = "".join(_charts(column))
    title = f"<h2>{escape(column.name)} <small>{escape(column.type)}</small></h2>"
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
