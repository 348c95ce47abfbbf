"""The lineage of columns, through all assets, and the tags that follow them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.analysis import VALUE_KINDS, ColumnSource, OutputColumn, SourceKind
from vibepiper.errors import SelectionError, suggest
from vibepiper.project_analysis import ProjectAnalysis
from vibepiper.type_text import read_type

if TYPE_CHECKING:
    from vibepiper.assets import Asset

__all__ = ["ColumnEdge", "ColumnLineage", "ColumnMap", "LineageColumn"]

_Column = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LineageColumn:
    """A column of an asset, or of a table outside of the project (``outside``). ``type`` is empty
    where it is not known, ``opaque`` says that not all of its sources are."""

    asset: str
    column: str
    type: str = ""
    tags: tuple[str, ...] = ()
    description: str | None = None
    opaque: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class ColumnEdge:
    """``target`` is made of ``source``, or its rows are chosen by it; each is an asset and a
    column."""

    source: tuple[str, str]
    target: tuple[str, str]
    kind: SourceKind


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Columns, the one that was asked for first, and the edges between them."""

    columns: tuple[LineageColumn, ...]
    edges: tuple[ColumnEdge, ...]

    def joined(self, other: ColumnMap) -> ColumnMap:
        """Its columns and edges and those of another, each once."""
        columns = dict.fromkeys((*self.columns, *other.columns))
        return ColumnMap(tuple(columns), tuple(dict.fromkeys((*self.edges, *other.edges))))

    def to_json(self) -> dict[str, JsonValue]:
        columns: list[JsonValue] = [
            {
                "asset": c.asset,
                "column": c.column,
                "type": c.type or None,
                "tags": list(c.tags),
                "description": c.description,
                "opaque": c.opaque,
                "outside": c.outside,
            }
            for c in self.columns
        ]
        edges: list[JsonValue] = [
            {"source": list(e.source), "target": list(e.target), "kind": e.kind} for e in self.edges
        ]
        return {"columns": columns, "edges": edges}


