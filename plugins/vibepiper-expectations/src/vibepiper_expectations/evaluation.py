"""Evaluation: an asset's checks, planned into as few queries as can answer them.

What footers of Parquet files tell is read off them. What is left is asked together, one query a
scope; only what a shortcut failed to prove is asked a second time. Rows are fetched for checks
that failed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from vibepiper.checks import CheckContext, CheckResult
from vibepiper.errors import DataError
from vibepiper_transform import Relation

from vibepiper_expectations.columns import Columns
from vibepiper_expectations.failures import (
    Counted,
    Failures,
    RepeatedValues,
    RowFunction,
    RowsWhere,
)
from vibepiper_expectations.kinds import (
    Expectation,
    QueryExpectation,
    RowExpectation,
    TableExpectation,
)
from vibepiper_expectations.measures import Measure
from vibepiper_expectations.questions import Answer, Questions, ask_alone, over, rows_in_utc
from vibepiper_expectations.results import beside_the_last, masked, result_of, set_aside, text_of
from vibepiper_expectations.row_functions import FunctionPass, Told
from vibepiper_expectations.scopes import Scope
from vibepiper_expectations.structure import StructureExpectation
from vibepiper_expectations.uniqueness import Shortcut, shortcut

__all__ = ["Counts", "Evaluation", "Judge", "evaluate"]

Judge = Callable[[], CheckResult]
"""Gives a check's result, once all questions are answered."""


def evaluate(
    checks: Sequence[Expectation],
    relation: Relation,
    context: CheckContext,
    *,
    limit: int,
    all_keys: bool = False,
) -> list[CheckResult]:
    """The checks' results, in order; up to the first that fails, if one of them asks for that.
    With ``all_keys``, each tells the keys of all rows that fail it.

    Raises `DataError` for a check that cannot be asked of the data, unless the data's columns
    have failed a declared schema on the very point: then it fails with that reason.
    """
    columns = Columns(context, relation)
    hidden = cache(context.masked)  # looking for them may take a look into all assets
    fail_fast = any(isinstance(check, StructureExpectation) and check.fail_fast for check in checks)
    results = []
    evaluation = _all_keys(relation, columns, limit) if all_keys else None
    found = (evaluation or Evaluation(relation, columns, limit)).results(checks)
    for check, told in zip(checks, found, strict=True):
        result = told
        if isinstance(check, QueryExpectation):
            result = beside_the_last(check, result, context.past)
        if isinstance(check, RowExpectation):
            result = set_aside(check, result)
        if _shows_values(result):
            result = _masked(check, result, columns.looked_at(check), hidden())
        results.append(result)
        if fail_fast and result.blocks:
            break
    return results


def _shows_values(result: CheckResult) -> bool:
    kept = (result.observed, result.value, result.keys)
    return bool(result.examples) or any(each is not None for each in kept)


def _masked(
    check: Expectation, result: CheckResult, columns: AbstractSet[str], hidden: frozenset[str]
) -> CheckResult:
    """Raises `DataError` for a comparison with a number of which nothing is kept."""
    own = sorted(hidden.intersection(columns))
    compares = isinstance(check, QueryExpectation) and check.max_change is not None
    if own and compares and result.value is not None:
        raise DataError(
            f"{check.label}: it compares with the last time, and what is found in '{own[0]}' is "
            "not kept, for that column is tagged secret or pii",
            hint="Leave out max_change, or give it bounds.",
        )
    return masked(result, columns, hidden)


@dataclass(frozen=True)
class Counts:
    """What a row check found, by which query, and what that asked for."""

    counted: Counted
    answer: Answer
    failures: Failures


