"""The analyzer of assets that are functions of relations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.analysis import (
    AnalyzerRequest,
    AssetAnalysis,
    ColumnSource,
    ColumnUse,
    OutputColumn,
    Problem,
    SourceKind,
    problem_of,
)
from vibepiper.checks import Severity
from vibepiper.data import may_be_table
from vibepiper.errors import DataError, DefinitionError, VibePiperError, a_type
from vibepiper.movement import HERE, Movement, PlacementRequest, StepPlacement
from vibepiper.project import last_line

from vibepiper_transform.backend import place_of as place_of_backend
from vibepiper_transform.bound_types import type_given
from vibepiper_transform.duckdb_backend import DuckDBBackend
from vibepiper_transform.hinted_source import HintedSource
from vibepiper_transform.kinds import Kinds
from vibepiper_transform.lazy_query import LazyQuery
from vibepiper_transform.lineage.dependencies import Dependencies, Output
from vibepiper_transform.lineage.walk import column_dependencies
from vibepiper_transform.placement import Fragment, tables_of
from vibepiper_transform.relation import Relation
from vibepiper_transform.returns import only_returns_none
from vibepiper_transform.sources import DatabaseSource, ScanSource, Source
from vibepiper_transform.sql.foreign import UNKNOWN, check_typed
from vibepiper_transform.sql.sql_function import SqlFunction
from vibepiper_transform.sql.sql_relation import SqlRelation
from vibepiper_transform.tracing import (
    NoTable,
    ReadsData,
    Trace,
    own_parameters,
    trace,
    trace_placed,
    unread_databases,
)
from vibepiper_transform.unfinished import Unfinished
from vibepiper_transform.uses import place_of

__all__ = ["RelationAnalyzer", "relation_columns"]

_TYPED_BY_DUCKDB = ("mysql", "sqlite")
"""Their engines do not tell the types of results."""


class RelationAnalyzer:
    """Calls the function with relations that hold no rows, and follows the relation it returns."""

    def analyze(self, request: AnalyzerRequest) -> AssetAnalysis:
        if not _all_known(request):
            return _unknown(request)
        try:
            traced = trace(request)
            if not isinstance(traced.result, Relation):
                return _no_relation(traced.result, request)
            relation = _relation(traced, request)
            _refuse_unsayable(traced, relation, request.dialect)
            if request.dialect in _TYPED_BY_DUCKDB:
                check_typed(relation.kinds, relation.place_of)
            found = _analysis(traced, request)
            return _with_next(found, request) if own_parameters(request) else found
        except ReadsData:
            return AssetAnalysis(None, opaque="it reads rows when it is called")
        except VibePiperError as error:
            return AssetAnalysis(None, problems=(_refusal(error, request),))
        except Exception as error:  # noqa: BLE001
            # The function is the user's: it may raise anything, as it would in a run.
            return AssetAnalysis(None, problems=(_failure(error, request),))

    def place(self, request: PlacementRequest) -> StepPlacement | None:
        """Where the parts of the relation would run that the function returns."""
        try:
            traced = trace_placed(request)
        except Exception:  # noqa: BLE001
            # What the user's function does wrong is told by `analyze`.
            return None
        return _placement(traced.result, traced) if isinstance(traced.result, Relation) else None


def _all_known(request: AnalyzerRequest) -> bool:
    told = all(tables.is_known for tables in request.tables.values())
    return told and all(above.schema is not None for above in request.upstreams.values())


def _unknown(request: AnalyzerRequest) -> AssetAnalysis:
    """What is wrong whatever columns the upstreams have."""
    function = request.asset.function
    if isinstance(function, SqlFunction):
        try:
            arguments = {**request.arguments, **unread_databases(request, {})}
            function.check_syntax(request.upstreams, arguments)
        except DefinitionError as error:
            found = _refusal(error, request)
            return AssetAnalysis(None, problems=(replace(found, certain=True),))
        except Exception:  # noqa: BLE001
            # A macro of the user's may raise for what is not known yet.
            return AssetAnalysis(None)
    return _unknown_result(request)


def _unknown_result(request: AnalyzerRequest) -> AssetAnalysis:
    """What is wrong with what a function returns that does not ask for the unknown columns."""
    try:
        result = trace(request).result
        is_query = isinstance(result, Relation)
        found = AssetAnalysis(None) if is_query else _no_relation(result, request)
    except DefinitionError as error:
        found = AssetAnalysis(None, problems=(_refusal(error, request),))
    except Exception:  # noqa: BLE001
        # It asked for the columns, or the user's function raises for what stands for them.
        return (
            _nothing(request) if only_returns_none(request.asset.function) else AssetAnalysis(None)
        )
    certain = all(upstream.schema is None for upstream in request.upstreams.values())
    problems = tuple(replace(each, certain=certain) for each in found.problems)
    return replace(found, problems=problems)


def _no_relation(result: object, request: AnalyzerRequest) -> AssetAnalysis:
    """Raises `DefinitionError` for what is no table."""
    if result is None:
        return _nothing(request)
    if isinstance(result, Unfinished):
        raise result.refusal()
    if not request.objects and not may_be_table(result):
        raise DefinitionError(
            f"asset '{request.asset.key}' returns {a_type(result)}, which is no table, and its "
            "store holds only tables",
            at=request.asset.location,
            hint="Return a relation, a table or rows.",
        )
    return AssetAnalysis(None, opaque=f"it returns {a_type(result)}")


def _nothing(request: AnalyzerRequest) -> AssetAnalysis:
    """A load that adds to what is there may have nothing to add."""
    asset = request.asset
    if not asset.gives_data or asset.mode != "replace":
        return AssetAnalysis(None, opaque="it returns None")
    error = DefinitionError(
        f"asset '{asset.key}' returns None, but it is declared as a query",
        at=asset.location,
        hint="Is a `return` missing?",
    )
    problem = problem_of(error, asset.key)
    certain = only_returns_none(asset.function)
    return AssetAnalysis(None, problems=(replace(problem, certain=certain),))


def _stays(request: AnalyzerRequest) -> bool:
    """Whether a SQL asset runs in an engine of the dialect in which it is written."""
    function = request.asset.function
    written = function.dialect if isinstance(function, SqlFunction) else "duckdb"
    return request.dialect == written != "duckdb"


def _refuse_unsayable(traced: Trace, relation: Relation, dialect: str | None) -> None:
    """Raises `UnsupportedSql` for what the engine of all sources has no words for."""
    other = dialect is not None and dialect != relation.backend.dialect
    if other and relation.sources.keys() <= traced.assets.keys():
        relation.sql(dialect)


def _placement(relation: Relation, traced: Trace) -> StepPlacement:
    return StepPlacement(_place(relation), tuple(_moves(relation, traced.assets)))


def _place(relation: LazyQuery) -> str:
    is_here = isinstance(relation.backend, DuckDBBackend)
    return HERE if is_here else place_of_backend(relation.backend)


def _moves(relation: LazyQuery, names: Mapping[str, str]) -> Iterator[Movement]:
    """What moves for it, and for what it has computed by itself, from where that is computed."""
    sources = [each for _, each in _sources(relation) if isinstance(each, DatabaseSource)]
    for source in relation.sources.values():
        if isinstance(source, HintedSource):
            yield from _moves(source.relation, names)
            origin, target = _place(source.relation), _place(relation)
            if origin != target:
                yield _movement(source.relation, origin, target, names)
    for fragment in relation.moved:
        yield Movement(
            _read_by(fragment, sources, names),
            place_of_backend(fragment.backend),
            HERE,
            fragment.columns,
            tuple(each.sql("duckdb") for each in fragment.filters),
            all_rows=_has_all_rows(fragment.query),
        )


def _movement(relation: LazyQuery, origin: str, target: str, names: Mapping[str, str]) -> Movement:
    known = ((name, names.get(name) or _outside(each)) for name, each in _sources(relation))
    upstreams = tuple(sorted({found for _, found in known if found is not None}))
    all_rows = _has_all_rows(relation.tree)
    return Movement(upstreams, origin, target, relation.columns, all_rows=all_rows)


def _has_all_rows(query: exp.Expr) -> bool:
    """Whether it has each row of one table once, whatever it makes of its columns."""
    if isinstance(query, (exp.Table, exp.Subquery)):
        return isinstance(query, exp.Table) or _has_all_rows(query.this)
    if not isinstance(query, exp.Select) or query.find(exp.AggFunc, exp.Explode, exp.Unnest):
        return False
    parts = {name for name, value in query.args.items() if value}
    return parts <= {"expressions", "from_"} and _has_all_rows(query.args["from_"].this)


def _read_by(
    fragment: Fragment, sources: Iterable[DatabaseSource], names: Mapping[str, str]
) -> tuple[str, ...]:
    """The assets that a fragment reads, by their keys, and the tables that are none."""
    read = {(table.db, table.name) for table in tables_of(fragment.query)}
    here = (each for each in sources if each.backend == fragment.backend)
    found = [each for each in here if (each.table.db, each.table.name) in read]
    return tuple(sorted({names.get(each.name) or _table(each) for each in found}))


def relation_columns(
    relation: Relation, assets: Mapping[str, str], kinds: Callable[[], Kinds] | None = None
) -> tuple[tuple[OutputColumn, ...], tuple[ColumnUse, ...]]:
    """The columns of a relation, and where its code first names each column of ``assets``: the
    asset that each source stands for, by the source's name. Others count by their own names.
    ``kinds`` gives the relation's, which is not asked for anything afterwards."""
    uses: dict[tuple[str, str], ColumnUse] = {}

    def on_use(node: exp.Expr, found: Dependencies) -> None:
        """Where each column is named first."""
        for source, column, kind in found:
            if kind != "identity" or (asset := assets.get(source)) is None:
                continue
            key = (asset, column)
            if key not in uses and (at := place_of(node)) is not None:
                uses[key] = ColumnUse(asset, column, at)

    found = _followed(relation, on_use)
    names = {name: assets.get(name) or _outside(each) for name, each in _sources(relation)}
    known = relation.kinds if kinds is None else kinds()
    outputs = (_column(name, kind, found, names) for name, kind in known.items())
    return tuple(outputs), tuple(uses.values())


