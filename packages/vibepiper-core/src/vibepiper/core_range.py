"""Which versions of core a plugin was made for, by its own metadata.

Asked of every plugin at the start of every command, so it imports no more than it must.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["unmet_core_range"]

_PLAIN = re.compile(r"vibepiper[-_.]core\s*\(?([^;@\[\]()]*)\)?", re.I)
_ANY = re.compile(r"vibepiper[-_.]core(?![\w.-])", re.I)


def unmet_core_range(requires: Iterable[str], core: str) -> str | None:
    """The range of versions that a distribution's requirements ask for, where ``core`` is not in
    it."""
    for line in requires:
        if plain := _PLAIN.fullmatch(line.strip()):
            return _unmet(plain[1].strip(), core)
        if _ANY.match(line):
            return _unmet(_applicable(line), core)
    return None


def _unmet(wanted: str, core: str) -> str | None:
    if not wanted:
        return None
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifiers = SpecifierSet(wanted)
    except InvalidSpecifier:
        return None  # pip would not have installed it: somebody edited the metadata
    return None if specifiers.contains(core, prereleases=True) else str(specifiers)


def _applicable(line: str) -> str:
    """The range of a requirement with extras or a marker; none when the marker does not hold."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return ""
    holds = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    return str(requirement.specifier) if holds else ""
