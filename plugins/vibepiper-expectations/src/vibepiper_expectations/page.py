"""What checks found, as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from vibepiper_expectations.report import CheckReport, Reported

__all__ = ["page"]

History = Mapping[tuple[str, str], Sequence[float]]
"""By asset and check: shares of failing rows (or values) of the last runs, oldest first."""

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #8884; }
td.n { text-align: right; font-variant-numeric: tabular-nums; }
.passed { color: #1a7f37; } .failed { color: #cf222e; } .warn { color: #9a6700; }
code { font-size: .9em; } details { margin: .2rem 0; }
svg { vertical-align: middle; } .bar { fill: #cf222e; } .rest { fill: #8883; }
polyline { fill: none; stroke: #0969da; stroke-width: 1.5; }
"""


def page(title: str, reports: Iterable[CheckReport], history: History) -> str:
    """A table an asset, with the failing share of each check as a bar and its history as a line."""
    sections = "".join(_section(report, history) for report in reports)
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(title)}</h1>{sections}</html>\n"
    )


def _section(report: CheckReport, history: History) -> str:
    passed = sum(result.status == "passed" for result in report.results)
    rows = "".join(
        _row(result, history.get((report.asset, result.check), ())) for result in report.results
    )
    return (
        f"<h2>{escape(report.asset)}</h2><p>{passed} of {len(report.results)} checks passed</p>"
        "<table><tr><th>check<th>status<th>failing<th>share<th>expected<th>found<th>last runs</tr>"
        f"{rows}</table>"
    )


def _row(result: Reported, past: Sequence[float]) -> str:
    failed = result.status != "passed"
    warned = result.severity == "warn" or result.status == "set_aside"
    kind = "passed" if not failed else "warn" if warned else "failed"
    counts = "" if result.failed_rows is None else f"{result.failed_rows:,} of {result.rows:,}"
    return (
        f"<tr><td><code>{escape(result.check)}</code>{_examples(result)}"
        f"<td class={kind}>{kind}<td class=n>{counts}<td>{_bar(result.share)}"
        f"<td>{escape(result.expected or '')}<td>{escape(result.observed or '')}"
        f"<td>{_line(past)}</tr>"
    )


def _examples(result: Reported) -> str:
    rows = [row for row in result.examples if isinstance(row, Mapping)]
    if not rows:
        return ""
    names = list(rows[0])
    head = "".join(f"<th>{escape(str(name))}" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(row.get(name)))}" for name in names) for row in rows
    )
    return f"<details><summary>examples</summary><table><tr>{head}{body}</table></details>"


def _bar(share: float | None) -> str:
    if share is None:
        return ""
    wide = max(1.0, 100 * share) if share else 0
    return (
        f'<svg width=100 height=10 role=img aria-label="{share:.2%}"><title>{share:.2%}</title>'
        f'<rect class=rest width=100 height=10 /><rect class=bar width="{wide:.1f}" height=10 />'
        "</svg>"
    )


def _line(past: Sequence[float]) -> str:
    """The last values, from the least at the bottom to the greatest at the top."""
    if len(past) < 2:
        return ""
    low, high = min(past), max(past)
    step, span = 100 / (len(past) - 1), (high - low) or 1.0
    points = " ".join(
        f"{n * step:.1f},{18 - 16 * (value - low) / span:.1f}" for n, value in enumerate(past)
    )
    told = f"{low:.6g} to {high:.6g} in {len(past)} runs"
    return (
        f'<svg width=100 height=20 role=img aria-label="{told}"><title>{told}</title>'
        f'<polyline points="{points}" /></svg>'
    )
