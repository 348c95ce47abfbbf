"""Evaluation: an asset's checks as one query, and their results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp
from vibepiper.checks import CheckResult, CheckStatus
from vibepiper.errors import DataError
from vibepiper_transform import Relation

from vibepiper_expectations.columns import Columns
from vibepiper_expectations.expectation import Expectation, RowExpectation, TableExpectation
from vibepiper_expectations.failures import Failures
from vibepiper_expectations.structure import StructureExpectation

__all__ = ["evaluate"]

_LONGEST = 100


@dataclass(frozen=True)
class _Settled:
    """A check whose result needs no query."""

    result: CheckResult

    def aggregates(self) -> tuple[exp.Expr, ...]:
        return ()


@dataclass(frozen=True)
class _OfTable:
    check: TableExpectation
    measure: exp.Expr

    def aggregates(self) -> tuple[exp.Expr, ...]:
        return (self.measure,)


@dataclass(frozen=True)
class _OfRows:
    check: RowExpectation
    failures: Failures

    def aggregates(self) -> tuple[exp.Expr, ...]:
        return (self.failures.examined(), self.failures.count())


_Step = _Settled | _OfTable | _OfRows


def evaluate(
    checks: Sequence[Expectation],
    relation: Relation,
    *,
    asset: str,
    key: Sequence[str],
    limit: int,
) -> list[CheckResult]:
    """The checks' results, in order; up to the first that fails, if one of them asks for that.

    Raises `DataError` for a check that cannot be asked of the data, unless the data's columns
    have failed a declared schema on the very point: then it fails with that reason.
    """
    columns = Columns(asset, relation.schema, relation.backend.dialect, key)
    fail_fast = any(isinstance(check, StructureExpectation) and check.fail_fast for check in checks)
    results = []
    for result in _results(_plan(checks, columns), relation, columns, limit):
        results.append(result)
        if fail_fast and result.blocks:
            break
    return results


def _plan(checks: Sequence[Expectation], columns: Columns) -> list[_Step]:
    structure = [check for check in checks if isinstance(check, StructureExpectation)]
    unfit = {
        name
        for check in structure
        if check.problem(columns.schema) is not None
        for name in check.column_names
    }
    return [_step(check, columns, unfit) for check in checks]


def _step(check: Expectation, columns: Columns, unfit: set[str]) -> _Step:
    if isinstance(check, StructureExpectation):
        problem = check.problem(columns.schema)
        return _Settled(_result(check, passed=problem is None, observed=problem))
    try:
        if isinstance(check, TableExpectation):
            return _OfTable(check, check.measure(columns))
        if isinstance(check, RowExpectation):
            return _OfRows(check, check.failures(columns))
    except DataError as error:
        if unfit.isdisjoint(check.column_names):
            raise
        return _Settled(_result(check, passed=False, observed=error.message))
    raise TypeError(f"{check.label} is of no kind that can be evaluated")


def _results(
    steps: Sequence[_Step], relation: Relation, columns: Columns, limit: int
) -> Iterator[CheckResult]:
    for step, values in zip(steps, _measure(steps, relation), strict=True):
        match step:
            case _Settled():
                yield step.result
            case _OfTable():
                yield _table_result(step.check, values[0])
            case _OfRows():
                rows, failed = (int(value or 0) for value in values)
                if failed:
                    failed = _recount(step.failures, relation, failed)
                yield _row_result(step, rows, failed, relation, columns, limit)


def _measure(steps: Sequence[_Step], relation: Relation) -> list[list[Any]]:
    """Every step's aggregates, from one query; equal ones are computed once."""
    names: dict[exp.Expr, str] = {}
    for aggregate in (aggregate for step in steps for aggregate in step.aggregates()):
        names.setdefault(aggregate, f"m{len(names)}")
    if not names:
        return [[] for _ in steps]
    columns = [exp.alias_(item, name, quoted=True) for item, name in names.items()]
    query = relation.derive(lambda table: exp.select(*columns).from_(table))
    (row,) = query.to_table().to_pylist()
    return [[row[names[aggregate]] for aggregate in step.aggregates()] for step in steps]


def _table_result(check: TableExpectation, measured: Any) -> CheckResult:
    value = None if measured is None else float(measured)
    observed = "no values" if value is None else f"{value:.15g}"
    return _result(check, passed=check.holds(value), observed=observed)


def _row_result(
    step: _OfRows, rows: int, failed: int, relation: Relation, columns: Columns, limit: int
) -> CheckResult:
    check = step.check
    if check.tolerates(failed, rows):
        return _result(check, passed=True, rows=rows, failed_rows=failed)
    examples = _examples(step.failures, relation, columns, limit)
    found = {_text(row[name]): None for row in examples for name in check.column_names}
    return _result(
        check,
        passed=False,
        rows=rows,
        failed_rows=failed,
        observed=", ".join(found) if len(check.column_names) == 1 and found else None,
        examples=examples,
    )


def _recount(failures: Failures, relation: Relation, counted: int) -> int:
    """How many rows failed, given that ``counted`` tells only whether some did."""
    if failures.recount is None:
        return counted
    (row,) = relation.derive(failures.recount).to_table().to_pylist()
    return int(row["failed"])


def _text(value: object) -> str:
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _examples(
    failures: Failures, relation: Relation, columns: Columns, limit: int
) -> tuple[Mapping[str, object], ...]:
    if limit == 0:
        return ()
    identity = columns.identity(failures.columns)
    table = relation.derive(lambda table: failures.examples(table, identity, limit)).to_table()
    return tuple(_as_python_holds(table).to_pylist())


def _as_python_holds(table: pa.Table) -> pa.Table:
    """Timestamps in microseconds, and in UTC if they have a time zone, whatever the session's."""
    fields = [
        field.with_type(pa.timestamp("us", field.type.tz and "UTC"))
        if pa.types.is_timestamp(field.type)
        else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields), safe=False)


def _result(
    check: Expectation,
    *,
    passed: bool,
    rows: int | None = None,
    failed_rows: int | None = None,
    observed: str | None = None,
    examples: tuple[Mapping[str, object], ...] = (),
) -> CheckResult:
    status: CheckStatus = "passed" if passed else "failed"
    names = check.column_names
    return CheckResult(
        check=check.label,
        status=status,
        severity=check.severity,
        column=names[0] if len(names) == 1 else None,
        rows=rows,
        failed_rows=failed_rows,
        expected=check.expected,
        observed=observed,
        examples=examples,
    )
