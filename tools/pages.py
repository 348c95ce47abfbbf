"""Runs a Markdown page from top to bottom, in a folder, as a reader would.

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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<body>.*?)^```$", re.M | re.S)
TITLE = re.compile(r'title="([^"]+)"')
FILES = {"csv", "python", "sql", "toml", "yaml"}


@dataclass(frozen=True)
class Fence:
    """``place`` is where its page says it: a file's name and line."""

    place: str
    language: str
    title: str | None
    body: str

    @property
    def is_file(self) -> bool:
        return self.title is not None and self.language in FILES

    @property
    def runs(self) -> bool:
        return not self.is_file and self.language in ("console", "python")


def fences(text: str, page: str) -> Iterator[Fence]:
    for found in FENCE.finditer(text):
        title = TITLE.search(found["options"])
        line = text.count("\n", 0, found.start()) + 1
        yield Fence(f"{page}:{line}", found["language"], title and title[1], found["body"])


def run_page(text: str, page: str, folder: Path, variables: Mapping[str, str]) -> None:
    """Raises AssertionError, with the fence's place, where a page does not do what it says."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"COLUMNS": "200", "NO_COLOR": "1", **variables}
    for fence in fences(text, page):
        if fence.title and fence.is_file:
            _write(folder / fence.title, fence.body)
        elif fence.language == "python":
            _run([sys.executable, "-c", fence.body], fence, folder, environment)
        elif fence.language == "console":
            _converse(fence, folder, environment)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def _run(command: list[str], fence: Fence, folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{fence.place}\n{done.stderr}"


def _converse(fence: Fence, folder: Path, environment: dict[str, str]) -> None:
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
        place = f"{fence.place}: $ {command}\n{done.stdout}"
        assert status == 0 or excused, place
        if expected.strip():
            assert matches(expected, done.stdout), f"{place}\nexpected:\n{expected}"


def matches(expected: str, found: str) -> bool:
    pattern = "".join(
        "(?:.*\n)*"
        if line == "..."
        else re.sub(r"(\\ )?\\\.\\\.\\\.", ".*", re.escape(line)) + "\n"
        for line in _lines(expected)
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(found))) is not None


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
