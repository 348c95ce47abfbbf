"""Which files the partitions of an asset are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from vibepiper.io_manager import AssetRef, Slice

from vibepiper_files.folders import listed
from vibepiper_files.places import HIVE_NAME, Place, Template, find_template

__all__ = ["found_places", "named_places", "partition_places"]

_HIVE = re.compile(r"[^.=][^=]*=.+")
_FIELD = re.compile(r"\\\{(\w+)\\\}")


def partition_places(ref: AssetRef, root: Path) -> list[Place]:
    """Of the partitions that ``ref`` names, in their order, whether or not they are there; for a
    reference to all of an asset, of those that are."""
    if ref.partition:
        return list(named_places(ref, root))
    return found_places(find_template(ref, root))


def named_places(ref: AssetRef, root: Path) -> Iterator[Place]:
    """Of the partitions that ``ref`` names, one by one."""
    template = find_template(ref, root)
    names = [part.dimension for part in ref.partition]
    for keys in _combined(ref.partition):
        yield template.place(ref.key, dict(zip(names, keys, strict=True)))


def _combined(slices: Sequence[Slice]) -> Iterator[tuple[str, ...]]:
    """As `AssetRef.partition_keys`, of which there may be a million."""
    if not slices:
        yield ()
        return
    for key in slices[0].keys:
        for rest in _combined(slices[1:]):
            yield key, *rest


def found_places(template: Template) -> list[Place]:
    """The partitions that are there, by their paths."""
    if not template.fields:
        return list(_hive_places(Path(template.path), template.suffix))
    parts = Path(template.path).relative_to(template.base).parts
    places = _matching(template.base, parts, template.suffix)
    return [found for place in places for found in _with_below(place)]


def _with_below(place: Place) -> Iterator[Place]:
    """A uri may name some dimensions, and folders the rest."""
    below = list(_hive_places(place.table, place.suffix))
    yield from below or [place]


def _hive_places(folder: Path, suffix: str | None) -> Iterator[Place]:
    """In folders such as ``date=2026-03-01``, one in the other."""
    for name in listed(folder):
        if _HIVE.fullmatch(name) and (folder / name).is_dir():
            place = Place(folder / name, HIVE_NAME, suffix)
            if place.files() or place.log.is_dir():
                yield place
            yield from _hive_places(folder / name, suffix)


def _matching(folder: Path, parts: tuple[str, ...], suffix: str | None) -> Iterator[Place]:
    pattern = re.compile(_FIELD.sub("[^/]+", re.escape(parts[0])))
    if len(parts) > 1:
        for name in listed(folder):
            if pattern.fullmatch(name) and (folder / name).is_dir():
                yield from _matching(folder / name, parts[1:], suffix)
        return
    for name in _names(folder, suffix or ""):
        if pattern.fullmatch(name):
            yield Place(folder, name, suffix)


def _names(folder: Path, suffix: str) -> list[str]:
    """What places there are in a folder: of files, of assets that change, and of folders."""
    names = {name[: -len(suffix)] for name in listed(folder) if name.endswith(suffix)}
    logs = [name for name in listed(folder / ".versions") if not name.startswith(".")]
    names |= {name if suffix.lower() == ".parquet" else name.removesuffix(suffix) for name in logs}
    names |= {name for name in listed(folder) if any(map(_HIVE.fullmatch, listed(folder / name)))}
    return sorted(names)
