"""State, as commands open it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vibepiper.config import find_project_file, read_config
from vibepiper.project import Project
from vibepiper.state.place import configured_place

if TYPE_CHECKING:
    from vibepiper.state import Retention, StateStore

__all__ = ["existing_state", "open_state", "state_and_retention"]


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


def open_state(start: Path) -> StateStore:
    """The state of the project at ``start``, whose code is not imported."""
    return state_and_retention(start)[0]


def state_and_retention(start: Path) -> tuple[StateStore, Retention]:
    """As `open_state`, with how long the project keeps it."""
    from vibepiper.state import StateStore

    file = find_project_file(start.resolve())
    config, places = read_config(file)
    store = StateStore(configured_place(config, places, file.parent))
    return store, config.state.retention
