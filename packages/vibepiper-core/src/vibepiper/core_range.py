"""Which versions of core a plugin was made for, by its own metadata.

Asked of every plugin at the start of every command, so it imports no more than it must.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution

__all__ = ["unmet_core_range"]

_PLAIN = re.compile(r"vibepiper[-_.]core\s*\(?([^;@\[\]()]*)\)?", re.I)
_ANY = re.compile(r"vibepiper[-_.]core(?![\w.-])", re.I)


def unmet_core_range(distribution: Distribution, core: str) -> str | None:
    """The range of versions that the distribution asks for, where ``core`` is not in it."""
    for line in distribution.requires or ():
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
