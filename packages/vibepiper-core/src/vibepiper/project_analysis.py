"""A project's assets looked into, one after the other, before anything runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from vibepiper.analysis import Analyzer, AnalyzerRequest, AssetAnalysis, KnownUpstream, Problem
from vibepiper.analysis_arguments import SampleArguments, Sampler
from vibepiper.analysis_cache import AnalysisCache, Finding
from vibepiper.analyzers import Analyzers
from vibepiper.database import DatabaseTable
from vibepiper.engines import dialect_of
from vibepiper.errors import VibePiperError
from vibepiper.known_columns import Known, unanalyzed_columns
from vibepiper.known_tables import AskedDatabase, ReadTables, tables_of
from vibepiper.planned import PlannedAsset
from vibepiper.session import Session
from vibepiper.state.records import Materialization

__all__ = ["CACHE", "ProjectAnalysis"]

CACHE = ".vibepiper/analysis.cache"
"""Where analyses are kept, in the project's folder."""

_FORM = "1"
"""Changes when answers are kept in another way: then none of the old ones is taken."""


class ProjectAnalysis:
    """What is known of the columns of a project's assets.

    ``planned`` gives an asset as a plan has it, ``latest`` what was last published of each.
    ``remade`` says of an asset whether it may have other columns before others read it than those
    that were recorded.
    """

    def __init__(
        self,
        session: Session,
        planned: Callable[[str], PlannedAsset],
        latest: Mapping[str, Materialization],
        sampler: Sampler,
        *,
        remade: Callable[[PlannedAsset], bool],
    ) -> None:
        self.graph = session.project.graph
        self.root = session.project.root
        self.latest = latest
        self._planned = planned
        self._sampler = sampler
        self._remade = remade
        self._analyzers = Analyzers(session.host)
        self._cache = AnalysisCache(self.root / CACHE)
        self._assets: dict[str, PlannedAsset | None] = {}
        self._findings: dict[str, Finding | None] = {}
        self._known: dict[str, Known] = {}
        self._session = session
        self._databases: dict[str, AskedDatabase] = {}

    def asset(self, key: str) -> PlannedAsset | None:
        """As a plan has it; None where a plan refuses it."""
        if key not in self._assets:
            try:
                self._assets[key] = self._planned(key)
            except VibePiperError:
                # Who makes a plan is told; here it is one more asset that nothing is known of.
                self._assets[key] = None
        return self._assets[key]

    def finding(self, key: str) -> Finding | None:
        """What an analyzer says of an asset; None where there is none for it."""
        if key not in self._findings:
            self._findings[key] = self._find(key, self.known)
        return self._findings[key]

    def finding_with(self, key: str, other: Mapping[str, Known]) -> Finding | None:
        """The same, if some of its upstreams had other columns."""
        return self._find(key, lambda up: other.get(up) or self.known(up))

    def known(self, key: str) -> Known:
        """The columns that whoever reads the asset will meet."""
        if key not in self._known:
            self._known[key] = self._know(key)
        return self._known[key]

    def recorded(self, key: str) -> Known:
        """The columns that were last published."""
        made = self.latest.get(key)
        if made is None or made.schema is None:
            return Known()
        return Known(made.schema, "recorded", certain=True)

    def is_certain(self, key: str) -> bool:
        """Whether all upstreams have the columns that the asset's analysis took them to have."""
        of = self.asset(key)
        return of is not None and all(self.known(i.upstream.key).certain for i in of.inputs)

    def save(self) -> None:
        """Keeps what was found out for the next time."""
        self._cache.save()

    def _know(self, key: str) -> Known:
        of = self.asset(key)
        if of is None:
            return Known()
        found = self.finding(key)
        if found is not None and found.fields is not None:
            return Known(found.fields, "inferred", self.is_certain(key))
        made, remade = self.latest.get(key), self._remade(of)
        return unanalyzed_columns(of.asset, of.ref, of.store, made, remade=remade)

    def analyzer(self, of: PlannedAsset) -> Analyzer | None:
        """The one that looks into an asset."""
        spec = self._analyzers.spec(of) if self._analyzers.knows(of.asset.kind) else None
        return None if spec is None else self._analyzers.get(spec)

    def sample(self, of: PlannedAsset) -> SampleArguments:
        """Values of an asset's parameters that take no asset, to look into it with."""
        return self._sampler.arguments(of)

    @property
    def silent(self) -> Iterator[AskedDatabase]:
        """The databases that were asked for columns, and did not tell them."""
        return (each for each in self._databases.values() if each.refusal is not None)

    def outside_type(self, table: str, column: str) -> str:
        """The type of a column of a table that is no asset; empty where it is not known."""
        found = (each.schema_of(table) for each in self._databases.values())
        schema = next((each for each in found if each is not None), None)
        return str(schema.field(column).type) if schema and column in schema.names else ""

    def placement_request(self, of: PlannedAsset) -> AnalyzerRequest | None:
        """What an analyzer is told of an asset to say where it runs; None where its arguments, or
        the columns of an upstream that is stored, are not known."""
        given = self._sampler.arguments(of)
        above = {each.parameter: self.known(each.upstream.key) for each in of.inputs}
        stored = (above[each.parameter] for each in of.inputs if each.view is None)
        if given.lacking is not None or any(each.schema is None for each in stored):
            return None
        return self._request(of, above, given.values, self._tables(of))

    def _find(self, key: str, known: Callable[[str], Known]) -> Finding | None:
        if not self._analyzers.knows(self.graph[key].kind):
            return None
        of = self.asset(key)
        spec = None if of is None else self._analyzers.spec(of)
        if of is None or spec is None:
            return None
        given = self._sampler.arguments(of)
        if given.lacking is not None:
            return Finding.of(AssetAnalysis(None, opaque=given.lacking))
        above = {each.parameter: known(each.upstream.key) for each in of.inputs}
        tables = self._tables(of)
        cache_key = self._key(of, above, given.text, tables)
        if (kept := self._cache.get(cache_key)) is not None:
            return kept
        request = self._request(of, above, given.values, tables)
        analyzer = self._analyzers.get(spec)
        try:
            found = Finding.of(analyzer.analyze(request))
        except Exception as error:  # noqa: BLE001
            # An analyzer is a plugin's: what it cannot do must not keep the project from running.
            fault = _fault(of, spec.name, error)
            return Finding.of(AssetAnalysis(None, problems=(fault,), opaque="its analyzer failed"))
        if not self._reaches_outside(found, tables):
            self._cache.put(cache_key, found, of.asset.location.file)
        return found

    def _tables(self, of: PlannedAsset) -> Mapping[str, ReadTables]:
        """Those that it takes of databases, by the parameters that take these."""
        names = {binding.parameter.name: binding.name for binding in of.resources}
        return {
            parameter: ReadTables(self._database(names[parameter]), mentioned)
            for parameter, mentioned in (tables_of(of) or {}).items()
        }

    def _database(self, resource: str) -> AskedDatabase:
        if resource not in self._databases:
            mentioned = partial(self._mentioned, resource)
            self._databases[resource] = AskedDatabase(self._session, resource, mentioned)
        return self._databases[resource]

    def _mentioned(self, resource: str) -> set[DatabaseTable]:
        """The tables of a database that any asset is known to take."""
        found: set[DatabaseTable] = set()
        for of in filter(None, map(self.asset, self.graph.keys)):
            known = tables_of(of) or {}
            for binding in of.resources:
                if binding.name == resource:
                    found.update(known.get(binding.parameter.name, ()))
        return found

    def _dialect(self, of: PlannedAsset) -> str | None:
        return dialect_of(of, lambda resource: self._database(resource).engine)

    def _reaches_outside(self, found: Finding, tables: Mapping[str, ReadTables]) -> bool:
        """Whether it rests on tables whose columns may change unseen."""
        if any(each.unforeseen for each in tables.values()):
            return True
        seen = {table.of(each.resource) for each in tables.values() for table in each.mentioned}
        sources = {s.asset for column in found.analysis.columns or () for s in column.sources}
        return any(name not in self.graph for name in sources - seen)

    def _request(
        self,
        of: PlannedAsset,
        above: Mapping[str, Known],
        values: Mapping[str, object],
        tables: Mapping[str, ReadTables],
    ) -> AnalyzerRequest:
        upstreams = {
            i.parameter: KnownUpstream(i.upstream.key, above[i.parameter].schema) for i in of.inputs
        }
        objects = of.store.supports("objects")
        dialect = self._dialect(of)
        return AnalyzerRequest(of.asset, upstreams, values, self.root, dialect, objects, tables)

    def _key(
        self,
        of: PlannedAsset,
        above: Mapping[str, Known],
        text: str,
        tables: Mapping[str, ReadTables],
    ) -> str:
        told = [_FORM, self._analyzers.versions, of.key, of.asset.kind, of.code_version, text]
        told += [self._dialect(of) or "", str(of.store.supports("objects"))]
        told += [f"{of.asset.location}"]
        told += [f"{name} {known.fields!r}" for name, known in above.items()]
        told += [f"{name} {each.text()}" for name, each in tables.items()]
        return hashlib.blake2b("\0".join(told).encode(), digest_size=16).hexdigest()


def _fault(of: PlannedAsset, analyzer: str, error: Exception) -> Problem:
    return Problem(
        "warn",
        f"asset '{of.key}': its columns are not known, for the analyzer '{analyzer}' failed: "
        f"{type(error).__name__}: {error}",
        of.key,
        (of.asset.location,),
        "Please report it; the asset itself can run.",
    )
