"""Every error that VibePiper raises on purpose.

::

    VibePiperError
    ├── DefinitionError          the project's code declares something impossible
    │   ├── DuplicateAsset
    │   ├── UnknownUpstream
    │   └── CyclicGraph
    ├── ConfigError              vibepiper.toml or .yaml
    ├── SelectionError           --select, --exclude
    ├── PluginError              a plugin or component that cannot be used
    │   └── UnknownComponent
    ├── PlanError                a run that cannot succeed as asked: nothing was run
    │   ├── MissingCapability
    │   ├── MissingUpstreamData
    │   └── ParameterError
    ├── DataError                data that is not what was declared
    ├── StoreError               an IO manager or connector could not read or write
    │   ├── NotMaterialized
    │   └── Fenced
    ├── ChecksFailed             staged data broke a check of severity `error`
    ├── StateError               the run-state database
    │   ├── RunAborted
    │   ├── AssetBusy
    │   └── LeaseLost
    └── UsageError               the command line

A message names the thing, the rule, what was found and the way out. ``at`` points at the
user's file and line; ``hint`` is the way out, printed on a line of its own.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vibepiper.checks import CheckResult

__all__ = [
    "AssetBusy",
    "ChecksFailed",
    "ConfigError",
    "CyclicGraph",
    "DataError",
    "DefinitionError",
    "DuplicateAsset",
    "Fenced",
    "LeaseLost",
    "Location",
    "MissingCapability",
    "MissingUpstreamData",
    "NotMaterialized",
    "ParameterError",
    "PlanError",
    "PluginError",
    "RunAborted",
    "SelectionError",
    "StateError",
    "StoreError",
    "UnknownComponent",
    "UnknownUpstream",
    "UsageError",
    "VibePiperError",
    "a_type",
    "nearest",
    "suggest",
]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file the user wrote. Prints as ``file:line``, or ``file:line:column`` where
    the column is known; both count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        known = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(known)


class VibePiperError(Exception):
    """The root of the tree. ``str(error)`` is the whole message: place, message, hint."""

    def __init__(
        self, message: str, *, at: Location | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.at}: " if self.at else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{place}{self.message}{hint}"


class DefinitionError(VibePiperError):
    """The project's code declares something impossible."""


class DuplicateAsset(DefinitionError):
    """Two assets claim one key, or one place in a store."""


class UnknownUpstream(DefinitionError):
    """A parameter or ``depends_on`` entry names nothing that exists."""


class CyclicGraph(DefinitionError):
    """Assets that are upstream of themselves."""


class ConfigError(VibePiperError):
    """The project file is wrong."""


class SelectionError(VibePiperError):
    """A selector is malformed or matches nothing."""


class PluginError(VibePiperError):
    """A plugin or one of its components cannot be used."""


class UnknownComponent(PluginError):
    """A name that no plugin offers and no project file configures."""


class PlanError(VibePiperError):
    """The run asked for cannot succeed; nothing was run."""


class MissingCapability(PlanError):
    """An asset needs what its store does not offer."""


class MissingUpstreamData(PlanError):
    """An upstream that is not part of the run has no published data."""


class ParameterError(PlanError):
    """A run parameter that nothing takes."""


class DataError(VibePiperError):
    """Data that is not what was declared: file, line or row, column, expected, found."""


class StoreError(VibePiperError):
    """A store or connector could not read or write."""


class NotMaterialized(StoreError):
    """The asset has no published data in this store."""


class StateError(VibePiperError):
    """The run-state database cannot be used."""


class RunAborted(StateError):
    """The state database failed while a run was under way: steps were run that it misses."""


class UsageError(VibePiperError):
    """A command that does not exist, or an option or argument that it does not take."""


class Fenced(StoreError):
    """The store has seen a newer writer of the same data; nothing was changed."""


class AssetBusy(StateError):
    """Another run that lives makes the same assets or partitions."""


class LeaseLost(StateError):
    """This run did not renew its lease in time, and another may have taken its assets."""


class ChecksFailed(VibePiperError):
    """Staged data broke checks of severity ``error``; it was discarded, not published."""

    def __init__(self, asset: str, results: Sequence[CheckResult]) -> None:
        self.asset = asset
        self.results = tuple(results)
        failed = [r for r in self.results if r.blocks]
        noun = "check" if len(self.results) == 1 else "checks"
        lines = "".join(f"\n  {r.summary()}" for r in failed)
        super().__init__(
            f"asset '{asset}': {len(failed)} of {len(self.results)} {noun} failed{lines}",
            hint="The data was not published; what was published before is unchanged.",
        )


def nearest(name: object, choices: Iterable[str]) -> str | None:
    """The choice most like ``name``, or None when none is close, or it is no text."""
    if not isinstance(name, str):
        return None
    options = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(name.lower(), options, n=1, cutoff=0.65)
    return options[found[0]] if found else None


def a_type(value: object) -> str:
    """The type of a value for a sentence: ``an int``, ``a DataFrame``."""
    name = type(value).__qualname__
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def suggest(name: object, choices: Iterable[str], *, limit: int = 8) -> str:
    """A hint for a wrong name: the nearest right one, else what there is."""
    options = sorted(set(choices))
    if (near := nearest(name, options)) is not None:
        return f"Did you mean '{near}'?"
    if not options:
        return "There are none."
    shown = ", ".join(options[:limit])
    return f"There are: {shown}{', ...' if len(options) > limit else ''}."
