"""Pages of HTML that need nothing beside themselves: the look that reports share."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Literal

__all__ = ["html_page", "line_chart", "share_bar"]

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h2 { border-top: 1px solid #8884; padding-top: 1rem; margin-top: 2rem; }
h2 small { font-weight: normal; opacity: .7; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #8884; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.passed { color: #1a7f37; } .failed { color: #cf222e; } .warn { color: #9a6700; }
code { font-size: .9em; } details { margin: .2rem 0; }
svg { vertical-align: middle; color: #0969da; }
.bad { fill: #cf222e; } .good { fill: #1a7f37; } .rest { fill: #8883; }
polyline { fill: none; stroke: #0969da; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) { svg { color: #7fb2ee; } polyline { stroke: #7fb2ee; } }
"""
_WIDTH, _HEIGHT = 100, 20


def html_page(title: str, body: str, *, style: str = "") -> str:
    """The text of a page with this heading; ``body`` is HTML, and ``style`` more of CSS."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}{style}</style>"
        f"<h1>{escape(title)}</h1>{body}</html>\n"
    )


def share_bar(share: float | None, kind: Literal["bad", "good"]) -> str:
    """A share (0 to 1) as a bar; nothing for None. One that is not 0 is seen."""
    if share is None:
        return ""
    wide = max(1.0, _WIDTH * share) if share else 0.0
    return (
        f'<svg width={_WIDTH} height=10 role=img aria-label="{share:.2%}">'
        f"<title>{share:.2%}</title><rect class=rest width={_WIDTH} height=10 />"
        f'<rect class={kind} width="{wide:.1f}" height=10 /></svg>'
    )


def line_chart(values: Sequence[float], of: str) -> str:
    """A line, from the least value at the bottom to the greatest at the top; of fewer than two
    values nothing. ``of`` names what there are values of, as ``runs``."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step, span = _WIDTH / (len(values) - 1), (high - low) or 1.0
    points = " ".join(
        f"{n * step:.1f},{_HEIGHT - 2 - (_HEIGHT - 4) * (value - low) / span:.1f}"
        for n, value in enumerate(values)
    )
    told = escape(f"{low:.6g} to {high:.6g} in {len(values)} {of}")
    return (
        f'<svg width={_WIDTH} height={_HEIGHT} role=img aria-label="{told}"><title>{told}</title>'
        f'<polyline points="{points}" /></svg>'
    )
