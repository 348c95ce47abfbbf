"""The documentation is run: every page, from top to bottom, in a folder of its own.

A fence is a file when it has a title, else a script (``python``), else commands and what they print
(``console``). Printed text is compared line by line; runs of blanks are one blank, and ``...``
stands for anything (on a line of its own: for any lines). A command must succeed, unless the next
one is ``$ echo $?``. Fences of other languages (``sh``, ``text``) are not run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DOCS = Path(__file__).parent
PAGES = [*sorted(DOCS.rglob("*.md")), DOCS.parent / "README.md"]
FENCE = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<body>.*?)^```$", re.M | re.S)
TITLE = re.compile(r'title="([^"]+)"')
FILES = {"csv", "python", "toml", "yaml"}


@dataclass(frozen=True)
class Fence:
    page: str
    line: int
    language: str
    title: str | None
    body: str


def fences(page: Path) -> Iterator[Fence]:
    text = page.read_text()
    for found in FENCE.finditer(text):
        title = TITLE.search(found["options"])
        line = text.count("\n", 0, found.start()) + 1
        yield Fence(page.name, line, found["language"], title and title[1], found["body"])


def runnable(page: Path) -> bool:
    return any(fence.language in ("console", "python") for fence in fences(page))


@pytest.mark.parametrize("page", [pytest.param(p, id=p.stem) for p in PAGES if runnable(p)])
def test_a_page_does_what_it_says(
    page: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"COLUMNS": "200", "NO_COLOR": "1"}
    if "SHOP_DATABASE" in page.read_text():
        environment["SHOP_DATABASE"] = request.getfixturevalue("postgres_database")
    for fence in fences(page):
        if fence.title and fence.language in FILES:
            write(tmp_path / fence.title, fence.body)
        elif fence.language == "python":
            run([sys.executable, "-c", fence.body], fence, tmp_path, environment)
        elif fence.language == "console":
            converse(fence, tmp_path, environment)


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def run(command: list[str], fence: Fence, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{fence.page}:{fence.line}\n{done.stderr}"


def converse(fence: Fence, folder: Path, environment: dict[str, str]) -> None:
    """Runs each ``$`` line and compares what it prints with the lines below it."""
    status = 0
    parts = re.split(r"^\$ ", fence.body, flags=re.M)[1:]
    for number, part in enumerate(parts):
        command, _, expected = part.partition("\n")
        done = subprocess.run(
            ["bash", "-c", f"(exit {status}); {command}"],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        status = done.returncode
        excused = number + 1 < len(parts) and parts[number + 1].startswith("echo $?")
        place = f"{fence.page}:{fence.line}: $ {command}\n{done.stdout}"
        assert status == 0 or excused, place
        if expected.strip():
            assert matches(expected, done.stdout), f"{place}\nexpected:\n{expected}"


def matches(expected: str, found: str) -> bool:
    pattern = "".join(
        "(?:.*\n)*"
        if line == "..."
        else re.sub(r"(\\ )?\\\.\\\.\\\.", ".*", re.escape(line)) + "\n"
        for line in lines(expected)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines(found))) is not None


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


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
