"""Quarantine: a table parted into the rows to publish and those set aside, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from vibepiper.checks import CheckContext, SetAside
from vibepiper.errors import DataError
from vibepiper_transform import Relation

from vibepiper_expectations.columns import Columns
from vibepiper_expectations.failures import Failures, RowFunction
from vibepiper_expectations.kinds import RowExpectation
from vibepiper_expectations.questions import over
from vibepiper_expectations.scopes import Scope, rows_of

__all__ = ["REASONS", "part"]

REASONS = "reasons"
"""The column of the set-aside rows that names the checks they fail, each on a line of its own."""


def part(checks: Sequence[RowExpectation], relation: Relation, context: CheckContext) -> SetAside:
    """The rows that fail none of the checks, and those that fail any. Raises `DataError` for a
    check of which the data's engine cannot tell the rows."""
    columns = Columns(context, relation)
    if REASONS in columns.schema.names:
        raise DataError(
            f"asset '{columns.asset}' has a column '{REASONS}', which its set-aside rows have too",
            hint="Rename it.",
        )
    failures = [_failures(check, columns) for check in checks]
    labels = [check.label for check in checks]
    references: dict[str, Relation] = {}
    for each in failures:
        references |= each.references
    shown = [exp.column(name, quoted=True) for name in columns.schema.names]

    def good(table: exp.Table) -> exp.Query:
        return rows_of(Scope(), table, shown, where=exp.not_(exp.paren(_any(failures, table))))

    def rejected(table: exp.Table) -> exp.Query:
        told = exp.alias_(_reasons(failures, labels, table), REASONS, quoted=True)
        return rows_of(Scope(), table, [*shown, told], where=_any(failures, table))

    return SetAside(over(relation, good, references), over(relation, rejected, references))


def _failures(check: RowExpectation, columns: Columns) -> Failures:
    found = check.failures(columns)
    if isinstance(found, RowFunction):
        raise DataError(
            f"asset '{columns.asset}': {check.label} is told by Python in {columns.dialect}, so "
            "its rows cannot be set aside",
        )
    if check.when is None:
        return found
    return found.given(columns.condition(check.when, check.label))


def _fails(failures: Failures, table: exp.Table) -> exp.Expr:
    """True or false, where the condition itself may be neither."""
    return exp.Coalesce(this=exp.paren(failures.rows(table)), expressions=[exp.false()])


def _any(failures: Sequence[Failures], table: exp.Table) -> exp.Expr:
    return exp.or_(*(_fails(each, table) for each in failures))


def _reasons(failures: Sequence[Failures], labels: Sequence[str], table: exp.Table) -> exp.Expr:
    parts: list[exp.Expr] = []
    for each, label in zip(failures, labels, strict=True):
        told = exp.If(this=_fails(each, table), true=exp.Literal.string(f"{label}\n"))
        parts.append(exp.Case(ifs=[told], default=exp.Literal.string("")))
    whole = parts[0]
    for part_of in parts[1:]:
        whole = exp.DPipe(this=whole, expression=part_of)
    return exp.Trim(this=whole, expression=exp.Literal.string("\n"))
