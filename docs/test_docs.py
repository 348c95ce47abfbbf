"""The documentation is run: every page, from top to bottom, in a folder of its own.

`tools.pages` says what of a page is run, and how.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.pages import fences, matches, run_page

DOCS = Path(__file__).parent
PAGES = [*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md"]

SERVERS = {"SHOP_DATABASE": "postgres_database", "SHOP_MYSQL": "mariadb_database"}
"""The fixtures that stand for the servers whose addresses a page reads."""


def runnable(page: Path) -> bool:
    return any(fence.runs for fence in fences(page.read_text(), page.name))


@pytest.mark.parametrize("page", [pytest.param(p, id=p.stem) for p in PAGES if runnable(p)])
def test_a_page_does_what_it_says(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = page.read_text()
    needed = {name: fixture for name, fixture in SERVERS.items() if name in text}
    variables = {name: request.getfixturevalue(fixture) for name, fixture in needed.items()}

    run_page(text, page.name, tmp_path, variables)


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("a  b\nc", "a b\nc\n", True),
        ("a ...\nc", "a anything at all\nc", True),
        ("a\n...\nz", "a\nb\nc\nz", True),
        ("ok ... 2 rows", "ok   2 rows", True),
        ("at .../x.py:3", "at /tmp/x.py:3", True),
        ("a b", "a c", False),
        ("a", "a\nb", False),
        ("1.0 (x)", "110 (x)", False),
    ],
)
def test_comparison_is_strict_but_for_what_it_may_overlook(
    expected: str, found: str, same: bool
) -> None:
    assert matches(expected, found) is same
