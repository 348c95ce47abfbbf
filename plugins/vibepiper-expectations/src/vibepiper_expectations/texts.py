"""Checks of texts: patterns, parts, letters and spaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vibepiper.errors import DefinitionError

from vibepiper_expectations.column_values import STRINGS, ColumnValuesMatchRegex
from vibepiper_expectations.families import Family
from vibepiper_expectations.kinds import ColumnValueExpectation, expectation
from vibepiper_expectations.patterns import check_pattern

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column
    from vibepiper_expectations.failures import Failures

__all__ = [
    "ColumnValuesContain",
    "ColumnValuesEndWith",
    "ColumnValuesLowerCase",
    "ColumnValuesMatchAnyLike",
    "ColumnValuesMatchAnyRegex",
    "ColumnValuesMatchLike",
    "ColumnValuesMatchNoLike",
    "ColumnValuesMatchNoRegex",
    "ColumnValuesNotBlank",
    "ColumnValuesNotMatchRegex",
    "ColumnValuesStartWith",
    "ColumnValuesTrimmed",
    "ColumnValuesUpperCase",
]


@expectation
class ColumnValuesNotMatchRegex(ColumnValuesMatchRegex):
    """``pattern`` is found nowhere in any value; written as in `column_values_match_regex`."""

    @property
    def expected(self) -> str:
        return f"no match of {self.pattern}"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.matches(self.pattern))


class _Patterns(ColumnValueExpectation):
    patterns: Iterable[str]

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    def verify(self) -> None:
        super().verify()
        given = (self.patterns,) if isinstance(self.patterns, str) else tuple(self.patterns)
        if not given:
            raise self.wrong("there is no pattern")
        for pattern in given:
            if not isinstance(pattern, str):
                raise self.wrong(f"the pattern is {pattern!r}, expected a string")
            self.check_pattern(pattern)
        object.__setattr__(self, "patterns", given)

    def check_pattern(self, pattern: str) -> None:
        """Raises `DefinitionError` for a pattern that is malformed."""


class _Regexes(_Patterns):
    def check_pattern(self, pattern: str) -> None:
        try:
            check_pattern(pattern)
        except DefinitionError as error:
            raise self.wrong(error.message, error.hint) from error


@expectation
class ColumnValuesMatchAnyRegex(_Regexes):
    """At least one of the patterns is found in every value."""

    patterns: Iterable[str]

    @property
    def expected(self) -> str:
        return f"a match of {' or '.join(self.patterns)}"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.none_of([column.matches(p) for p in self.patterns]))


@expectation
class ColumnValuesMatchNoRegex(_Regexes):
    """None of the patterns is found in any value."""

    patterns: Iterable[str]

    @property
    def expected(self) -> str:
        return f"no match of {' or '.join(self.patterns)}"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.any_of([column.matches(p) for p in self.patterns]))


@expectation
class ColumnValuesMatchLike(ColumnValueExpectation):
    """Every value is like ``pattern``, in which ``%`` stands for any text, ``_`` for any one
    character and a backslash takes what follows as it is. Upper and lower case differ."""

    pattern: str

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return f"like {self.pattern}"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.none_of([column.like(self.pattern)]))


@expectation
class ColumnValuesMatchAnyLike(_Patterns):
    """Every value is like at least one of the patterns; as in `column_values_match_like`."""

    patterns: Iterable[str]

    @property
    def expected(self) -> str:
        return f"like {' or '.join(self.patterns)}"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.none_of([column.like(p) for p in self.patterns]))


@expectation
class ColumnValuesMatchNoLike(_Patterns):
    """No value is like any of the patterns; as in `column_values_match_like`."""

    patterns: Iterable[str]

    @property
    def expected(self) -> str:
        return f"not like {' or '.join(self.patterns)}"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.any_of([column.like(p) for p in self.patterns]))


class _Part(ColumnValueExpectation):
    part: str

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    def verify(self) -> None:
        super().verify()
        if not isinstance(self.part, str) or not self.part:
            raise self.wrong(f"the part is {self.part!r}, expected a text")


@expectation
class ColumnValuesStartWith(_Part):
    """Every value begins with the text ``part``."""

    part: str

    @property
    def expected(self) -> str:
        return f"a text that starts with {self.part!r}"

    def failing(self, column: Column) -> Failures:
        return column.where("NOT STARTS_WITH(x, :part)", part=self.part)


@expectation
class ColumnValuesEndWith(_Part):
    """Every value ends with the text ``part``."""

    part: str

    @property
    def expected(self) -> str:
        return f"a text that ends with {self.part!r}"

    def failing(self, column: Column) -> Failures:
        return column.where("NOT ENDS_WITH(x, :part)", part=self.part)


@expectation
class ColumnValuesContain(_Part):
    """Every value has the text ``part`` somewhere in it."""

    part: str

    @property
    def expected(self) -> str:
        return f"a text with {self.part!r} in it"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.none_of([column.contains(self.part)]))


@expectation
class ColumnValuesNotBlank(ColumnValueExpectation):
    """No value is empty, or of spaces only. Nulls are not examined."""

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return "a text that is not blank"

    def failing(self, column: Column) -> Failures:
        return column.where("TRIM(x) = ''")


@expectation
class ColumnValuesTrimmed(ColumnValueExpectation):
    """No value begins or ends with a space."""

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return "no space at either end"

    def failing(self, column: Column) -> Failures:
        return column.where("LENGTH(x) <> LENGTH(TRIM(x))")


@expectation
class ColumnValuesUpperCase(ColumnValueExpectation):
    """Every letter of the ASCII alphabet is upper case; other characters are as they may."""

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return "upper case"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.matches("[a-z]"))


@expectation
class ColumnValuesLowerCase(ColumnValueExpectation):
    """Every letter of the ASCII alphabet is lower case; other characters are as they may."""

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return "lower case"

    def failing(self, column: Column) -> Failures:
        return column.rows(column.matches("[A-Z]"))
