"""The rows that fail, all of them, with what each fails."""
# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp
from vibepiper_transform import Relation, from_arrow

from vibepiper_expectations.bare_column import BareColumn
from vibepiper_expectations.failures import Failures, RepeatedValues
from vibepiper_expectations.questions import over, rows_in_utc
from vibepiper_expectations.scopes import Scope, rows_of

__all__ = ["FailingRows", "flag", "flagged"]


def flag(number: int) -> str:
    """The name of the column that tells whether a row fails the check of that number."""
    return f"fails_{number}"


def flagged(
    relation: Relation, checks: Sequence[Failures], columns: Sequence[exp.Expr]
) -> Relation:
    """``columns`` of the rows that fail any of ``checks``, and a `flag` for each."""

    def build(table: exp.Table) -> exp.Query:
        conditions = [check.rows(table) for check in checks]
        flags = [
            exp.alias_(exp.Coalesce(this=exp.paren(c.copy()), expressions=[exp.false()]), flag(n))
            for n, c in enumerate(conditions)
        ]
        if len(conditions) == 1:  # then a row that is there fails, and a join need not tell again
            flags = [exp.alias_(exp.true(), flag(0))]
        return rows_of(Scope(), table, [*columns, *flags], where=exp.or_(*conditions))

    references: dict[str, Relation] = {}
    for check in checks:
        references |= check.references
    return over(relation, build, references)


@dataclass
class Failing:
    """The rows that fail one check. ``rows`` have the identifying columns and the check's own."""

    failures: Failures
    rows: pa.Table | None = None
    sql: str = ""
    seconds: float = 0.0

    @property
    def count(self) -> int:
        return 0 if self.rows is None else int(self.rows.num_rows)

    def keys(self, identity: Sequence[BareColumn]) -> pa.Table | None:
        if self.rows is None:
            return None
        names = [column.name for column in identity]
        return _sorted(self.rows.select(names))

    def examples(self, identity: Sequence[BareColumn], limit: int) -> tuple[Mapping[str, Any], ...]:
        """The first rows in the order of their columns; of repeated values the most frequent."""
        if self.rows is None:
            return ()
        if isinstance(self.failures, RepeatedValues):
            failures = replace(self.failures, when=None)  # of which the rows are
            repeated = over(
                from_arrow(self.rows),
                lambda table: failures.examples(table, identity).limit(limit),
            )
            return tuple(rows_in_utc(repeated.to_table()).to_pylist())
        own = [column.name for column in self.failures.columns if column.is_scalar]
        names = list(dict.fromkeys([*(column.name for column in identity), *own]))
        return tuple(_sorted(self.rows, names, limit).to_pylist())


def _sorted(rows: pa.Table, names: Sequence[str] = (), limit: int | None = None) -> pa.Table:
    """By the columns ``names``, else by all. `pa.Table.sort_by` does the same by way of Acero,
    whose import takes longer."""
    keys = [(name, "ascending") for name in names or rows.column_names]
    return rows.take(pc.sort_indices(rows, sort_keys=keys).slice(0, limit))


class FailingRows:
    """All failing rows of several checks: one query for those of a row's own values, one for each
    order that windows need, and one for each check that looks for values elsewhere."""

    def __init__(self, relation: Relation, identity: Sequence[BareColumn]) -> None:
        self._relation = relation
        self._identity = tuple(identity)
        self._wanted: list[Failing] = []

    def add(self, failures: Failures) -> Failing:
        """What will hold the rows, once `run` has fetched them."""
        failing = Failing(failures)
        self._wanted.append(failing)
        return failing

    def run(self) -> None:
        apart: dict[object, list[Failing]] = defaultdict(list)
        for failing in self._wanted:
            apart[self._apart(failing)].append(failing)
        for together in apart.values():
            self._fetch(together)

    @staticmethod
    def _apart(failing: Failing) -> object:
        """What looks elsewhere for its values is a join, through which no other column is to be
        drawn; what needs an order is not to slow down what needs none."""
        condition = failing.failures.rows(exp.to_table("relation"))
        if condition.find(exp.Query) is not None:
            return id(failing)
        return failing.failures.scope.windows

    def _fetch(self, together: Sequence[Failing]) -> None:
        shown = {column.name: column for column in self._identity}
        for failing in together:
            shown |= {column.name: column for column in failing.failures.columns}
        columns = [column.sql for column in shown.values()]
        query = flagged(self._relation, [failing.failures for failing in together], columns)
        started = time.perf_counter()
        table = rows_in_utc(query.to_table())
        seconds, text = time.perf_counter() - started, query.sql()
        for number, failing in enumerate(together):
            names = dict.fromkeys(c.name for c in (*self._identity, *failing.failures.columns))
            rows = table.select(list(names)).filter(table[flag(number)])
            failing.rows, failing.sql, failing.seconds = rows, text, seconds