def _analysis(
    traced: Trace, request: AnalyzerRequest, published: pa.Schema | None = None
) -> AssetAnalysis:
    """Nobody else holds the tree of a SQL asset, which need not be copied for its types: where
    these are wrong it is made once more, to tell the place."""
    relation = _relation(traced, request)
    if isinstance(relation, SqlRelation) and isinstance(request.asset.function, SqlFunction):
        with suppress(DataError):
            return AssetAnalysis(*relation_columns(relation, traced.assets, relation.kinds_at_last))
        traced = trace(request, published)
        relation = _relation(traced, request)
    return AssetAnalysis(*relation_columns(relation, traced.assets))


def _relation(traced: Trace, request: AnalyzerRequest) -> Relation:
    relation = cast("Relation", traced.result)
    if isinstance(relation, SqlRelation):
        relation.stays = _stays(request)
    return relation


def _with_next(first: AssetAnalysis, request: AnalyzerRequest) -> AssetAnalysis:
    """What is found of the first load, and of those that add to it. What an asset takes of itself
    is no source of it."""
    columns = first.columns or ()
    if any(column.type is None for column in columns):
        return first
    published = pa.schema([(column.name, column.type) for column in columns])
    again = trace(request, published)
    if not isinstance(again.result, Relation):
        return first
    more = _analysis(again, request, published)
    own = request.asset.key
    sources = {
        column.name: {each for each in column.sources if each.asset != own}
        for column in more.columns or ()
    }
    merged = tuple(
        replace(column, sources=tuple(sorted({*column.sources, *sources.get(column.name, ())})))
        for column in columns
    )
    known = {(use.asset, use.column) for use in first.uses}
    uses = [use for use in more.uses if use.asset != own and (use.asset, use.column) not in known]
    return replace(first, columns=merged, uses=(*first.uses, *uses))


