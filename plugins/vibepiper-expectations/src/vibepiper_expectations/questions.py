"""Questions to a table, put together so that each scope is read once for all of them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from sqlglot import exp
from vibepiper.errors import DataError
from vibepiper_transform import Relation

from vibepiper_expectations.measures import Measure
from vibepiper_expectations.scopes import Scope, aggregates_over

__all__ = ["Answer", "Questions", "ask_alone", "over", "rows_in_utc"]

References = Mapping[str, Relation]
NOTHING: References = MappingProxyType({})


@dataclass(frozen=True)
class Answer:
    """Values, and the query that gave them."""

    values: tuple[Any, ...]
    sql: str = ""
    seconds: float = 0.0


class Questions:
    """Aggregates over a relation. What is asked before `settle` is answered together: by one
    query for each scope, in which equal aggregates are computed once."""

    def __init__(self, relation: Relation) -> None:
        self._relation = relation
        self._asked: dict[Scope, dict[exp.Expr, str]] = defaultdict(dict)
        self._references: dict[Scope, dict[str, Relation]] = defaultdict(dict)
        self._answers: dict[tuple[Scope, exp.Expr], tuple[Any, str, float]] = {}

    def ask(
        self, scope: Scope, aggregates: Iterable[exp.Expr], references: References = NOTHING
    ) -> Callable[[], Answer]:
        """What gives the answer, once all is settled."""
        wanted = tuple(aggregates)
        for aggregate in wanted:
            if (scope, aggregate) not in self._answers:
                self._asked[scope].setdefault(aggregate, f"m{len(self._asked[scope])}")
        self._references[scope].update(references)
        return lambda: self._answer(scope, wanted)

    def settle(self) -> None:
        """Runs the queries."""
        asked, self._asked = self._asked, defaultdict(dict)
        for scope, names in asked.items():
            if names:
                self._run(scope, names)

    def _run(self, scope: Scope, names: dict[exp.Expr, str]) -> None:
        columns = [exp.alias_(tree.copy(), name, quoted=True) for tree, name in names.items()]
        query = over(
            self._relation,
            lambda table: aggregates_over(scope, table, columns),
            self._references[scope],
        )
        started = time.perf_counter()
        (row,) = query.to_table().to_pylist()
        seconds = time.perf_counter() - started
        text = query.sql()
        for aggregate, name in names.items():
            self._answers[scope, aggregate] = (row[name], text, seconds)

    def _answer(self, scope: Scope, wanted: tuple[exp.Expr, ...]) -> Answer:
        found = [self._answers[scope, aggregate] for aggregate in wanted]
        values, texts, seconds = zip(*found, strict=True)
        return Answer(tuple(values), texts[0], max(seconds))


def ask_alone(relation: Relation, measure: Measure) -> Answer:
    """Asks what no other question can be put together with: a query or a function of a check."""
    started = time.perf_counter()
    if measure.function is not None:
        chosen = relation.select(*measure.columns) if measure.columns else relation
        with chosen.to_reader() as reader:
            found = measure.function(reader)
        return Answer((found,), "", time.perf_counter() - started)
    assert measure.query is not None
    query = over(relation, measure.query, measure.references)
    table = query.to_table()
    seconds = time.perf_counter() - started
    if measure.many:
        return Answer(tuple(table.to_pylist()), query.sql(), seconds)
    if table.shape != (1, 1):
        raise DataError(
            f"a check's query gave {table.num_rows} rows of {table.num_columns} columns, expected "
            "one value"
        )
    return Answer((table.column(0)[0].as_py(),), query.sql(), seconds)


def over(
    relation: Relation,
    build: Callable[[exp.Table], exp.Query],
    references: References = NOTHING,
) -> Relation:
    """A query over a relation that may also read other tables, by the names of ``references``."""
    if not references:
        return Relation(_inlined(relation.derive(build)), relation.sources)

    def with_others(table: exp.Table) -> exp.Query:
        query = build(table)
        for name, other in references.items():
            query = query.with_(exp.to_identifier(name, quoted=True), as_=other.tree, copy=False)
        return query

    derived = relation.derive(with_others)
    sources = dict(derived.sources)
    for other in references.values():
        sources |= other.sources
    return Relation(_inlined(derived), sources)


def _inlined(relation: Relation) -> exp.Query:
    """The tree, in which DuckDB does not write out a table that is read twice, whole, first."""
    tree = relation.tree
    if relation.backend.dialect == "duckdb" and (below := tree.args.get("with_")) is not None:
        below.expressions[0].set("materialized", False)
    return tree


def rows_in_utc(table: pa.Table) -> pa.Table:
    """Timestamps in microseconds, and in UTC if they have a time zone, whatever the session's."""
    fields = [
        field.with_type(pa.timestamp("us", field.type.tz and "UTC"))
        if pa.types.is_timestamp(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields), safe=False)
