"""A part of a query that runs in a database, and whose rows move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.dialects import Columns as TableColumns
from vibepiper_transform.dialects import compile_query
from vibepiper_transform.placement.scopes import Columns

__all__ = ["Fragment"]


@dataclass(frozen=True, eq=False)
class Fragment:
    """``query`` names its tables as the database does, and gives ``columns``; what is around it
    reads its rows under ``name``. ``tables`` tells the columns of those that it names. ``filters``
    are what was pushed into it from there; it takes none where the database ``may_compute``
    nothing."""

    name: str
    backend: RelationBackend
    query: exp.Query
    columns: Columns
    tables: TableColumns
    filters: tuple[exp.Expr, ...] = ()
    may_compute: bool = True

    @cached_property
    def schema(self) -> pa.Schema:
        return self.backend.schema(self.query)

    def sql(self) -> str:
        """Its query as the database reads it."""
        return compile_query(self.query, self.backend.dialect, self.tables, pretty=True)

    def open(self) -> pa.RecordBatchReader:
        """Its rows, in constant memory."""
        return self.backend.stream(self.query, 65_536)

    def narrowed(self, columns: Sequence[str], filters: Iterable[exp.Expr]) -> Fragment:
        """Only these columns of the rows for which the filters hold."""
        kept = tuple(_bare(each, self.columns) for each in filters)
        if tuple(columns) == self.columns and not kept:
            return self
        below = _table_of(self.query)
        source = below.copy() if below is not None else _subquery(self.query)
        chosen = [exp.column(name, quoted=True) for name in columns]
        query = exp.select(*chosen).from_(source)
        if kept:
            query = query.where(*(each.copy() for each in kept), copy=False)
        return replace(self, query=query, columns=tuple(columns), filters=kept)

    def is_same(self, other: Fragment) -> bool:
        """Whether both give the same rows, but for their order."""
        return self.backend == other.backend and self.query == other.query


def _table_of(query: exp.Query) -> exp.Expr | None:
    """The table, of a query that is all of one."""
    if not isinstance(query, exp.Select) or query.expressions != [exp.Star()]:
        return None
    if {name for name, value in query.args.items() if value} != {"expressions", "from_"}:
        return None
    found = query.args["from_"].this
    plain = isinstance(found, exp.Table) and not found.args.get("sample")
    return found if plain and not found.args.get("joins") else None


def _subquery(query: exp.Query) -> exp.Expr:
    name = exp.TableAlias(this=exp.to_identifier("part", quoted=True))
    return exp.Subquery(this=query.copy(), alias=name)


def _bare(filter: exp.Expr, columns: Columns) -> exp.Expr:
    """Without the names of tables, of which there is one; its columns as they are spelled."""
    spelled = {name.lower(): name for name in columns}

    def bare(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        return exp.column(spelled[node.name.lower()], quoted=True)

    return filter.copy().transform(bare)
