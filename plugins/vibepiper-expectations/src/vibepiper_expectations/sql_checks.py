"""Checks that are SQL of a project."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from vibepiper.errors import DefinitionError

from vibepiper_expectations.bounds import between, bounds_text, check_bounds
from vibepiper_expectations.kinds import (
    RowExpectation,
    TableExpectation,
    Verdict,
    expectation,
)

if TYPE_CHECKING:
    from sqlglot import exp

    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.failures import Failures
    from vibepiper_expectations.measures import Measure

__all__ = ["ExpressionTrue", "SqlReturnsNoRows", "SqlValueBetween"]


@expectation
class ExpressionTrue(RowExpectation):
    """A condition in SQL, as DuckDB writes it, is true of every row: ``amount = price * n``. Rows
    for which it is NULL are not examined."""

    condition: str

    def verify(self) -> None:
        super().verify()
        from vibepiper_expectations.templates import parse_condition

        try:
            parse_condition(self.condition)
        except (DefinitionError, TypeError) as error:
            raise self.wrong(str(error)) from error

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    @property
    def expected(self) -> str:
        return self.condition

    def failures(self, columns: Columns) -> Failures:
        return columns.unless(self.condition, self.label)


class _Query(TableExpectation):
    query: str

    def verify(self) -> None:
        super().verify()
        if not isinstance(self.query, str):
            raise self.wrong(f"the query is {self.query!r}, expected SQL")
        if self.when is not None:
            raise self.wrong("a query says itself of which rows it is: leave out when")
        _ = self.parsed

    @cached_property
    def parsed(self) -> exp.Query:
        """The query's tree. Raises `DefinitionError`."""
        from vibepiper_expectations.templates import parse_query

        try:
            return parse_query(self.query)
        except DefinitionError as error:
            raise self.wrong(error.message) from error

    @property
    def assets(self) -> tuple[str, ...]:
        """The other assets that it reads, by their names; ``this`` is the checked one."""
        from vibepiper_expectations.templates import tables_of

        return tuple(name for name in tables_of(self.parsed) if name != "this")

    @property
    def column_names(self) -> tuple[str, ...]:
        return ()

    def measure(self, columns: Columns) -> Measure:
        return columns.queried(self.parsed, self.assets, rows=self.counts_rows)

    counts_rows = False


@expectation
class SqlReturnsNoRows(_Query):
    """A query in DuckDB's SQL finds nothing. The checked table is called ``this`` in it, other
    assets by their names: ``SELECT * FROM this WHERE amount < 0``."""

    query: str
    counts_rows = True

    @property
    def expected(self) -> str:
        return "no rows"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return Verdict(values[0] == 0, f"{values[0]:,} rows", float(values[0]))


@expectation
class SqlValueBetween(_Query):
    """The one value that a query in DuckDB's SQL gives lies between ``min`` and ``max``, both
    included. The checked table is called ``this`` in it, other assets by their names."""

    query: str
    min: float | None = None
    max: float | None = None

    def verify(self) -> None:
        super().verify()
        check_bounds(self, self.min, self.max)

    @property
    def expected(self) -> str:
        return bounds_text(self.min, self.max)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        return between(values[0], self.min, self.max)
