"""Packs of checks with one defect each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import pyarrow as pa
from vibepiper_expectations import (
    ColumnValueExpectation,
    ExpectationPack,
    TableExpectation,
    Verdict,
    expectation,
)
from vibepiper_expectations.families import EVERY, NUMBERS
from vibepiper_testing.conformance import CheckCase

GOOD = pa.table({"a": [1, 2, 2], "b": [1, 1, 1]})
BAD = pa.table({"a": [5, 6, 7], "b": [1, 1, 1]})


@expectation
class AtMost(ColumnValueExpectation):
    """Every value is at most ``most``."""

    most: Any = 3

    @property
    def expected(self):
        return f"at most {self.most}"

    @property
    def accepts(self):
        return NUMBERS

    def failing(self, column):
        return column.where("x > :most", most=self.most)


@expectation
class TotalAtMost(TableExpectation):
    """The sum is at most ``most``."""

    column: str
    most: float = 9

    @property
    def column_names(self):
        return (self.column,)

    @property
    def expected(self):
        return f"a sum of at most {self.most}"

    def measure(self, columns):
        return columns.get(self.column, NUMBERS, self.label).measure("SUM(x)")

    def verdict(self, values):
        total = values[0] or 0
        return Verdict(total <= self.most, str(total), float(total))


@expectation
class PassesTooMuch(AtMost):
    """Sevens are lucky."""

    def failing(self, column):
        return column.where("x > :most AND x <> 7", most=self.most)


@expectation
class FailsTheLimit(AtMost):
    """The limit itself is too much."""

    def failing(self, column):
        return column.where("x >= :most", most=self.most)


@expectation
class CountsNullsAsFailing(AtMost):
    """A null is more than anything."""

    def failing(self, column):
        return column.where("COALESCE(x, 9) > :most", most=self.most)


@expectation
class ComparesNothing(TotalAtMost):
    """It takes the sum of no rows for a number."""

    def verdict(self, values):
        return Verdict(float(values[0]) <= self.most, str(values[0]), float(values[0]))


@expectation
class TakesAnyOption(AtMost):
    """A misspelt option is lost."""

    def __init__(self, column, most=3, severity="error", **options: Any):
        known = {"mostly": 1.0, "max_failed": None, "on_fail": "block", "when": None}
        known |= {"max_change": None, "tags": (), "owner": None}
        for name, value in {**known, "column": column, "most": most, "severity": severity}.items():
            object.__setattr__(self, name, value)
        self.__post_init__()


@expectation
class ForgetsToVerify(AtMost):
    """Its own way to be made leaves out the common one."""

    def __post_init__(self):
        object.__setattr__(self, "tags", tuple(self.tags))


@expectation
class KeepsLists(AtMost):
    """A list, as YAML has it, is not what a tuple is."""

    limits: Any = (3,)

    def failing(self, column):
        return column.where("x > :most", most=min(self.limits))


@expectation
class CanBeChanged(AtMost):
    """Nothing is frozen."""


CanBeChanged.__setattr__ = object.__setattr__


@expectation
class ExpectsNothing(AtMost):
    """It does not say what it expects."""

    @property
    def expected(self):
        return ""


@expectation
class PassesWithoutItsColumn(TotalAtMost):
    """It counts rows where there is no column."""

    def measure(self, columns):
        if self.column not in columns.schema.names:
            return columns.measure("COUNT(*)")
        return super().measure(columns)


@expectation
class AsksAnything(AtMost):
    """It is asked of columns of every type."""

    @property
    def accepts(self):
        return EVERY

    def failing(self, column):
        if column.family != "integer":
            raise TypeError(f"{column.family} cannot be compared")
        return super().failing(column)


@expectation
class SharesItsLimit(AtMost):
    """The limit that was read last is that of all."""

    limit: ClassVar[Any] = None

    def failures(self, columns):
        kind = type(self)
        kind.limit = self.most
        found = columns.several(self.column_names, NUMBERS, self.label)

        def within(batch):
            return [v and v <= kind.limit for v in batch.column(0).to_pylist()]

        return columns.function(found, within, self.label)


@expectation
class PassesEveryOther(TotalAtMost):
    """It counts how often it was asked."""

    asked: ClassVar[list[Any]] = []

    def verdict(self, values):
        self.asked.append(values)
        return Verdict(len(self.asked) % 2 == 0, str(values[0]))


@expectation
class TellsDecimals(TotalAtMost):
    """The number that it tells is none that JSON has."""

    def verdict(self, values):
        total = values[0] or 0
        return Verdict(total <= self.most, str(total), Decimal(str(total)))


class One:
    """Two checks, and one of the name of the other."""

    @expectation
    class SameName(AtMost):
        """At most."""


class Two:
    @expectation
    class SameName(TotalAtMost):
        """The sum is at most."""


@expectation
class SaysNothing(AtMost):
    """Its description is gone."""


SaysNothing.__doc__ = ""


def more_than(most):
    def fails(row):
        return None if row["a"] is None else row["a"] > most

    return fails


def rows(kind, *limits):
    failed = {limit: sum(n > limit for n in BAD["a"].to_pylist()) for limit in limits or [3]}
    return [CheckCase(kind("a", n), GOOD, BAD, failed[n], more_than(n)) for n in failed]


def total(kind):
    return [CheckCase(kind("a"), GOOD, BAD)]


SOUND = [*rows(AtMost), *total(TotalAtMost)]
OF_ROWS = [
    PassesTooMuch,
    CountsNullsAsFailing,
    TakesAnyOption,
    ForgetsToVerify,
    KeepsLists,
    CanBeChanged,
    ExpectsNothing,
    AsksAnything,
    SaysNothing,
]
OF_ALL = [ComparesNothing, PassesWithoutItsColumn, PassesEveryOther, TellsDecimals]
CASES = {
    "SoundChecks": SOUND,
    "FailsTheLimit": rows(FailsTheLimit, 2),
    "SharesItsLimit": rows(SharesItsLimit, 3, 5),
    "NamesTwoAlike": [*rows(One.SameName), *total(Two.SameName)],
    "LeavesOneUntried": SOUND[:1],
    **{kind.__name__: rows(kind) for kind in OF_ROWS},
    **{kind.__name__: total(kind) for kind in OF_ALL},
}
UNTRIED = {"LeavesOneUntried": [TotalAtMost]}


def pack_of(name):
    kinds = dict.fromkeys(type(case.check) for case in CASES[name])
    return ExpectationPack([*kinds, *UNTRIED.get(name, [])])


# The classes above have their packs' names, and are found in their cases alone.
globals().update({name: pack_of(name) for name in CASES})
