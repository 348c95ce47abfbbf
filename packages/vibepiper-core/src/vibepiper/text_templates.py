"""Folders of a package's data whose names and texts have places to fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

__all__ = ["filled"]


def filled(folder: Traversable, values: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Every file below ``folder``: its path and its text, with ``$name`` filled in by ``values``.
    ``$$`` stands for a dollar sign."""
    for path, text in _texts(folder, Path()):
        yield Path(Template(str(path)).substitute(values)), Template(text).substitute(values)


def _texts(folder: Traversable, below: Path) -> Iterator[tuple[Path, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_file():
            yield below / entry.name, entry.read_text(encoding="utf-8")
        elif entry.name != "__pycache__":
            yield from _texts(entry, below / entry.name)
