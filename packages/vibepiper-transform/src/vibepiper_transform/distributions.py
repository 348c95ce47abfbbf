"""Probabilities of test statistics, without SciPy; its tests compare them."""

from __future__ import annotations

import math

__all__ = ["chi_square_p", "kolmogorov_p"]

_SMALL = 1e-300


def chi_square_p(statistic: float, degrees: int) -> float:
    """The probability that a chi-square variable of so many degrees of freedom is at least
    ``statistic``; to about 12 digits."""
    if statistic <= 0:
        return 1.0
    shape, x = degrees / 2, statistic / 2
    if x < shape + 1:
        return max(0.0, 1 - _gamma_series(shape, x))
    return _gamma_fraction(shape, x)


def kolmogorov_p(distance: float, one: int, other: int) -> float:
    """The asymptotic probability that the empirical distributions of two samples of these sizes,
    of one population, are at least ``distance`` apart."""
    root = math.sqrt(one * other / (one + other)) * distance
    if root < 0.2:
        return 1.0  # to 15 digits
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * (k * root) ** 2) for k in range(1, 101))
    return min(1.0, max(0.0, math.fsum(terms)))


def _gamma_series(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function, by its series."""
    term = total = 1 / shape
    divisor = shape
    while abs(term) > abs(total) * 1e-16:
        divisor += 1
        term *= x / divisor
        total += term
    return total * math.exp(-x + shape * math.log(x) - math.lgamma(shape))


def _gamma_fraction(shape: float, x: float) -> float:
    """The regularised upper incomplete gamma function, by its continued fraction (Lentz)."""
    b = x + 1 - shape
    c, d = 1 / _SMALL, 1 / b
    found = d
    for k in range(1, 1000):
        factor = -k * (k - shape)
        b += 2
        d = 1 / _away_from_zero(factor * d + b)
        c = _away_from_zero(b + factor / c)
        found *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return found * math.exp(-x + shape * math.log(x) - math.lgamma(shape))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _SMALL else _SMALL
