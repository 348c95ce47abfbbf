"""The lazy relation: a SQL syntax tree over named sources, run by a backend when it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DefinitionError, suggest

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.callsite import callsite
from vibepiper_transform.duckdb_backend import DuckDBBackend
from vibepiper_transform.expressions import (
    Expression,
    Ordering,
    column_tree,
    condition,
    order_terms,
    refuse_windows,
    tree_of,
)
from vibepiper_transform.sources import DatabaseSource, ScanSource, Source
from vibepiper_transform.sql_types import check_comparable
from vibepiper_transform.sums import typed_sums

if TYPE_CHECKING:
    from vibepiper_transform.grouping import GroupedRelation
    from vibepiper_transform.joins import How, On

__all__ = ["Relation"]

TABLE = "relation"


class Relation:
    """Rows that are not fetched until they are read: by `to_reader`, by `to_table`, or by
    whatever takes Arrow streams. Immutable; every method gives a new relation.

    A column that does not exist is refused at once, with the nearest name and the line of code
    that asked for it. Two columns may not differ only in case.
    """

    def __init__(
        self,
        tree: exp.Query,
        sources: Mapping[str, Source],
        columns: Iterable[str] | None = None,
    ) -> None:
        """``columns``, if they are known already, spare a question to the backend."""
        self._tree = tree
        self._sources = dict(sources)
        if columns is not None:
            self.columns = tuple(columns)

    def __repr__(self) -> str:
        known = ", ".join(self.__dict__.get("columns", ["..."]))
        return f"<Relation in {self.backend.dialect}: {known}>"

    @cached_property
    def backend(self) -> RelationBackend:
        """Where it runs: the one database that holds all its sources, else DuckDB."""
        sources = list(self._sources.values())
        databases = [s.backend for s in sources if isinstance(s, DatabaseSource)]
        if databases and len(databases) == len(sources):
            first = databases[0]
            if all(backend == first for backend in databases):
                return first
        return DuckDBBackend(tuple(s for s in sources if not isinstance(s, ScanSource)))

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types of the columns, asked of the backend without running the query."""
        return self.backend.schema(self.query())

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.schema.names)

    @property
    def tree(self) -> exp.Query:
        """The syntax tree, its sources under their own names; see `sources`."""
        return self._tree.copy()

    @property
    def sources(self) -> Mapping[str, Source]:
        return dict(self._sources)

    def query(self) -> exp.Query:
        """The tree with its sources as the backend knows them, to write from on that backend."""
        local = isinstance(self.backend, DuckDBBackend)

        def place(node: exp.Expr) -> exp.Expr:
            source = self._sources.get(node.name) if isinstance(node, exp.Table) else None
            if isinstance(source, ScanSource):
                table = exp.Table(this=source.function.copy())
            elif isinstance(source, DatabaseSource) and not local:
                table = source.table.copy()
            else:
                return node
            table.set("alias", (node.args.get("alias") or _alias(node.name)).copy())
            return table

        return cast("exp.Query", self._tree.copy().transform(place))

    def sql(self, dialect: str | None = None) -> str:
        """The query as text, in the backend's dialect unless told."""
        return self.query().sql(dialect or self.backend.dialect, pretty=True)

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

    def derive(self, build: Callable[[exp.Table], exp.Query]) -> Relation:
        """A query over this relation, which ``build`` is given as a table to select from; it
        may be used more than once."""
        table = exp.to_table(TABLE)
        table.this.set("quoted", True)
        below = exp.CTE(this=self._tree.copy(), alias=_alias(TABLE))
        query = build(table).copy()
        inner = query.args.get("with_")
        expressions = [below, *(inner.expressions if inner else [])]
        query.set("with_", exp.With(expressions=expressions))
        return Relation(query, self._sources)

    def filter(self, *conditions: Expression) -> Relation:
        """The rows for which every condition holds."""
        trees = [self.checked(condition(test).tree) for test in conditions]
        for tree in trees:
            refuse_windows(tree, "a filter")
            self._check_boolean(tree)
        return self._same(exp.select("*").from_(self.body()).where(*trees))

    def select(self, *columns: str | Expression, **named: str | Expression) -> Relation:
        """These columns, in this order; ``new="old"`` renames, ``new=expression`` computes."""
        chosen = [self._output(_name_of(column), column) for column in columns]
        chosen += [self._output(name, column) for name, column in named.items()]
        return self._selected(chosen)

    def mutate(self, **named: object) -> Relation:
        """Its columns and these; one of the same name is replaced where it stands. A string is
        a constant: name columns with `col`."""
        new = {name: self._aliased(name, tree_of(value)) for name, value in named.items()}
        kept = [new.pop(name, _column(name)) for name in self.columns]
        return self._selected([*kept, *new.values()])

    def rename(self, **named: str) -> Relation:
        """``new="old"``; the rest stays."""
        for old in named.values():
            self.check(old)
        new = {old: name for name, old in named.items()}
        if len(new) < len(named):
            raise DefinitionError("a column is renamed twice in one rename", at=callsite())
        return self._selected([self._output(new.get(name, name), name) for name in self.columns])

    def drop(self, *columns: str) -> Relation:
        """Its columns without these."""
        for name in columns:
            self.check(name)
        return self._selected([_column(name) for name in self.columns if name not in columns])

    def order_by(self, *by: str | Expression | Ordering) -> Relation:
        """Ascending with nulls last unless told: ``col("x").desc(nulls="first")``. The order is
        for reading and for `limit`; what is built on top may lose it."""
        terms = [self.checked(term) for term in order_terms(by)]
        if not terms:
            raise DefinitionError("an order needs at least one column", at=callsite())
        return self._same(exp.select("*").from_(self.body()).order_by(*terms))

    def limit(self, rows: int, *, offset: int = 0) -> Relation:
        """The first rows after ``offset`` others; of an unordered relation, any."""
        _check_count("a limit", rows)
        _check_count("an offset", offset)
        limited = self._tree.copy() if self._open() else exp.select("*").from_(self.body())
        limited = cast("exp.Select", limited).limit(rows)
        return self._same(limited.offset(offset) if offset else limited)

    def distinct(self) -> Relation:
        """Each different row once."""
        return self._same(exp.select("*").distinct().from_(self.body()))

    def union(self, *others: object, distinct: bool = False) -> Relation:
        """Its rows and those of others that have the same columns, matched by name; ``distinct``
        keeps each different row once."""
        from vibepiper_transform.constructors import as_relation

        tree: exp.Query = self._tree.copy()
        sources = dict(self._sources)
        for data in others:
            other = as_relation(data)
            self._check_same_columns(other)
            aligned = other.select(*self.columns)
            left, right = exp.select("*").from_(_subquery(tree, "l")), aligned._tree
            tree = left.union(exp.select("*").from_(_subquery(right, "r")), distinct=distinct)
            sources |= other._sources
        return Relation(tree, sources, self.columns)

    def join(
        self, other: object, *, on: On, how: How = "inner", suffix: str = "_right"
    ) -> Relation:
        """See `vibepiper_transform.join`."""
        from vibepiper_transform.joins import join

        return join(self, other, on=on, how=how, suffix=suffix)

    def groupby(self, *keys: str | Expression, **named: str | Expression) -> GroupedRelation:
        """Groups of rows whose keys are equal; call ``aggregate`` on it."""
        from vibepiper_transform.grouping import GroupedRelation

        groups = {_name_of(key): self.checked(column_tree(key)) for key in keys}
        groups |= {name: self.checked(column_tree(key)) for name, key in named.items()}
        for tree in groups.values():
            refuse_windows(tree, "a group's key")
        return GroupedRelation(self, groups)

    def aggregate(self, **aggregates: object) -> Relation:
        """One row for the whole relation."""
        return self.groupby().aggregate(**cast("Any", aggregates))

    def body(self) -> exp.Expr:
        """What a query over this relation selects from: the source itself, or a subquery."""
        if _is_plain(self._tree):
            source = self._tree.args["from_"].this
            if isinstance(source, exp.Table) and source.name in self._sources:
                return cast("exp.Expr", source.copy())
        return _subquery(self._tree, TABLE)

    def check(self, name: str) -> None:
        """Refuses a name that is none of the columns."""
        if name not in self.columns:
            raise DefinitionError(
                f"there is no column '{name}'", at=callsite(), hint=suggest(name, self.columns)
            )

    def checked(self, tree: exp.Expr) -> exp.Expr:
        """``tree``, whose columns must be of this relation."""
        for column in tree.find_all(exp.Column):
            self.check(column.name)
        return typed_sums(tree.copy(), self._kind_of)

    def _output(self, name: str, column: str | Expression) -> exp.Expr:
        return self._aliased(name, column_tree(column))

    def _aliased(self, name: str, tree: exp.Expr) -> exp.Expr:
        if isinstance(tree, exp.Column) and tree.name == name:
            return self.checked(tree)
        return exp.alias_(self.checked(tree), name, quoted=True)

    def _selected(self, columns: Sequence[exp.Expr]) -> Relation:
        names = [column.alias_or_name for column in columns]
        check_names(names)
        return Relation(exp.select(*columns).from_(self.body()), self._sources, names)

    def _same(self, tree: exp.Query) -> Relation:
        """A query that has the same columns."""
        return Relation(tree, self._sources, self.columns)

    def _kind_of(self, tree: exp.Expr) -> pa.DataType:
        if isinstance(tree, exp.Column):
            return self.schema.field(tree.name).type
        probe = exp.select(exp.alias_(tree.copy(), "x")).from_(self.body())
        return Relation(probe, self._sources).schema.field(0).type

    def _check_boolean(self, tree: exp.Expr) -> None:
        """A bare column is no condition unless it is boolean; engines would cast it."""
        if isinstance(tree, exp.Column):
            kind = self._kind_of(tree)
            if not pa.types.is_boolean(kind):
                raise DefinitionError(
                    f"a condition is true or false, but '{tree.name}' is {kind}", at=callsite()
                )

    def _open(self) -> bool:
        """Whether a LIMIT can be added to the tree itself, after its ORDER BY."""
        return isinstance(self._tree, exp.Select) and not (
            self._tree.args.get("limit") or self._tree.args.get("offset")
        )

    def _check_same_columns(self, other: Relation) -> None:
        if set(self.columns) != set(other.columns):
            raise DefinitionError(
                f"a union needs the same columns: {', '.join(self.columns)} "
                f"against {', '.join(other.columns)}",
                at=callsite(),
                hint="Select or rename first.",
            )
        for name in self.columns:
            check_comparable(name, self.schema.field(name).type, other.schema.field(name).type)


