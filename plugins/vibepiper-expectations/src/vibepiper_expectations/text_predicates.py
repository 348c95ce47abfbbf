"""What texts of a column break a rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlglot import exp
from vibepiper.errors import DataError

from vibepiper_expectations.bare_column import BareColumn
from vibepiper_expectations.failures import RowFunction, RowsWhere
from vibepiper_expectations.families import Value
from vibepiper_expectations.patterns import like_to_regex

__all__ = ["TextPredicates"]

_ESCAPE = "|"


@dataclass(frozen=True)
class TextPredicates(BareColumn):
    """Predicates on texts."""

    def matches(self, pattern: str) -> exp.Expr:
        """Where the pattern is found somewhere in the text."""
        if self.dialect in ("duckdb", "postgres", "mysql"):
            text, flags = exp.Literal.string(pattern), exp.Literal.string("s")
            return exp.RegexpLike(this=self.values, expression=text, flag=flags)
        raise DataError(f"regular expressions cannot be asked of {self.dialect}")

    def not_matching(self, pattern: str) -> RowsWhere:
        return self.rows(self.none_of([self.matches(pattern)]))

    def like(self, pattern: str) -> exp.Expr:
        """Where the text is like the pattern. Case counts, which the LIKE of SQLite and of MySQL
        ignores."""
        if self.dialect not in ("duckdb", "postgres"):
            return self.matches(like_to_regex(pattern))
        text = exp.Literal.string(_escaped(pattern))
        like = exp.Like(this=self.values, expression=text)
        return exp.Escape(this=like, expression=exp.Literal.string(_ESCAPE))

    def contains(self, part: str) -> exp.Expr:
        position = exp.StrPosition(this=self.values, substr=exp.Literal.string(part))
        return exp.GT(this=position, expression=exp.Literal.number(0))

    def any_of(self, conditions: Sequence[exp.Expr]) -> exp.Expr:
        return exp.or_(*conditions)

    def none_of(self, conditions: Sequence[exp.Expr]) -> exp.Expr:
        return exp.not_(exp.or_(*conditions))

    def length_outside(self, low: int | None, high: int | None) -> RowsWhere:
        """Fewer characters (Unicode code points) than ``low`` or more than ``high``."""
        length = exp.Length(this=self.values)
        broken: list[exp.Expr] = []
        if low is not None:
            broken.append(exp.LT(this=length, expression=exp.Literal.number(low)))
        if high is not None:
            broken.append(exp.GT(this=length.copy(), expression=exp.Literal.number(high)))
        return RowsWhere(exp.or_(*broken), (self,))

    def where_or(
        self, template: str, holds: Callable[[str], bool], **values: Value
    ) -> RowsWhere | RowFunction:
        """A template that DuckDB can answer, or else a function of each text that holds of those
        that pass."""
        if self.dialect == "duckdb":
            return self.where(template, **values)
        return RowFunction.of_values(self, holds)


def _escaped(pattern: str) -> str:
    """The pattern with another character than a backslash to take the next one as it is."""
    found, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            char = pattern[at]
            found.append(f"{_ESCAPE}{char}" if char in ("%", "_", _ESCAPE) else char)
        else:
            found.append(f"{_ESCAPE}{char}" if char == _ESCAPE else char)
        at += 1
    return "".join(found)
