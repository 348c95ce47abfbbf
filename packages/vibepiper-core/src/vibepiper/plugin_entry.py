"""Entry points, and whose they are: what is known of a plugin before it is imported.

The metadata of a distribution is read once, and may be anything: an installation that was
interrupted, or a disk, can damage it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distributions, entry_points
from pathlib import Path

from vibepiper.faults import REPORT, Fault, describe

__all__ = ["CORE", "GROUP", "PluginEntry", "canonical", "installed_entries"]

GROUP = "vibepiper"
CORE = "vibepiper-core"

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?")


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """An entry point and what its distribution says of itself. ``fault`` tells why it cannot
    even be tried; ``of`` is the distribution, where there is one that can be read."""

    point: EntryPoint
    distribution: str
    version: str = ""
    of: Distribution | None = None
    requires: tuple[str, ...] = ()
    fault: Fault | None = None

    @classmethod
    def read(cls, point: EntryPoint) -> PluginEntry:
        dist = point.dist
        if dist is None:
            return cls(point, point.value, fault=_unnamed_module(point))
        try:
            metadata = dist.metadata
            name, version = metadata.get("Name"), metadata.get("Version")  # type: ignore[attr-defined]
            requires = tuple(dist.requires or ())
        except Exception as error:  # noqa: BLE001
            # It is a file of somebody else's, which may hold anything.
            return cls(point, point.name, fault=_damaged("METADATA", describe(error), point.name))
        if not name or not version:
            lacks = "it has no name" if not name else "it has no version"
            return cls(point, name or point.name, fault=_damaged("METADATA", lacks, point.name))
        return cls(point, name, version, dist, requires, _unnamed_module(point))

    @property
    def name(self) -> str:
        return self.point.name

    @property
    def is_core(self) -> bool:
        return self.distribution == CORE

    def is_called(self, names: Iterable[str]) -> bool:
        """Whether one of ``names`` means it: its own or its distribution's, however spelt."""
        return not {canonical(self.name), canonical(self.distribution)}.isdisjoint(
            map(canonical, names)
        )


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it: ``Vibepiper_Acme`` is ``vibepiper-acme``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_entries() -> list[PluginEntry]:
    """The plugins of this environment. Where the entry points of one distribution cannot be
    read, it stands for a plugin that has this fault."""
    try:
        return [PluginEntry.read(point) for point in entry_points(group=GROUP)]
    except Exception:  # noqa: BLE001
        # It gives nobody's when one file is damaged, with whatever error its parser met.
        return list(_one_by_one())


def _one_by_one() -> Iterator[PluginEntry]:
    seen: set[str] = set()
    for dist in distributions():
        called = _called(dist)
        if called in seen:
            continue  # the first on the path is the one that is imported
        seen.add(called)
        try:
            points = [point for point in dist.entry_points if point.group == GROUP]
        except Exception as error:  # noqa: BLE001
            fault = _damaged("entry_points.txt", describe(error), called)
            yield PluginEntry(EntryPoint(called, "", GROUP), called, fault=fault)
            continue
        yield from map(PluginEntry.read, points)


def _called(dist: Distribution) -> str:
    """A distribution's name, else what its folder says."""
    try:
        name = dist.metadata.get("Name")  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001
        name = None  # told by whoever reads its metadata for more than the name
    folder = Path(str(getattr(dist, "_path", "an unnamed distribution"))).name
    return canonical(name or folder.partition("-")[0])


def _unnamed_module(point: EntryPoint) -> Fault | None:
    if _MODULE.fullmatch(point.value):
        return None
    return Fault("no_module", f"its entry point {point.value!r} names no module", REPORT)


def _damaged(file: str, problem: str, name: str) -> Fault:
    return Fault(
        "metadata",
        f"its {file} is damaged: {problem}",
        f"pip install --force-reinstall {name}",
    )
