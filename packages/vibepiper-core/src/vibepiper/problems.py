"""What is wrong with a project's columns, found without running it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

from vibepiper.analysis import Problem, problem_of
from vibepiper.assets import Asset
from vibepiper.checks import ColumnCheck, Severity
from vibepiper.column_lineage import ColumnLineage
from vibepiper.contracts import broken_declarations
from vibepiper.edge_contracts import EdgeContracts, declared_sources
from vibepiper.errors import DataError, Location, PlanError, suggest
from vibepiper.known_columns import Known
from vibepiper.project_analysis import ProjectAnalysis
from vibepiper.storage_rules import named_columns

__all__ = ["column_problems", "refuse_problems"]


def column_problems(analysis: ProjectAnalysis, keys: Collection[str]) -> list[Problem]:
    """The problems of the assets ``keys``, in the order of execution; then, as warnings, what they
    do to columns that others use."""
    chosen = frozenset(keys)
    wanted = set(chosen)
    for key in reversed(analysis.graph.keys):
        if key in wanted:
            wanted.update(analysis.graph.upstream(key))
    finder = _Finder(analysis)
    found: list[Problem] = []
    for key in analysis.graph.keys:
        if key in wanted:
            finder.look(key)
        if key in chosen:
            found += finder.problems(key)
    below = {d for key in chosen for d in analysis.graph.downstream(key)} - chosen
    for key in analysis.graph.keys:
        if key in below:
            found += finder.done_to(key, chosen)
    found += _untold(analysis)
    analysis.save()
    return list(dict.fromkeys(found))


def _untold(analysis: ProjectAnalysis) -> Iterator[Problem]:
    """The databases that did not tell the columns of their tables."""
    for database in analysis.silent:
        yield Problem(
            "warn",
            f"the columns of tables in '{database.resource}' were not looked at, nor what assets "
            f"do with them: {database.refusal}",
            places=(database.place,),
        )


def refuse_problems(problems: Sequence[Problem]) -> None:
    """Raises `PlanError` where one of them is an error: with all of these."""
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        return
    first = errors[0]
    others = "".join(f"\n{problem}" for problem in errors[1:])
    also = "".join(f"\n  see {place}" for place in first.places[1:])
    raise PlanError(
        first.message + also + (f"\n  {first.hint}" if others and first.hint else "") + others,
        at=first.places[0] if first.places else None,
        hint=None if others else first.hint,
    )


class _Finder:
    """Asked for assets in the order of execution, so that no look goes deeper than one edge."""

    def __init__(self, analysis: ProjectAnalysis) -> None:
        self._analysis = analysis
        self._edges = EdgeContracts(analysis)
        self._lineage = ColumnLineage(analysis)
        self._has_tags = any(c.tags for a in analysis.graph for c in a.columns.values())

    def look(self, key: str) -> None:
        self._analysis.finding(key)
        self._edges.changes(key)

    def done_to(self, key: str, by: Collection[str]) -> Iterator[Problem]:
        """What the assets ``by`` do to one that is not chosen."""
        self.look(key)
        for problem, upstream in self._edges.problems(key):
            if upstream in by:
                yield replace(problem, severity="warn")

    def problems(self, key: str) -> Iterator[Problem]:
        edges = [problem for problem, _ in self._edges.problems(key)]
        yield from edges
        yield from self._found(key, edges)
        asset = self._analysis.graph[key]
        yield from self._declared(asset)
        yield from self._stored(asset)
        yield from self._untagged(asset)

    def _found(self, key: str, edges: Sequence[Problem]) -> Iterator[Problem]:
        """What the analyzer says, unless an edge tells it better; only a warning where it rests on
        columns that an upstream may not have any more."""
        finding = self._analysis.finding(key)
        if finding is None or any(edge.severity == "error" for edge in edges):
            return
        told = {edge.places[0] for edge in edges}
        views = tuple(self._views(key))
        for problem in finding.problems:
            if problem.places and problem.places[0] in told:
                continue
            if problem.places:
                problem = replace(problem, places=(*problem.places, *views))
            if problem.certain or self._analysis.is_certain(key):
                yield problem
            else:
                names = dict.fromkeys(self._uncertain(key))
                uncertain = ", ".join(f"'{name}'" for name in names)
                message = f"{problem.message}, if {uncertain} is as it was last made"
                yield replace(problem, severity="warn", message=message)

    def _views(self, key: str) -> Iterator[Location]:
        """Of what was published of a view nothing is kept: no edge tells what it does to columns
        that others use."""
        for upstream in self._analysis.graph.upstream(key):
            asset = self._analysis.graph[upstream]
            if asset.is_view and asset.location is not None:
                yield asset.location

    def _uncertain(self, key: str) -> Iterator[str]:
        of = self._analysis.asset(key)
        for each in () if of is None else of.inputs:
            if each.view is not None:
                yield from self._uncertain(each.upstream.key)
            elif not self._analysis.known(each.upstream.key).certain:
                yield each.upstream.key

    def _declared(self, asset: Asset) -> Iterator[Problem]:
        """What the asset itself says of its columns, against those that its code makes."""
        if asset.columns:
            yield from self._declared_sources(asset)
        finding = self._analysis.finding(asset.key)
        if finding is None or finding.fields is None:
            return
        known = self._analysis.known(asset.key)
        if asset.columns and known.schema is not None:
            for column, problem in broken_declarations(asset, known.schema):
                yield self._wrong(asset, f"declares the column '{column}' {problem}", known)
        names = [name for name, _ in finding.fields]
        for option, column in named_columns(asset):
            if column not in names:
                message = f"names the column '{column}' as its {option}, and does not make it"
                yield self._wrong(asset, message, known, suggest(column, names))
        for check in cast("Iterable[Any]", asset.checks):
            if isinstance(check, ColumnCheck):
                yield from self._checked(asset, check, known)

    def _checked(self, asset: Asset, check: ColumnCheck, known: Known) -> Iterator[Problem]:
        if check.severity != "error" or known.schema is None:
            return
        if check.column not in known.schema.names:
            message = f"fails its check {check.label}: it makes no such column"
            yield self._wrong(asset, message, known, suggest(check.column, known.schema.names))
        elif not check.accepts_type(kind := known.schema.field(check.column).type):
            yield self._wrong(asset, f"fails its check {check.label}: it makes {kind}", known)

    def _declared_sources(self, asset: Asset) -> Iterator[Problem]:
        for name, column in asset.columns.items():
            for source in column.sources or ():
                upstream = self._analysis.graph.upstream_named(asset.key, source.partition(".")[0])
                if upstream is None:
                    above = self._analysis.graph.upstream(asset.key)
                    message = f"gives its column '{name}' the source '{source}', no upstream's"
                    hint = f"Name it as 'asset.column'. {suggest(source.partition('.')[0], above)}"
                    yield self._wrong(asset, message, Known(certain=True), hint)
        finding = self._analysis.finding(asset.key)
        if finding is not None and finding.fields is not None:
            return
        for use in declared_sources(self._analysis, asset.key):
            known = self._analysis.known(use.asset)
            names = [name for name, _ in known.fields or ()]
            if known.fields is not None and use.column not in names:
                message = f"names the source '{use.asset}.{use.column}', which is not there"
                yield self._wrong(asset, message, known, suggest(use.column, names))

    def _stored(self, asset: Asset) -> Iterator[Problem]:
        """What the store will refuse to make of the columns that are published."""
        of = self._analysis.asset(asset.key)
        if of is None or of.full_refresh or not self._edges.may_differ(asset.key):
            return
        if asset.evolution == "evolve" and of.change.mode == "replace":
            return
        known, recorded = self._analysis.known(asset.key), self._analysis.recorded(asset.key).schema
        if known.origin != "inferred" or known.schema is None or recorded is None:
            return
        from vibepiper.evolution import reconcile

        try:
            reconcile(
                recorded, known.schema, asset.evolution, asset=asset.key, needed=asset.key_columns
            )
        except DataError as error:
            yield replace(
                problem_of(error, asset.key, "error" if known.certain else "warn"),
                places=(asset.location,),
            )

    def _untagged(self, asset: Asset) -> Iterator[Problem]:
        """Tags end in an opaque function that says nothing of its columns."""
        if not self._has_tags or asset.columns or not self._is_opaque(asset.key):
            return
        for upstream in self._analysis.graph.upstream(asset.key):
            tagged = [c for c in self._lineage.columns(upstream) if c.tags]
            if tagged and self._takes(asset.key, upstream):
                tags = ", ".join(sorted({tag for column in tagged for tag in column.tags}))
                yield Problem(
                    "warn",
                    f"asset '{asset.key}' reads '{upstream}.{tagged[0].name}', tagged {tags}, and "
                    "nothing tells which of its own columns hold it",
                    asset.key,
                    (asset.location, self._analysis.graph[upstream].location),
                    "Say so: @asset(columns={...: Column(sources=[...])}), or Column(tags=...).",
                )

    def _is_opaque(self, key: str) -> bool:
        finding = self._analysis.finding(key)
        return finding is None or finding.opaque is not None

    def _takes(self, key: str, upstream: str) -> bool:
        bindings = self._analysis.graph.bindings(key)
        return any(b.source == "asset" and b.name == upstream for b in bindings)

    def _wrong(self, asset: Asset, message: str, known: Known, hint: str | None = None) -> Problem:
        severity: Severity = "error" if known.certain else "warn"
        told = f"asset '{asset.key}' {message}"
        return Problem(severity, told, asset.key, (asset.location,), hint)
