"""Which versions of core a plugin was made for, by its own metadata.

Asked of every plugin at the start of every command, so it imports no more than it must: the
ranges of nearly all compare versions of numbers, and `packaging` takes longer to import than
twenty-five plugins to be found.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable
from itertools import zip_longest

__all__ = ["unmet_core_range"]

_PLAIN = re.compile(r"vibepiper[-_.]core\s*\(?([^;@\[\]()]*)\)?", re.I)
_NUMERIC = re.compile(r"\d+(\.\d+)*")
_SIMPLE = re.compile(r"(>=|<=|<|>)\s*(\d+(?:\.\d+)*)")
_HOLDS = {">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt}
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
    clauses = [clause.strip() for clause in wanted.split(",") if clause.strip()]
    plain = [_SIMPLE.fullmatch(clause) for clause in clauses]
    if _NUMERIC.fullmatch(core) and all(plain):
        holds = (_HOLDS[m[1]](_order(core, m[2]), 0) for m in plain if m)
        return None if all(holds) else ",".join(sorted(clauses))
    return _unmet_by_packaging(wanted, core)


def _order(core: str, other: str) -> int:
    """Below 0 where ``core`` is the older of two versions of numbers, 0 where they are one."""
    pairs = zip_longest(core.split("."), other.split("."), fillvalue="0")
    return next((int(a) - int(b) for a, b in pairs if int(a) != int(b)), 0)


def _unmet_by_packaging(wanted: str, core: str) -> str | None:
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
