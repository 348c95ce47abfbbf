"""Evaluation that fetches the keys of every failing row: the rows that fail are fetched by the
query that finds them, not counted first and looked for again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp
from vibepiper.checks import CheckResult
from vibepiper_transform import Relation

from vibepiper_expectations.columns import Columns
from vibepiper_expectations.evaluation import Evaluation, Judge
from vibepiper_expectations.failing_rows import Failing, FailingRows
from vibepiper_expectations.failures import Failures, GroupsWhere, RepeatedValues, RowsWhere
from vibepiper_expectations.kinds import RowExpectation
from vibepiper_expectations.questions import Answer
from vibepiper_expectations.results import result_of
from vibepiper_expectations.row_functions import Told
from vibepiper_expectations.scopes import Scope
from vibepiper_expectations.uniqueness import Shortcut, shortcut

__all__ = ["EvaluationOfAllKeys"]


class EvaluationOfAllKeys(Evaluation):
    """As `Evaluation`; each result tells the keys of all rows that fail."""

    def __init__(self, relation: Relation, columns: Columns, limit: int) -> None:
        super().__init__(relation, columns, limit)
        self.identity = columns.identity(())
        self.functions.keep_all()
        self._rows = FailingRows(relation, self.identity)

    def fetch(self) -> None:
        self._rows.run()

    def rows_judge(self, check: RowExpectation, failures: Failures) -> Judge:
        if (known := self.told_by_footers(failures)) is not None and not known.failed:
            return super().rows_judge(check, failures)
        if isinstance(failures, GroupsWhere):
            return self._groups_judge(check, failures)
        if isinstance(failures, RowsWhere) and failures.scope.windows:
            return self._if_any(check, failures)
        examined = self._examined(failures)
        footers = self.columns.footers
        if isinstance(failures, RepeatedValues) and footers is not None:
            way = shortcut(failures, footers)
            if way is not None:
                return self._unless_proved(check, failures, way, examined)
        failing = self._rows.add(failures)
        return lambda: self._result(check, failing, examined(), failing.count)

    def told_result(self, check: RowExpectation, told: Told) -> CheckResult:
        result = super().told_result(check, told)
        return replace(result, keys=told.keys(self.identity)) if told.failed else result

    def _groups_judge(self, check: RowExpectation, failures: GroupsWhere) -> Judge:
        """The number that fails is that of groups; the keys are those of their rows."""
        counts = self.by_count(failures)
        failing = self._rows.add(failures)
        plain = super().rows_judge(check, failures)
        return lambda: replace(
            plain(), keys=failing.keys(self.identity) if counts().counted.failed else None
        )

    def _if_any(self, check: RowExpectation, failures: RowsWhere) -> Judge:
        """One pass over the rows in their order counts for all checks that need it; another
        fetches those that fail, if any do."""
        counts = self.by_count(failures)
        found: list[Failing] = []

        def look() -> None:
            if counts().counted.failed:
                found.append(self._rows.add(failures))

        def judge() -> CheckResult:
            counted, answer = counts().counted, counts().answer
            failing = found[0] if found else Failing(failures, None, answer.sql, answer.seconds)
            return self._result(check, failing, counted.examined, counted.failed)

        self.second_round.append(look)
        return judge

    def _unless_proved(
        self,
        check: RowExpectation,
        failures: RepeatedValues,
        way: Shortcut,
        examined: Callable[[], int],
    ) -> Judge:
        answer = self.questions.ask(way.scope, way.aggregates)
        found: list[Failing] = []

        def look() -> None:
            if way.proves(answer().values) is None:
                found.append(self._rows.add(way.repeats(answer().values)))

        def judge() -> CheckResult:
            if found:
                return self._result(check, found[0], examined(), found[0].count)
            proved = Failing(failures, None, answer().sql, answer().seconds)
            return self._result(check, proved, examined(), 0)

        self.second_round.append(look)
        return judge

    def _examined(self, failures: Failures) -> Callable[[], int]:
        """How many rows are looked at; the footers tell where no column has a null."""
        footers = self.columns.footers
        plain = isinstance(failures, RowsWhere | RepeatedValues) and failures.when is None
        if plain and footers is not None and all(map(self.columns.never_null, failures.columns)):
            rows = footers.rows
            return lambda: rows
        if isinstance(failures, RepeatedValues):
            aggregate: exp.Expr = exp.CountIf(this=failures.where)
        else:
            aggregate = failures.examined()
        answer = self.questions.ask(Scope(), [aggregate])
        return lambda: int(answer().values[0] or 0)

    def _result(
        self, check: RowExpectation, failing: Failing, examined: int, failed: int
    ) -> CheckResult:
        passed = check.tolerates(failed, examined)
        return replace(
            self.with_examples(
                result_of(check, passed=passed, rows=examined, failed_rows=failed),
                check,
                () if passed else failing.examples(self.identity, self.limit),
                Answer((), failing.sql, failing.seconds),
            ),
            keys=failing.keys(self.identity),
        )