def check_names(names: Iterable[str], hint: str = "Name one of them otherwise.") -> None:
    """Refuses a result with no column, with one that has no name, or with two whose names are
    equal but for case."""
    seen: dict[str, str] = {}
    for name in names:
        if not name:
            raise DefinitionError("a column needs a name, found ''", at=callsite())
        if (other := seen.get(name.lower())) is not None:
            problem = f"the columns '{other}' and '{name}' would have the same name"
            raise DefinitionError(problem, at=callsite(), hint=hint)
        seen[name.lower()] = name
    if not seen:
        raise DefinitionError("a relation needs at least one column", at=callsite())


def _check_count(what: str, rows: int) -> None:
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise DefinitionError(
            f"{what} is a whole number of rows, 0 or more, found {rows!r}", at=callsite()
        )


def _name_of(column: str | Expression) -> str:
    if isinstance(column, str):
        return column
    tree = column_tree(column)
    if isinstance(tree, exp.Column):
        return tree.name
    raise DefinitionError(
        "an expression needs a name", at=callsite(), hint="Give it one: name=expression."
    )


def _column(name: str) -> exp.Expr:
    return exp.column(name, quoted=True)


def _alias(name: str) -> exp.TableAlias:
    return exp.TableAlias(this=exp.to_identifier(name, quoted=True))


def _subquery(tree: exp.Query, name: str) -> exp.Subquery:
    return exp.Subquery(this=tree.copy(), alias=_alias(name))


def _is_plain(tree: exp.Query) -> bool:
    """Whether it is ``SELECT * FROM source`` and nothing else."""
    if not isinstance(tree, exp.Select) or not tree.is_star or len(tree.expressions) != 1:
        return False
    return {name for name, value in tree.args.items() if value} <= {"expressions", "from_"}
