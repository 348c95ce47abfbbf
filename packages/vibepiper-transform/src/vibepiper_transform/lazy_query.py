"""A SQL syntax tree over named sources, bound to the backend that runs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import Any, Self, TypeAlias, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError, Location, suggest

from vibepiper_transform.aggregate_types import typed_aggregates
from vibepiper_transform.backend import ReceivingBackend, RelationBackend
from vibepiper_transform.callsite import callsite
from vibepiper_transform.column_tables import NodesOf, kinds_in
from vibepiper_transform.conditions import check_conditions
from vibepiper_transform.dialects import UnsupportedSql, compile_query
from vibepiper_transform.dialects.native import nodes_to_write
from vibepiper_transform.duckdb_backend import DuckDBBackend
from vibepiper_transform.hinted_source import HintedSource
from vibepiper_transform.kinds import Kinds, kind_of, kinds_of, schema_of
from vibepiper_transform.names import TABLE, alias, subquery
from vibepiper_transform.opened import Opened, open_select
from vibepiper_transform.placement import Fragment, Moves, home_of, move_least, placed, sent_of
from vibepiper_transform.sources import ArrowSource, DatabaseSource, ScanSource, Source
from vibepiper_transform.uses import place_near, with_place

__all__ = ["LazyQuery"]

Columns: TypeAlias = "Mapping[str, str] | Iterable[str] | None"


class LazyQuery:
    """What is known of a query before it runs, and its running. Immutable."""

    def __init__(
        self,
        tree: exp.Query,
        sources: Mapping[str, Source],
        columns: Columns = None,
    ) -> None:
        """``columns``, if their names, or names and DuckDB's types, are known already, spare a
        question to the backend."""
        self._tree = tree
        self._sources = dict(sources)
        if isinstance(columns, Mapping):
            self.kinds = dict(columns)
        if columns is not None:
            self.columns = tuple(columns)

    def __repr__(self) -> str:
        known = ", ".join(self.__dict__.get("columns", ["..."]))
        return f"<{type(self).__name__} in {self.backend.dialect}: {known}>"

    @cached_property
    def backend(self) -> RelationBackend:
        """Where it runs: the one database that holds all its sources, or to which the others are
        sent; else DuckDB, to which then moves what it needs of the others."""
        home, sent = home_of(self._sources), sent_of(self._sources)
        if home is not None:
            return home.receiving(sent) if isinstance(home, ReceivingBackend) and sent else home
        sources = self._moves.sources.values()
        here = (s for s in sources if isinstance(s, (ArrowSource, HintedSource)))
        return DuckDBBackend((*here, *self._moves.fragments))

    @cached_property
    def _moves(self) -> Moves:
        return move_least(self._tree, self._sources)

    @property
    def moved(self) -> tuple[Fragment, ...]:
        """The parts that run in databases, and whose rows move to DuckDB."""
        return () if home_of(self._sources) is not None else self._moves.fragments

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types of the columns, asked of the backend without running the query."""
        if self._is_plain():
            source = self._sources[self._tree.args["from_"].this.name]
            if isinstance(source, DatabaseSource):
                return source.schema
            if isinstance(source, ArrowSource):
                return schema_of(kinds_of(source.schema))
        return self.backend.schema(self.query())

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    @cached_property
    def kinds(self) -> Kinds:
        """The types of the columns by their names, in DuckDB's words: what expressions over them
        are checked against. Only where a relation begins is anything asked for it."""
        return self._kinds_by(nodes_to_write)

    def _kinds_by(self, nodes_of: NodesOf) -> Kinds:
        sources = list(self._sources.values())
        if self._is_plain() and isinstance(sources[0], ArrowSource):
            return sources[0].kinds
        here = [source for source in sources if isinstance(source, ArrowSource)]
        if len(here) == len(sources) and not self._is_plain():
            return kinds_in(self._tree, here, nodes_of)
        return kinds_of(self.schema)

    def place_of(self, name: str) -> Location | None:
        """Where a column is written, if that is known."""
        return None

    @property
    def tree(self) -> exp.Query:
        """The syntax tree, its sources under their own names; see `sources`."""
        return self._tree.copy()

    @property
    def sources(self) -> Mapping[str, Source]:
        return dict(self._sources)

    def query(self) -> exp.Query:
        """The tree with its sources as the backend knows them, to write from on that backend."""
        if home_of(self._sources) is not None:
            return placed(self._tree, self._sources, DatabaseSource)
        return placed(self._moves.query, self._sources, ScanSource)

    def sql(self, dialect: str | None = None) -> str:
        """The query as text, in the backend's dialect unless told."""
        known = dialect or self.backend.dialect
        try:
            return compile_query(self.query(), known, self._columns_of, pretty=True)
        except UnsupportedSql as refusal:
            if refusal.at is None and refusal.node is not None:
                refusal.at = self._place_near(refusal.node)
            raise

    def _place_near(self, node: exp.Expr) -> Location | None:
        """Where a node of the query is written, if that is known."""
        return place_near(node)

    def _columns_of(self, table: exp.Table) -> pa.Schema:
        """The columns of a table that `query` names."""
        for source in self._sources.values():
            if isinstance(source, DatabaseSource) and source.table.name == table.name:
                if source.table.db == table.db:
                    return source.schema
            elif source.name == table.name and isinstance(source, (ArrowSource, HintedSource)):
                return source.schema
        raise DefinitionError(f"the columns of {table.sql()} are not known", at=callsite())

    def to_reader(self, *, batch_rows: int = 65_536) -> pa.RecordBatchReader:
        """Runs it; batches of about ``batch_rows`` rows are made as they are asked for."""
        return self.backend.stream(self.query(), batch_rows)

    def to_table(self) -> pa.Table:
        """Runs it, into memory."""
        if isinstance(self.backend, DuckDBBackend):
            return self.backend.table(self.query())
        return self.to_reader().read_all()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return cast("Any", self.to_reader()).__arrow_c_stream__(requested_schema)

    def count(self) -> int:
        """How many rows."""
        rows = exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)
        counted = self.derive(lambda table: exp.select(rows).from_(table))
        return cast("int", counted.to_table()["rows"][0].as_py())

    def derive(self, build: Callable[[exp.Table], exp.Query]) -> Self:
        """A query over this relation, which ``build`` is given as a table to select from; it
        may be used more than once."""
        table = exp.to_table(TABLE)
        table.this.set("quoted", True)
        below = exp.CTE(this=self._tree.copy(), alias=alias(TABLE))
        query = build(table).copy()
        inner = query.args.get("with_")
        expressions = [below, *(inner.expressions if inner else [])]
        query.set("with_", exp.With(expressions=expressions))
        return self.replace(query)

    def replace(
        self,
        tree: exp.Query,
        columns: Columns = None,
        sources: Mapping[str, Source] | None = None,
    ) -> Self:
        """Another tree, over the same sources unless told; ``columns`` if they are known."""
        return type(self)(tree, self._sources if sources is None else sources, columns)

    def body(self) -> exp.Expr:
        """What a query over this relation selects from: the source itself, or a subquery."""
        if self._is_plain():
            return cast("exp.Expr", self._tree.args["from_"].this.copy())
        return subquery(self._tree, TABLE)

    def opened(self, name: str | None = None, used: Collection[str] | None = None) -> Opened:
        """Itself as what more can be added to; ``name`` is for a table that is alone, ``used``
        as for `open_select`."""
        found = open_select(self._tree, self.columns, name, used)
        return Opened.closed(self.body(), self.columns, name) if found is None else found

    def _is_plain(self) -> bool:
        """Whether it is all of a source and nothing else."""
        if not _is_plain(self._tree):
            return False
        source = self._tree.args["from_"].this
        return isinstance(source, exp.Table) and source.name in self._sources

    def check(self, name: str) -> None:
        """Refuses a name that is none of the columns."""
        if not isinstance(name, str):
            raise DefinitionError(f"a column is named by a text, found {name!r}", at=callsite())
        if name not in self.columns:
            raise DefinitionError(
                f"there is no column '{name}'", at=callsite(), hint=suggest(name, self.columns)
            )

    def checked(self, tree: exp.Expr) -> exp.Expr:
        """``tree``, whose columns must be of this relation, and of types that its operators and
        functions take."""
        for column in tree.find_all(exp.Column):
            self.check(column.name)
        typed = typed_aggregates(tree.copy(), self.kind_of)
        self.kind_of(typed)
        check_conditions(typed, self.kind_of)
        return with_place(typed)

    def kind_of(self, tree: exp.Expr) -> str:
        """The type of an expression over its columns, in DuckDB's words."""
        return kind_of(tree, self.kinds)


def _is_plain(tree: exp.Query) -> bool:
    """Whether it is ``SELECT * FROM source`` and nothing else."""
    if not isinstance(tree, exp.Select) or not tree.is_star or len(tree.expressions) != 1:
        return False
    return {name for name, value in tree.args.items() if value} <= {"expressions", "from_"}
