"""What checks found, as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from vibepiper.html_pages import html_page, line_chart, share_bar

from vibepiper_expectations.report import CheckReport, Reported

__all__ = ["page"]

History = Mapping[tuple[str, str], Sequence[float]]
"""By asset and check: shares of failing rows (or values) of the last runs, oldest first."""


def page(title: str, reports: Iterable[CheckReport], history: History) -> str:
    """A table an asset, with the failing share of each check as a bar and its history as a line."""
    sections = "".join(_section(report, history) for report in reports)
    return html_page(title, sections)


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
        f"<td class={kind}>{kind}<td class=n>{counts}<td>{share_bar(result.share, 'bad')}"
        f"<td>{escape(result.expected or '')}<td>{escape(result.observed or '')}"
        f"<td>{line_chart(past, 'runs')}</tr>"
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
