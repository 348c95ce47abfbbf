"""Problems as the command line shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.text import Text

from vibepiper.analysis import Problem
from vibepiper.cli.output import stdout
from vibepiper.errors import Location

__all__ = ["print_problems", "told"]

_NAMES = {"error": ("error", "red"), "warn": ("warning", "yellow")}


def print_problems(problems: Iterable[Problem], root: Path) -> None:
    """Those of one file together, in the order in which they were found."""
    files: dict[str, list[Problem]] = {}
    for problem in problems:
        file = problem.places[0].file if problem.places else ""
        files.setdefault(_shown(file, root), []).append(problem)
    for file, found in files.items():
        stdout.print(Text(f"\n{file or 'project'}", style="bold"))
        for problem in found:
            _print(problem, root)


def told(problem: Problem, root: Path) -> Mapping[str, object]:
    """As JSON has it."""
    return {
        "severity": problem.severity,
        "asset": problem.asset,
        "message": problem.message,
        "hint": problem.hint,
        "places": [_at(place, root) for place in problem.places],
    }


def _print(problem: Problem, root: Path) -> None:
    name, style = _NAMES[problem.severity]
    line = str(problem.places[0]).removeprefix(problem.places[0].file) if problem.places else ""
    text = Text(f"  {line.removeprefix(':')}: " if line else "  ")
    text.append(name, style=style)
    stdout.print(text.append(f": {problem.message}"))
    for place in problem.places[1:]:
        stdout.print(Text(f"      see {_at(place, root)}"))
    if problem.hint:
        stdout.print(Text("      " + problem.hint.replace("\n", "\n    ")))


def _at(place: Location, root: Path) -> str:
    return f"{_shown(place.file, root)}{str(place).removeprefix(place.file)}"


def _shown(file: str, root: Path) -> str:
    """Relative to the project where it lies there."""
    path = Path(file)
    return str(path.relative_to(root)) if path.is_relative_to(root) else file
