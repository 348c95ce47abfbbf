"""The engines that hold assets; see `vibepiper.QueryIOManager`."""

from __future__ import annotations

from collections.abc import Callable

from vibepiper.planned import PlannedAsset

__all__ = ["dialect_of", "engine_of", "engines_of", "resources_of"]


def engine_of(manager: object) -> object | None:
    """Where a store's tables are queried; None of one whose data this process reads."""
    return getattr(manager, "backend", None)


def engines_of(of: PlannedAsset) -> set[object | None]:
    """Of all that an asset is made of, also through views; None for this process."""
    found: set[object | None] = set()
    for planned in of.inputs:
        if planned.view is not None:
            found |= engines_of(planned.view)
        else:
            found.add(engine_of(planned.store.manager))
    return found


def dialect_of(of: PlannedAsset, engine: Callable[[str], object | None]) -> str | None:
    """The SQL of the one engine that holds all that an asset is made of; None where none does.
    ``engine`` gives that of a resource."""
    engines = engines_of(of) | {engine(name) for name in resources_of(of)}
    only = engines.pop() if len(engines) == 1 else None
    return getattr(only, "dialect", None)


def resources_of(of: PlannedAsset) -> set[str]:
    """The resources that an asset takes, also through views."""
    views = (each.view for each in of.inputs if each.view is not None)
    found = {binding.name for binding in of.resources}
    return found.union(*(resources_of(view) for view in views))
