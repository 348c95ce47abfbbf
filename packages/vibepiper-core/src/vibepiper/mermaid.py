"""Lineage as a Mermaid flow chart, which Markdown pages of most forges show as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from vibepiper.analysis import VALUE_KINDS, SourceKind
from vibepiper.column_lineage import ColumnMap, LineageColumn
from vibepiper.lineage import LineageAsset, LineageMap, MadeVersion, VersionMap

__all__ = ["Direction", "draw_columns", "draw_lineage", "draw_versions"]

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


def draw_columns(lineage: ColumnMap, *, direction: Direction = "LR") -> str:
    """The columns, those of an asset in a box of its own, and the kinds of their edges. A broken
    line leads from what only chooses rows."""
    ids = {(each.asset, each.column): f"c{n}" for n, each in enumerate(lineage.columns)}
    assets: dict[str, list[LineageColumn]] = {}
    for column in lineage.columns:
        assets.setdefault(column.asset, []).append(column)
    lines = [f"flowchart {direction}"]
    for number, (asset, columns) in enumerate(assets.items()):
        lines.append(f'  subgraph a{number}["{_text(asset)}"]')
        lines += (f"    {ids[each.asset, each.column]}{_column(each)}" for each in columns)
        lines.append("  end")
    kinds: dict[tuple[str, str], list[SourceKind]] = {}
    for edge in lineage.edges:
        kinds.setdefault((ids[edge.source], ids[edge.target]), []).append(edge.kind)
    for (source, target), found in kinds.items():
        arrow = "-->" if VALUE_KINDS & {*found} else "-.->"
        told = ", ".join(kind.replace("_", " ") for kind in found)
        lines.append(f'  {source} {arrow}|"{told}"| {target}')
    return "\n".join(lines) + "\n"


def _column(column: LineageColumn) -> str:
    tags = f"<br/>{_text(', '.join(column.tags))}" if column.tags else ""
    label = f"{_text(column.column)}{tags}"
    return f'("{label}")' if column.opaque else f'["{label}"]'


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
