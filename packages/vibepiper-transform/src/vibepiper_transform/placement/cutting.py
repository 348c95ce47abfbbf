"""Cutting a tree into fragments, each the largest part whose tables lie in one database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pyarrow as pa
from sqlglot import exp

from vibepiper_transform.backend import RelationBackend
from vibepiper_transform.dialects import Columns as TableColumns
from vibepiper_transform.dialects import UnsupportedSql, lower_query
from vibepiper_transform.placement.folding import fold, foldable
from vibepiper_transform.placement.fragment import Fragment
from vibepiper_transform.placement.scopes import Columns, Scope, is_closed
from vibepiper_transform.placement.tables import (
    ctes_of,
    is_recursive,
    renamed,
    tables_of,
)
from vibepiper_transform.sources import DatabaseSource, ScanSource, Source

__all__ = ["Cutting", "placed"]

Homes = frozenset[RelationBackend | None]
"""Where tables lie: databases, and None for this process."""
_HERE: Homes = frozenset((None,))


def is_sayable(query: exp.Query, backend: RelationBackend, tables: TableColumns) -> bool:
    """Whether the database has words for the query. ``tables`` tells the columns of its tables."""
    try:
        lower_query(query, backend.dialect, tables)
    except UnsupportedSql:
        return False
    return True


def placed(
    query: exp.Query,
    sources: Mapping[str, Source],
    kind: type[DatabaseSource] | type[ScanSource],
) -> exp.Query:
    """The query with the tables that are sources of a kind as their engine knows them."""
    query = query.copy()
    for table in list(tables_of(query)):
        source = sources.get(table.name)
        if isinstance(source, kind) and not table.db:
            known = source.table if isinstance(source, DatabaseSource) else source.scan
            table.replace(renamed(table, known.copy()))
    return query


class Cutting:
    """``tree`` becomes what is left: it reads the ``fragments`` by their names."""

    def __init__(self, tree: exp.Query, sources: Mapping[str, Source], scope: Scope) -> None:
        self._sources = sources
        self.fragments: dict[str, Fragment] = {}
        self._folded = 0
        self.tree = self._cut(tree.copy(), scope, {})

    def _cut(self, query: exp.Query, scope: Scope, ctes: Mapping[str, Homes]) -> exp.Query:
        if (found := self._fragment(query, scope, ctes)) is not None:
            return exp.select("*").from_(_table(found.name))
        inner, known = scope.within(query), dict(ctes)
        if is_recursive(query):
            known |= {cte.alias.lower(): _HERE for cte in ctes_of(query)}
        for cte in ctes_of(query):
            known[cte.alias.lower()] = self._homes(cte.this, known)
        if isinstance(query, exp.Select):
            self._fold(query, inner, known)
        for part in _parts(query):
            if isinstance(part, exp.Table):
                self._cut_table(part, inner)
            elif isinstance(part, exp.Query):
                part.replace(self._cut(part, inner, known))
        # The last first: an earlier one may have moved along with what needs it.
        for cte in reversed(ctes_of(query)):
            if _is_read(cte, query):
                cte.set("this", self._cut(cte.this, inner, known))
            else:
                _forget(cte, query)
        return query

    def _fold(self, select: exp.Select, scope: Scope, ctes: Mapping[str, Homes]) -> None:
        """Has the first entries of one database joined there."""
        items = scope.items(select)
        count = 0
        first = self._homes(items[0].node, ctes) if items else _HERE
        for item in items[: foldable(select, items)]:
            read = item.node if item.join is None else item.join
            if self._homes(read, ctes) != first:
                break
            count += 1
        if count == len(items) and self._homes(select, ctes) == first:
            return  # It is of one database, which has no words for it.
        if count > 1 and len(first) == 1 and None not in first:
            self._folded += fold(select, items, count, f"joined_{self._folded + 1}")

    def _cut_table(self, table: exp.Table, scope: Scope) -> None:
        source = self._sources.get(table.name)
        if not isinstance(source, DatabaseSource) or scope.cte(table) is not None:
            return
        columns = tuple(source.schema.names)
        whole = exp.select("*").from_(source.table.copy())
        found = self._add(source.backend, whole, columns, may_compute=source.may_compute)
        table.replace(renamed(table, _table(found.name)))

    def _fragment(
        self, query: exp.Query, scope: Scope, ctes: Mapping[str, Homes]
    ) -> Fragment | None:
        """The whole query, if it can run in one database."""
        if isinstance(query, exp.Subquery):
            return None
        homes = self._homes(query, ctes)
        columns = scope.outputs(query)
        if len(homes) != 1 or columns is None or len(set(map(str.lower, columns))) < len(columns):
            return None
        (home,) = homes
        if home is None or not is_closed(query, scope):
            return None
        whole = placed(_carrying(query, scope), self._sources, DatabaseSource)
        return self._add(home, whole, columns) if is_sayable(whole, home, self._tables) else None

    def _add(
        self,
        backend: RelationBackend,
        query: exp.Query,
        columns: Columns,
        *,
        may_compute: bool = True,
    ) -> Fragment:
        name = f"moved_{len(self.fragments) + 1}"
        found = Fragment(name, backend, query, columns, self._tables, may_compute=may_compute)
        self.fragments[name] = found
        return found

    def _tables(self, table: exp.Table) -> pa.Schema:
        """The columns of a table of a database, by its name there."""
        known = (each for each in self._sources.values() if isinstance(each, DatabaseSource))
        name = (table.db, table.name)
        return next(each.schema for each in known if (each.table.db, each.table.name) == name)

    def _homes(self, query: exp.Expr, ctes: Mapping[str, Homes]) -> Homes:
        found: set[RelationBackend | None] = set()
        for table in tables_of(query):
            source = self._sources.get(table.name)
            if not table.db and table.name.lower() in ctes:
                found |= ctes[table.name.lower()]
            elif isinstance(source, DatabaseSource) and source.may_compute:
                found.add(source.backend)
            else:
                found.add(None)
        return frozenset(found)


def _parts(query: exp.Expr) -> list[exp.Expr]:
    """The tables that the query itself reads, and the outermost queries in it."""
    found: list[exp.Expr] = []
    for child in query.iter_expressions():
        if isinstance(child, exp.With):
            continue
        if isinstance(child, exp.Query):
            found.append(child)
            continue
        if isinstance(child, exp.Table):
            found.append(child)
        found.extend(_parts(child))
    return found


def _is_read(cte: exp.CTE, query: exp.Query) -> bool:
    below = query.args["with_"]
    query.set("with_", None)
    rest = [query, *(other for other in below.expressions if other is not cte)]
    read = any(table.name.lower() == cte.alias.lower() for r in rest for table in tables_of(r))
    query.set("with_", below)
    return read


def _forget(cte: exp.CTE, query: exp.Query) -> None:
    kept = [other for other in ctes_of(query) if other is not cte]
    query.args["with_"].set("expressions", kept)
    if not kept:
        query.set("with_", None)


def _carrying(query: exp.Query, scope: Scope) -> exp.Query:
    """The query with the common table expressions around it that it needs."""
    needed: dict[str, exp.CTE] = {}
    waiting = list(tables_of(query))
    while waiting:
        cte = scope.cte(waiting.pop())
        if cte is not None and cte.alias.lower() not in needed:
            needed[cte.alias.lower()] = cte
            waiting.extend(tables_of(cte.this))
    if not needed:
        return query
    query = query.copy()
    own = ctes_of(query)
    order = [cte for cte in scope.defined() if cte.alias.lower() in needed]
    carried = [cast("exp.Expr", cte.copy()) for cte in order]
    query.set("with_", exp.With(expressions=[*carried, *own], recursive=is_recursive(query)))
    return query


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))
