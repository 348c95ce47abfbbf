"""Lineage as a Mermaid flow chart, which Markdown pages of most forges show as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from vibepiper.lineage import LineageAsset, LineageMap, MadeVersion, VersionMap

__all__ = ["Direction", "draw_lineage", "draw_versions"]

Direction = Literal["LR", "RL", "TB", "BT"]

_AS_THEY_ARE = frozenset(" _-/.,")


def draw_lineage(lineage: LineageMap, *, direction: Direction = "LR") -> str:
    """The assets, those of a group (but ``default``) in a box of its own. A broken line leads to
    what only comes after."""
    ids = {asset.key: f"a{number}" for number, asset in enumerate(lineage.assets)}
    lines = [f"flowchart {direction}", *_boxes(lineage.assets, ids)]
    for edge in lineage.edges:
        arrow = "-->" if edge.parameters else "-.->"
        lines.append(f"  {ids[edge.source]} {arrow} {ids[edge.target]}")
    return "\n".join(lines) + "\n"


def draw_versions(versions: VersionMap, *, direction: Direction = "LR") -> str:
    """The versions that went into one. What nothing is recorded of has round corners."""
    made = versions.versions
    ids = {(each.asset, each.data_version): f"v{number}" for number, each in enumerate(made)}
    lines = [f"flowchart {direction}"]
    lines += (f"  {ids[each.asset, each.data_version]}{_version(each)}" for each in made)
    lines += (f"  {ids[edge.source]} --> {ids[edge.target]}" for edge in versions.edges)
    return "\n".join(lines) + "\n"


def _boxes(assets: Iterable[LineageAsset], ids: Mapping[str, str]) -> Iterator[str]:
    groups: dict[str, list[LineageAsset]] = {}
    for asset in assets:
        groups.setdefault(asset.group, []).append(asset)
    for number, (group, members) in enumerate(groups.items()):
        nodes = [f'{ids[asset.key]}["{_text(asset.key)}"]' for asset in members]
        if group == "default":
            yield from (f"  {node}" for node in nodes)
            continue
        yield f'  subgraph g{number}["{_text(group)}"]'
        yield from (f"    {node}" for node in nodes)
        yield "  end"


def _version(made: MadeVersion) -> str:
    name = f"{made.asset} {made.partition}" if made.partition else made.asset
    label = f"{_text(name)}<br/>{_text(made.data_version[:12])}"
    return f'["{label}"]' if made.recorded else f'("{label}")'


def _text(name: str) -> str:
    """Letters, digits and a few marks as they are, anything else as its number: Mermaid has a
    meaning for most of it, also in quotes."""
    shown = (c if c.isalnum() or c in _AS_THEY_ARE else _number(c) for c in name)
    return "".join(shown) or " "


def _number(character: str) -> str:
    return f"#{ord(character)};" if character.isprintable() else " "
