"""What a template mentions, found without rendering it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vibepiper.database import DatabaseTable

__all__ = ["FUNCTIONS", "RESERVED", "Mentions", "merge_mentions"]

FUNCTIONS = frozenset({"is_incremental", "param", "ref", "source", "sql"})
"""What templates can call."""

_JINJA = frozenset({"caller", "cycler", "dict", "joiner", "kwargs", "loop", "namespace"})
_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})

RESERVED = _JINJA | _CONSTANTS | {"range", "self", "super", "this"}
"""Names that are no upstream's and no parameter's."""


@dataclass(frozen=True)
class Mentions:
    """``names`` are variables that the template reads and does not set; ``refs``, ``params`` (with
    whether it has no default) and ``sources`` what it calls these functions with: of these the
    tables that stand there as texts; ``kinds`` what values of those params are to be whose default
    tells; ``templates`` the files that it imports; ``own`` whether it asks for what is published of
    the asset."""

    names: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()
    params: dict[str, bool] = field(default_factory=dict)
    kinds: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, frozenset[DatabaseTable]] = field(default_factory=dict)
    templates: tuple[str, ...] = ()
    own: bool = False


def merge_mentions(several: Iterable[Mentions]) -> Mentions:
    """What any of several templates mentions."""
    found = list(several)
    params: dict[str, bool] = {}
    kinds: dict[str, object] = {}
    sources: dict[str, frozenset[DatabaseTable]] = {}
    for each in found:
        kinds |= each.kinds
        for name, tables in each.sources.items():
            sources[name] = sources.get(name, frozenset()) | tables
        for name, required in each.params.items():
            params[name] = params.get(name, False) or required
    return Mentions(
        _unique(each.names for each in found),
        _unique(each.refs for each in found),
        params,
        kinds,
        sources,
        _unique(each.templates for each in found),
        any(each.own for each in found),
    )


def _unique(several: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in several for name in names))
