"""The quality of assets as one page of HTML: scores, metrics over time, drift, profiles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from vibepiper.html_pages import html_page, line_chart, share_bar

from vibepiper_quality.dimensions import DIMENSIONS
from vibepiper_quality.metrics import Metric, find_metric_anomalies
from vibepiper_quality.parts import Part
from vibepiper_quality.profile import Profile
from vibepiper_quality.profile_page import STYLE, profile_sections
from vibepiper_quality.report import facts, shown
from vibepiper_quality.scores import QualityScore

__all__ = ["AssetQuality", "quality_page"]

_STYLE = STYLE + "td.drift { text-align: right; font-variant-numeric: tabular-nums; }"
_MOST_OPAQUE = 0.5
"""The strength of a cell's colour at a stability index of 1 and more."""


@dataclass(frozen=True, slots=True)
class AssetQuality:
    """What the page tells of one asset. ``parts`` are those that its column ``by`` makes; of
    ``masked`` columns no means are told, and the profile masks them itself."""

    asset: str
    profile: Profile
    scores: Sequence[QualityScore] = ()
    metrics: Sequence[Metric] = ()
    by: str | None = None
    parts: Sequence[Part] = field(default_factory=tuple)
    masked: Collection[str] = ()


def quality_page(title: str, assets: Sequence[AssetQuality]) -> str:
    """The page's text. It loads nothing."""
    return html_page(title, "".join(part for each in assets for part in _asset(each)), style=_STYLE)


def _asset(quality: AssetQuality) -> Iterator[str]:
    yield f"<h2>{escape(quality.asset)}</h2>"
    size, *more = map(escape, facts(quality.profile))
    yield f"<p>{size}</p>" + (f"<p>{'; '.join(more)}</p>" if more else "")
    if quality.scores:
        yield _scores(quality.scores)
    if quality.metrics:
        yield _metrics(quality.metrics)
    if quality.by is not None and quality.parts:
        yield _drift(quality, quality.by)
    yield "<details><summary>Profile of each column</summary>"
    yield f"{profile_sections(quality.profile, 'h3')}</details>"


def _scores(history: Sequence[QualityScore]) -> str:
    last = history[-1]
    rows = [("total", last.total, "", [each.total for each in history])]
    for dimension in DIMENSIONS:
        if (found := last.dimensions.get(dimension)) is not None:
            known = [each.dimensions.get(dimension) for each in history]
            past = [each.score for each in known if each is not None]
            rows.append((dimension, found.score, str(found.checks), past))
    lines = "".join(
        f"<tr><td>{name}<td class=n>{score:.1%}<td>{share_bar(score, 'good')}<td class=n>{checks}"
        f"<td>{line_chart(past, 'runs')}</tr>"
        for name, score, checks, past in rows
    )
    head = "<tr><th>dimension<th class=n>score<th><th class=n>checks<th>runs</tr>"
    return f"<h3>Scores</h3><table>{head}{lines}</table>"


def _metrics(metrics: Sequence[Metric]) -> str:
    unusual = {each.metric for each in find_metric_anomalies(metrics) if each.latest}
    lines = "".join(
        f"<tr><td><code>{escape(each.name)}</code><td class=n>{shown(each.points[-1].value)}"
        f"<td>{line_chart([point.value for point in each.points], 'runs')}"
        f"<td class=warn>{'unusual' if each.name in unusual else ''}</tr>"
        for each in metrics
        if each.tells
    )
    head = "<tr><th>metric<th class=n>last<th>runs<th></tr>"
    return f"<h3>Metrics</h3><table>{head}{lines}</table>"


def _drift(quality: AssetQuality, by: str) -> str:
    """A line for each column, the one that moved furthest first: its index from each part to the
    next, and its means and shares of nulls."""
    parts, indexes = quality.parts, _indexes(quality.parts)
    order = sorted(indexes, key=lambda name: -max(indexes[name].values(), default=0.0))
    head = "".join(f"<th class=n>{escape(shown(part.value))}" for part in parts[1:])
    rows = "".join(_line(quality, name, indexes[name]) for name in order)
    counts = line_chart([part.rows for part in parts], "parts")
    return (
        f"<h3>Drift by {escape(by)}</h3><p>Population stability index from each {escape(by)} to "
        f"the next; rows: {counts}</p>"
        f"<table><tr><th>column{head}<th>means<th>nulls</tr>{rows}</table>"
    )


def _line(quality: AssetQuality, name: str, indexes: dict[int, float]) -> str:
    parts = quality.parts
    cells = "".join(_cell(indexes.get(at)) for at in range(1, len(parts)))
    means = [part.means[name] for part in parts if name in part.means]
    nulls = [part.null_shares[name] for part in parts]
    told = "" if name in quality.masked else line_chart(means, "parts")
    gaps = line_chart(nulls, "parts") if any(nulls) else ""
    return f"<tr><td>{escape(name)}{cells}<td>{told}<td>{gaps}</tr>"


def _indexes(parts: Sequence[Part]) -> dict[str, dict[int, float]]:
    """By column, of the parts at which it is known."""
    found: dict[str, dict[int, float]] = {}
    for at, part in enumerate(parts):
        for column in part.drift.columns if part.drift is not None else ():
            if column.psi is not None:
                found.setdefault(column.name, {})[at] = column.psi
    return found


def _cell(index: float | None) -> str:
    if index is None:
        return "<td>"
    shade = round(min(index, 1.0) * _MOST_OPAQUE, 2)
    return f'<td class=drift style="background:rgb(207 34 46 / {shade})">{index:.2f}'