def _column(column: str, kind: str, found: Output, names: Mapping[str, str | None]) -> OutputColumn:
    """Opaque where the query's columns are not all known, or one of its sources is not."""
    own = found.find(column)
    unknown = own is None
    sources = set()
    for source, of, how in found.rows | (found.open or frozenset() if own is None else own):
        if not source:
            unknown = True
        elif (name := names.get(source)) is not None:
            sources.add((name, of, how))
    type_ = None if kind == UNKNOWN else type_given(kind)
    listed = tuple([_source(*each) for each in sorted(sources)])
    return OutputColumn(column, type_, listed, opaque=unknown)


@lru_cache(maxsize=4096)
def _source(asset: str, column: str, kind: SourceKind) -> ColumnSource:
    """What chooses the rows of a query is a source of each of its columns."""
    return ColumnSource(asset, column, kind)


def _followed(relation: LazyQuery, on_use: Callable[[exp.Expr, Dependencies], None]) -> Output:
    columns: dict[str, list[str] | Output] = {}
    for name, source in relation.sources.items():
        if isinstance(source, HintedSource):
            columns[name] = _followed(source.relation, on_use)
        else:
            columns[name] = [] if isinstance(source, ScanSource) else source.schema.names
    return column_dependencies(relation._tree, columns, on_use)


def _sources(relation: LazyQuery) -> Iterator[tuple[str, Source]]:
    """All that it is made of, also within relations that are computed by themselves."""
    for name, source in relation.sources.items():
        if isinstance(source, HintedSource):
            yield from _sources(source.relation)
        else:
            yield name, source


def _outside(source: Source) -> str | None:
    """What a source that is no asset is called, as no asset is; data that the code holds itself has
    no name."""
    if isinstance(source, DatabaseSource):
        return _table(source)
    return source.function.sql("duckdb") if isinstance(source, ScanSource) else None


def _table(source: DatabaseSource) -> str:
    return ".".join([source.backend.dialect, *(part.name for part in source.table.parts)])


def _refusal(error: VibePiperError, request: AnalyzerRequest) -> Problem:
    severity: Severity = "warn" if isinstance(error, NoTable) else "error"
    found = problem_of(error, request.asset.key, severity)
    name = f"asset '{request.asset.key}'"
    message = found.message if found.message.startswith(name) else f"{name}: {found.message}"
    return replace(found, message=message, places=found.places or (request.asset.location,))


def _failure(error: Exception, request: AnalyzerRequest) -> Problem:
    at = last_line(error, request.root) or request.asset.location
    message = f"asset '{request.asset.key}': its function raised {type(error).__name__}: {error}"
    return Problem("error", message, request.asset.key, (at,))
