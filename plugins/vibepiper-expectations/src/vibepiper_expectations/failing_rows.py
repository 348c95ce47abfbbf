"""The rows that fail, all of them, with what each fails."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp
from vibepiper_transform import Relation

from vibepiper_expectations.bare_column import BareColumn
from vibepiper_expectations.failures import Failures
from vibepiper_expectations.questions import over, rows_in_utc
from vibepiper_expectations.scopes import Scope, rows_of

__all__ = ["failing_keys", "flag", "flagged"]


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
        return rows_of(Scope(), table, [*columns, *flags], where=exp.or_(*conditions))

    references: dict[str, Relation] = {}
    for check in checks:
        references |= check.references
    return over(relation, build, references)


def failing_keys(
    relation: Relation, checks: Mapping[int, Failures], identity: Sequence[BareColumn]
) -> dict[int, pa.Table]:
    """The keys of all rows that fail, by check, in the order of the keys; from one query."""
    if not checks:
        return {}
    found = flagged(relation, list(checks.values()), [column.sql for column in identity])
    table = rows_in_utc(found.to_table())
    keys = table.select([column.name for column in identity])
    order = [(name, "ascending") for name in keys.column_names]
    return {
        number: keys.filter(pc.equal(table[flag(position)], True)).sort_by(order)
        for position, number in enumerate(checks)
    }
