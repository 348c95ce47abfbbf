"""Problems as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vibepiper.analysis import Problem
from vibepiper.errors import Location

__all__ = ["shown", "shown_place", "told"]


def told(problem: Problem, root: Path) -> Mapping[str, object]:
    return {
        "severity": problem.severity,
        "asset": problem.asset,
        "message": problem.message,
        "hint": problem.hint,
        "places": [shown_place(place, root) for place in problem.places],
    }


def shown_place(place: Location, root: Path) -> str:
    return f"{shown(place.file, root)}{str(place).removeprefix(place.file)}"


def shown(file: str, root: Path) -> str:
    """Relative to the project where it lies there."""
    path = Path(file)
    return str(path.relative_to(root)) if path.is_relative_to(root) else file
