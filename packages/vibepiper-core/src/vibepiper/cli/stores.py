"""State, for commands that only look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vibepiper.project import Project

if TYPE_CHECKING:
    from vibepiper.state import StateStore

__all__ = ["existing_state"]


@contextmanager
def existing_state(project: Project) -> Iterator[StateStore | None]:
    """The project's state; None where nothing was ever run, so that looking makes no file."""
    place = project.state
    if isinstance(place, Path) and not place.exists():
        yield None
        return
    # Imported here, for it brings SQLAlchemy.
    from vibepiper.state import StateStore

    with StateStore(place) as state:
        yield state
