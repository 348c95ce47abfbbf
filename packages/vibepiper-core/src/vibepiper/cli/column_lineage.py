"""``vibepiper lineage ASSET.column``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from vibepiper.analysis import SourceKind
from vibepiper.cli.console import stdout
from vibepiper.cli.lineage import print_lines, tree_lines
from vibepiper.cli.looking import looking
from vibepiper.cli.output import print_json
from vibepiper.cli.requests import Request
from vibepiper.cli.stores import existing_state
from vibepiper.column_lineage import ColumnEdge, ColumnLineage, ColumnMap, LineageColumn
from vibepiper.mermaid import draw_columns
from vibepiper.session import Session
from vibepiper.validation import analyze_project

__all__ = ["show_column_lineage"]

_Column = tuple[str, str]
_Node = tuple[str, str, str]
"""An asset, a column, and the kinds of the edge that led to it."""


def show_column_lineage(
    request: Request,
    name: str,
    *,
    upstream: bool,
    downstream: bool,
    form: Literal["tree", "mermaid", "json"],
) -> None:
    """What a column is made of and what is made of it; ``name`` is its asset's and its own."""
    with looking():
        project = request.project()
        with existing_state(project) as state, Session(project, request.host) as session:
            analysis = analyze_project(session, state)
            lineage = ColumnLineage(analysis)
            found = lineage.find(name)
            above = lineage.upstream(*found, None if upstream else 0)
            below = lineage.downstream(*found, None if downstream else 0)
            analysis.save()
    both = above.joined(below)
    if form == "json":
        print_json(both.to_json())
    elif form == "mermaid":
        stdout.print(draw_columns(both), markup=False, highlight=False, soft_wrap=True)
    else:
        _print(above, below, upstream=upstream, downstream=downstream)


def _print(above: ColumnMap, below: ColumnMap, *, upstream: bool, downstream: bool) -> None:
    first = above.columns[0]
    names = {(c.asset, c.column): _named(c) for c in (*above.columns, *below.columns)}
    if upstream:
        edges = _grouped((edge.target, edge.source, edge) for edge in above.edges)
        print_lines(_tree(first, edges, names))
    if downstream:
        edges = _grouped((edge.source, edge.target, edge) for edge in below.edges)
        if not upstream:
            print_lines(_tree(first, edges, names))
        elif below.edges:
            print_lines(["", "and of it are made:"])
            print_lines([*_tree(first, edges, names)][1:])
    if first.description:
        print_lines(["", first.description])


def _grouped(
    edges: Iterable[tuple[_Column, _Column, ColumnEdge]],
) -> Mapping[_Column, list[_Node]]:
    """By a column those next to it, each once with all kinds."""
    kinds: dict[_Column, dict[_Column, list[str]]] = {}
    for here, there, edge in edges:
        kinds.setdefault(here, {}).setdefault(there, []).append(edge.kind.replace("_", " "))
    order = [kind.replace("_", " ") for kind in get_args(SourceKind)]
    return {
        here: [(*there, ", ".join(sorted(found, key=order.index))) for there, found in each.items()]
        for here, each in kinds.items()
    }


def _tree(
    first: LineageColumn, edges: Mapping[_Column, list[_Node]], names: Mapping[_Column, str]
) -> Iterable[str]:
    def label(node: _Node) -> str:
        asset, column, kinds = node
        return f"{names[asset, column]}{f': {kinds}' if kinds else ''}"

    def around(node: _Node) -> list[_Node]:
        return edges.get(node[:2], [])

    root: _Node = (first.asset, first.column, "")
    return tree_lines([root], around, label)


def _named(column: LineageColumn) -> str:
    kind = f" {column.type}" if column.type else ""
    tags = f" [{', '.join(column.tags)}]" if column.tags else ""
    opaque = " (its sources are not known)" if column.opaque else ""
    outside = " (outside of the project)" if column.outside else ""
    return f"{column.asset}.{column.column}{kind}{tags}{opaque}{outside}"
