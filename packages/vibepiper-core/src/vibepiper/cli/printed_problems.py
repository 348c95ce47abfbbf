"""Problems as the command line shows them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.text import Text

from vibepiper.analysis import Problem
from vibepiper.cli.console import stdout
from vibepiper.cli.problems import shown, shown_place

__all__ = ["print_problems"]

_NAMES = {"error": ("error", "red"), "warn": ("warning", "yellow")}


def print_problems(problems: Iterable[Problem], root: Path) -> None:
    """Those of one file together, in the order in which they were found."""
    files: dict[str, list[Problem]] = {}
    for problem in problems:
        file = problem.places[0].file if problem.places else ""
        files.setdefault(shown(file, root), []).append(problem)
    for file, found in files.items():
        stdout.print(Text(f"\n{file or 'project'}", style="bold"))
        for problem in found:
            _print(problem, root)


def _print(problem: Problem, root: Path) -> None:
    name, style = _NAMES[problem.severity]
    line = str(problem.places[0]).removeprefix(problem.places[0].file) if problem.places else ""
    text = Text(f"  {line.removeprefix(':')}: " if line else "  ")
    text.append(name, style=style)
    stdout.print(text.append(f": {problem.message}"))
    for place in problem.places[1:]:
        stdout.print(Text(f"      see {shown_place(place, root)}"))
    if problem.hint:
        stdout.print(Text("      " + problem.hint.replace("\n", "\n    ")))