class ColumnLineage:
    """Which columns each column of a project is made of.

    Tags of a column are those that its asset declares, and those of the columns whose values it
    holds something of, less those that its asset takes off.
    """

    def __init__(self, analysis: ProjectAnalysis) -> None:
        self._analysis = analysis
        self._graph = analysis.graph
        self._columns: dict[str, Mapping[str, OutputColumn]] = {}

    def find(self, name: str) -> tuple[str, str]:
        """The asset and the column that ``ASSET.column`` names; or a table that is no asset, by the
        name it has in lineage, and a column of it that an asset takes. Raises `SelectionError` and
        `UnknownUpstream` for what there is not, with the nearest."""
        asset, _, column = name.partition(".")
        if asset in self._graph and column in self._of(asset):
            return asset, column
        for table, taken in self._outside.items():
            if not name.startswith(f"{table}."):
                continue
            column = name.removeprefix(f"{table}.")
            if column not in taken:
                message = f"no asset is known to take a column '{column}' of '{table}'"
                raise SelectionError(message, hint=suggest(column, taken))
            return table, column
        return asset, self.column(asset, column).name

    def columns(self, asset: str) -> tuple[OutputColumn, ...]:
        """The columns of an asset as far as they are known. Raises `UnknownUpstream`."""
        return tuple(self._of(self._graph[asset].key).values())

    def column(self, asset: str, name: str) -> OutputColumn:
        """Raises `SelectionError` for a column that is not known, with the nearest."""
        found = self._of(self._graph[asset].key)
        if name in found:
            return found[name]
        known = (
            suggest(name, found)
            if found
            else ("Nothing is known of its columns: make it once, or declare columns=.")
        )
        raise SelectionError(
            f"asset '{asset}' has no column '{name}' that is known",
            at=self._graph[asset].location,
            hint=known,
        )

    def upstream(self, asset: str, name: str, depth: int | None = None) -> ColumnMap:
        """What a column is made of, to the first sources or within ``depth`` steps."""
        return self._walk(asset, name, depth, self._above)

    def downstream(self, asset: str, name: str, depth: int | None = None) -> ColumnMap:
        """What is made of a column, and what rows it chooses; otherwise as `upstream`."""
        return self._walk(asset, name, depth, self._below)

    def _walk(
        self,
        asset: str,
        name: str,
        depth: int | None,
        edges: Callable[[str, str], Iterable[ColumnEdge]],
    ) -> ColumnMap:
        first = self.find(f"{asset}.{name}")
        far = {first: 0}
        found: dict[ColumnEdge, None] = {}
        waiting = deque([first])
        while waiting:
            here = waiting.popleft()
            if far[here] == depth:
                continue
            for edge in edges(*here):
                found[edge] = None
                there = edge.source if edge.target == here else edge.target
                if there not in far:
                    far[there] = far[here] + 1
                    waiting.append(there)
        return ColumnMap(tuple(self._told(*each) for each in far), tuple(found))

    def _above(self, asset: str, name: str) -> Iterable[ColumnEdge]:
        column = self._of(asset).get(name) if asset in self._graph else None
        for source in () if column is None else column.sources:
            yield ColumnEdge((source.asset, source.column), (asset, name), source.kind)

    def _below(self, asset: str, name: str) -> Iterable[ColumnEdge]:
        below = self._graph.downstream(asset) if asset in self._graph else self._graph.keys
        for key in below:
            for column in self._of(key).values():
                for source in column.sources:
                    if (source.asset, source.column) == (asset, name):
                        yield ColumnEdge((asset, name), (key, column.name), source.kind)

    @cached_property
    def _outside(self) -> Mapping[str, Collection[str]]:
        """The columns that assets take of tables that are none, by these, longer names first."""
        found: dict[str, set[str]] = {}
        for key in self._graph.keys:
            for column in self._of(key).values():
                for source in column.sources:
                    if source.asset not in self._graph:
                        found.setdefault(source.asset, set()).add(source.column)
        return {table: found[table] for table in sorted(found, key=len, reverse=True)}

    def _told(self, asset: str, name: str) -> LineageColumn:
        if asset not in self._graph:
            kind = self._analysis.outside_type(asset, name)
            return LineageColumn(asset, name, kind, outside=True)
        column = self._of(asset).get(name)
        if column is None:
            return LineageColumn(asset, name, opaque=True)
        kind = "" if column.type is None else str(column.type)
        tags = tuple(sorted(column.tags))
        return LineageColumn(asset, name, kind, tags, column.description, column.opaque)

    def _of(self, asset: str) -> Mapping[str, OutputColumn]:
        """Looks into all that is upstream first, in the order of execution."""
        if asset not in self._columns:
            wanted = {asset, *self._graph.ancestors(asset)} - self._columns.keys()
            for key in self._graph.keys:
                if key in wanted:
                    self._columns[key] = self._make(self._graph[key])
        return self._columns[asset]

    def _make(self, asset: Asset) -> Mapping[str, OutputColumn]:
        finding = self._analysis.finding(asset.key)
        if finding is not None and finding.analysis.columns is not None:
            columns = {column.name: column for column in finding.analysis.columns}
        else:
            columns = self._opaque(asset)
        return {name: self._tagged(asset, column) for name, column in columns.items()}

    def _opaque(self, asset: Asset) -> dict[str, OutputColumn]:
        """Columns as they are declared, and those that are known otherwise. Those of an asset
        without upstreams begin there."""
        has_upstream = bool(self._graph.upstream(asset.key))
        fields = dict(self._analysis.known(asset.key).fields or ())
        for name in asset.columns:
            fields.setdefault(name, "")
        found = {}
        for name, kind in fields.items():
            declared = asset.columns.get(name)
            sources = None if declared is None else declared.sources
            found[name] = OutputColumn(
                name,
                read_type(kind),
                self._declared(asset, sources or ()),
                opaque=sources is None and has_upstream,
            )
        return found

    def _declared(self, asset: Asset, sources: Iterable[str]) -> tuple[ColumnSource, ...]:
        parts = [source.partition(".") for source in sources]
        named = [(self._graph.upstream_named(asset.key, a), c) for a, _, c in parts]
        return tuple(ColumnSource(key, c, "declared") for key, c in named if key is not None)

    def _tagged(self, asset: Asset, column: OutputColumn) -> OutputColumn:
        tags: set[str] = set()
        for source in column.sources:
            above = self._columns.get(source.asset, {}).get(source.column)
            if source.kind in VALUE_KINDS and above is not None:
                tags |= above.tags
        if (declared := asset.columns.get(column.name)) is None:
            return replace(column, tags=frozenset(tags))
        tags = (tags | {*declared.tags}) - {*declared.untag}
        return replace(column, tags=frozenset(tags), description=declared.description)
