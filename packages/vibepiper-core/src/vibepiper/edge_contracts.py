"""Contracts between assets: what an upstream does to columns that others use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from vibepiper.analysis import ColumnUse, Problem
from vibepiper.checks import Severity
from vibepiper.contracts import changed_columns
from vibepiper.project_analysis import ProjectAnalysis

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["EdgeContracts", "declared_sources"]

_Changes = Mapping[str, "tuple[pa.DataType, pa.DataType | None]"]


class EdgeContracts:
    """Compares the columns that an asset is about to have with those that it was last published
    with. Ask for assets in the order of execution."""

    def __init__(self, analysis: ProjectAnalysis) -> None:
        self._analysis = analysis
        self._changes: dict[str, _Changes] = {}

    def problems(self, key: str) -> Iterator[tuple[Problem, str]]:
        """What upstreams of an asset do to the columns that it uses, with which one does it."""
        for upstream in self._analysis.graph.upstream(key):
            changes = self.changes(upstream)
            for use in self._uses(key, upstream) if changes else ():
                if use.column in changes:
                    yield self._problem(key, use, *changes[use.column]), upstream

    def changes(self, key: str) -> _Changes:
        """The columns of an asset that are gone or of another type."""
        if key not in self._changes:
            self._changes[key] = self._compare(key) if self.may_differ(key) else {}
        return self._changes[key]

    def may_differ(self, key: str) -> bool:
        """The same code over the same columns makes the same, whatever its store keeps them as."""
        of, made = self._analysis.asset(key), self._analysis.latest.get(key)
        if of is None or made is None or made.schema is None:
            return False
        if made.code_version != of.code_version or of.asset.columns:
            return True
        return any(self.changes(each.upstream.key) for each in of.inputs)

    def _compare(self, key: str) -> _Changes:
        known, recorded = self._analysis.known(key), self._analysis.recorded(key).schema
        if known.origin not in ("inferred", "declared"):
            return {}
        if known.schema is None or recorded is None:
            return {}
        return changed_columns(recorded, known.schema)

    def _uses(self, key: str, upstream: str) -> Iterable[ColumnUse]:
        """Each column once, where it is named first: as the code was when the upstream still had
        the columns that it was published with."""
        finding = self._analysis.finding(key)
        if finding is None or finding.opaque is not None:
            uses: Iterable[ColumnUse] = declared_sources(self._analysis, key)
        else:
            before = {upstream: self._analysis.recorded(upstream)}
            again = self._analysis.finding_with(key, before)
            uses = () if again is None else again.analysis.uses
        first: dict[str, ColumnUse] = {}
        for use in uses:
            if use.asset == upstream:
                first.setdefault(use.column, use)
        return first.values()

    def _problem(
        self, key: str, use: ColumnUse, old: pa.DataType, new: pa.DataType | None
    ) -> Problem:
        upstream = self._analysis.graph[use.asset]
        places = (use.at, upstream.location)
        if new is None:
            gone = f"'{use.asset}' no longer has the column '{use.column}' ({old})"
            return Problem(
                self._severity(use.asset),
                f"{gone}, which '{key}' uses",
                key,
                places,
                f"Give it back in '{use.asset}', or take it out of '{key}'.",
            )
        retyped = f"'{use.asset}' makes the column '{use.column}' {new}, and {old} is published"
        finding = self._analysis.finding(key)
        broken = [] if finding is None else [p for p in finding.problems if p.severity == "error"]
        if not broken:
            return Problem("warn", f"{retyped}; '{key}' uses it", key, places)
        problem = f"{retyped}, with which '{key}' does not work: {broken[0].message}"
        hint = f"Cast it in '{use.asset}' or in '{key}'."
        return Problem(self._severity(use.asset), problem, key, places, hint)

    def _severity(self, upstream: str) -> Severity:
        return "error" if self._analysis.known(upstream).certain else "warn"


def declared_sources(analysis: ProjectAnalysis, key: str) -> Iterator[ColumnUse]:
    """The columns that the declarations of an opaque asset name as sources, those of upstreams
    that it does not have left out."""
    asset = analysis.graph[key]
    for column in asset.columns.values():
        for reference in column.sources or ():
            name, _, source = reference.partition(".")
            upstream = analysis.graph.upstream_named(key, name)
            if upstream is not None:
                yield ColumnUse(upstream, source, asset.location)