class Evaluation:
    """The checks of one asset under way: each gives a `Judge`, which speaks when all questions
    are answered."""

    def __init__(self, relation: Relation, columns: Columns, limit: int) -> None:
        self.relation = relation
        self.columns = columns
        self.limit = limit
        self.functions = FunctionPass(relation, columns.asset, columns.identity(()), limit)
        self.questions = Questions(relation)
        self.second_round: list[Callable[[], None]] = []

    def results(self, checks: Sequence[Expectation]) -> Iterator[CheckResult]:
        unfit = _unfit(checks, self.columns)
        judges = [self._judge(check, unfit) for check in checks]
        self.questions.settle()
        for ask in self.second_round:
            ask()
        self.questions.settle()
        self.functions.run()
        self.fetch()
        return (judge() for judge in judges)

    def fetch(self) -> None:
        """What is to be fetched before the judges speak: nothing."""

    def _judge(self, check: Expectation, unfit: set[str]) -> Judge:
        if isinstance(check, StructureExpectation):
            problem = check.problem(self.columns.schema)
            return lambda: result_of(check, passed=problem is None, observed=problem)
        try:
            if isinstance(check, TableExpectation):
                return self._table_judge(check)
            if isinstance(check, RowExpectation):
                return self._row_judge(check)
        except DataError as error:
            if unfit.isdisjoint(check.column_names):
                raise
            reason = error.message
            return lambda: result_of(check, passed=False, observed=reason)
        raise TypeError(f"{check.label} is of no kind that can be evaluated")

    def _table_judge(self, check: TableExpectation) -> Judge:
        measure = check.measure(self.columns)
        if check.when is not None:
            where = self.columns.condition(check.when, check.label)
            measure = replace(measure, scope=replace(measure.scope, where=where))
        answer = self._answer(measure)

        def judge() -> CheckResult:
            found = answer()
            verdict = check.verdict(found.values)
            return replace(
                result_of(check, passed=verdict.passed, observed=verdict.observed),
                value=verdict.value,
                sql=found.sql or None,
                seconds=found.seconds,
            )

        return judge

    def _answer(self, measure: Measure) -> Callable[[], Answer]:
        if measure.proof is not None and measure.scope == Scope():
            footers = self.columns.footers
            told = None if footers is None else measure.proof(footers)
            if told is not None:
                return lambda: Answer(told)
        if measure.query is not None or measure.function is not None:
            return lambda: ask_alone(self.relation, measure)
        return self.questions.ask(measure.scope, measure.aggregates, measure.references)

    def _row_judge(self, check: RowExpectation) -> Judge:
        failures = check.failures(self.columns)
        if check.when is not None:
            failures = failures.given(self.columns.condition(check.when, check.label))
        if isinstance(failures, RowFunction):
            told = self.functions.add(failures, check.label)
            return lambda: self.told_result(check, told)
        return self.rows_judge(check, failures)

    def rows_judge(self, check: RowExpectation, failures: Failures) -> Judge:
        """The judge of rows that SQL can tell."""
        counts = self._counts(failures)
        return lambda: self._row_result(check, counts())

    def _counts(self, failures: Failures) -> Callable[[], Counts]:
        if (known := self.told_by_footers(failures)) is not None:
            return lambda: Counts(known, Answer(()), failures)
        footers = self.columns.footers
        if isinstance(failures, RepeatedValues) and footers is not None:
            way = shortcut(failures, footers)
            return self.by_count(failures) if way is None else self._by_shortcut(failures, way)
        return self.by_count(failures)

    def told_by_footers(self, failures: Failures) -> Counted | None:
        if not isinstance(failures, RowsWhere) or failures.proof is None:
            return None
        if failures.when is not None or self.columns.footers is None:
            return None
        return failures.proof(self.columns.footers)

    def by_count(self, failures: Failures) -> Callable[[], Counts]:
        answer = self.questions.ask(
            failures.scope, [failures.examined(), failures.count()], failures.references
        )

        def counts() -> Counts:
            examined, failed = (int(value or 0) for value in answer().values)
            return Counts(Counted(examined, failed), answer(), failures)

        return counts

    def _by_shortcut(self, failures: RepeatedValues, way: Shortcut) -> Callable[[], Counts]:
        """What the shortcut does not prove is counted in a second round."""
        answer = self.questions.ask(way.scope, way.aggregates)
        fallback: list[Callable[[], Counts]] = []

        def ask_again() -> None:
            if way.proves(answer().values) is None:
                fallback.append(self.by_count(way.repeats(answer().values)))

        def counts() -> Counts:
            proved = way.proves(answer().values)
            return fallback[0]() if proved is None else Counts(proved, answer(), failures)

        self.second_round.append(ask_again)
        return counts

    def told_result(self, check: RowExpectation, told: Told) -> CheckResult:
        counted = told.counted
        passed = check.tolerates(counted.failed, counted.examined)
        return replace(
            result_of(check, passed=passed, rows=counted.examined, failed_rows=counted.failed),
            examples=() if passed else told.examples(self.limit),
            seconds=self.functions.seconds,
        )

    def _row_result(self, check: RowExpectation, counts: Counts) -> CheckResult:
        counted = counts.counted
        passed = check.tolerates(counted.failed, counted.examined)
        result = result_of(check, passed=passed, rows=counted.examined, failed_rows=counted.failed)
        examples = () if passed else self._examples(counts.failures)
        return self.with_examples(result, check, examples, counts.answer)

    def with_examples(
        self,
        result: CheckResult,
        check: RowExpectation,
        examples: tuple[Mapping[str, Any], ...],
        answer: Answer,
    ) -> CheckResult:
        """The result with what was found, of a check of one column, and the query."""
        found = {text_of(row[name]): None for row in examples for name in check.column_names[:1]}
        return replace(
            result,
            observed=", ".join(found) if len(check.column_names) == 1 and found else None,
            examples=examples,
            sql=answer.sql or None,
            seconds=answer.seconds,
        )

    def _examples(self, failures: Failures) -> tuple[Mapping[str, Any], ...]:
        if self.limit == 0:
            return ()
        identity = self.columns.identity(failures.columns)
        query = over(
            self.relation,
            lambda table: failures.examples(table, identity).limit(self.limit),
            failures.references,
        )
        return tuple(rows_in_utc(query.to_table()).to_pylist())


def _all_keys(relation: Relation, columns: Columns, limit: int) -> Evaluation:
    from vibepiper_expectations.all_keys import EvaluationOfAllKeys

    return EvaluationOfAllKeys(relation, columns, limit)


def _unfit(checks: Sequence[Expectation], columns: Columns) -> set[str]:
    """The columns that fail a declared schema."""
    structure = [check for check in checks if isinstance(check, StructureExpectation)]
    failed = [check for check in structure if check.problem(columns.schema) is not None]
    return {name for check in failed for name in check.column_names}
