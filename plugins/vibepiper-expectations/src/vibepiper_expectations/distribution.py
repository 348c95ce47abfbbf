"""Checks of how the values of a column are distributed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vibepiper_expectations.families import NUMBERS, Value, families_of
from vibepiper_expectations.kinds import TableExpectation, Verdict, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Columns
    from vibepiper_expectations.measures import Measure

__all__ = ["ColumnChiSquareAbove", "ColumnKlDivergenceBelow", "ColumnKolmogorovSmirnovAbove"]


@dataclass(frozen=True)
class _Shares(TableExpectation):
    column: str
    shares: Mapping[Value, float]

    def verify(self) -> None:
        super().verify()
        shares = dict(self.shares)
        if len(shares) < 2 or not families_of(shares):
            raise self.wrong(f"the shares are {shares!r}, expected those of two values or more")
        if not all(isinstance(s, int | float) and s > 0 for s in shares.values()):
            raise self.wrong("every share is a number above 0")
        if not math.isclose(sum(shares.values()), 1, abs_tol=1e-6):
            raise self.wrong(f"the shares add up to {sum(shares.values()):g}, expected 1")
        object.__setattr__(self, "shares", tuple(shares.items()))

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def expecting(self) -> tuple[tuple[Value, float], ...]:
        """The values and the share that each should have."""
        pairs: Any = self.shares
        return tuple(pairs)

    def measure(self, columns: Columns) -> Measure:
        values = [value for value, _ in self.expecting]
        column = columns.get(self.column, families_of(values), self.label)
        return columns.counts_of(column, values)

    def _counts(self, values: tuple[Any, ...]) -> tuple[list[int], int]:
        """How often each value occurs, and how often one that has no share."""
        *each, every = (int(value or 0) for value in values)
        return each, every - sum(each)


@expectation
class ColumnChiSquareAbove(_Shares):
    """By Pearson's chi-square test the values, nulls aside, may well come from a population in
    which each has its share of ``shares`` (which add up to 1): the probability of counts that far
    off, or further, is at least ``min_p``. A value without a share fails, and so do no values."""

    column: str
    shares: Mapping[Value, float]
    min_p: float = 0.05

    @property
    def expected(self) -> str:
        return f"the shares given, with p at least {self.min_p:g}"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        counts, others = self._counts(values)
        total = sum(counts)
        if others or not total:
            return Verdict(False, f"{others:,} other values" if others else "no values", 0.0)
        expecting = [share * total for _, share in self.expecting]
        statistic = sum((n - e) ** 2 / e for n, e in zip(counts, expecting, strict=True))
        from vibepiper_transform import chi_square_p

        p = chi_square_p(statistic, len(counts) - 1)
        return Verdict(p >= self.min_p, f"p = {p:.4g} (chi-square {statistic:.6g})", p)


@expectation
class ColumnKlDivergenceBelow(_Shares):
    """The Kullback-Leibler divergence (in nats) of the values' shares, nulls aside, from
    ``shares`` (which add up to 1) is at most ``max``. A value without a share makes it infinite;
    no values fail."""

    column: str
    shares: Mapping[Value, float]
    max: float = 0.1

    @property
    def expected(self) -> str:
        return f"a divergence of at most {self.max:g}"

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        counts, others = self._counts(values)
        total = sum(counts) + others
        if not total:
            return Verdict(False, "no values")
        found = sum(
            n / total * math.log(n / total / share)
            for n, (_, share) in zip(counts, self.expecting, strict=True)
            if n
        )
        divergence = math.inf if others else found
        return Verdict(divergence <= self.max, f"{divergence:.6g}", divergence)


@expectation
class ColumnKolmogorovSmirnovAbove(TableExpectation):
    """By the two-sample Kolmogorov-Smirnov test the numbers, nulls aside, may well come from the
    same population as those of a column of another asset (``other``, or the one of the same name):
    the asymptotic probability of distributions that far apart is at least ``min_p``."""

    column: str
    asset: str
    other: str | None = None
    min_p: float = 0.05

    def verify(self) -> None:
        super().verify()
        if self.when is not None:
            raise self.wrong("both columns are compared whole: leave out when")

    @property
    def column_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def assets(self) -> tuple[str, ...]:
        return (self.asset,)

    @property
    def expected(self) -> str:
        return f"as {self.asset}.{self.other or self.column}, with p at least {self.min_p:g}"

    def measure(self, columns: Columns) -> Measure:
        column = columns.get(self.column, NUMBERS, self.label)
        return columns.furthest_apart(column, self.asset, self.other or self.column, self.label)

    def verdict(self, values: tuple[Any, ...]) -> Verdict:
        found: Sequence[Mapping[str, Any]] = values
        apart, here, there = (found[0][name] for name in ("apart", "here", "there"))
        if not here or not there:
            return Verdict(False, "no values")
        from vibepiper_transform import kolmogorov_p

        p = kolmogorov_p(float(apart), int(here), int(there))
        return Verdict(p >= self.min_p, f"p = {p:.4g} (D = {float(apart):.6g})", p)
