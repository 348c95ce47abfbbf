"""Numbers as DuckDB rounds and divides them."""

from __future__ import annotations

import math
from fractions import Fraction

__all__ = ["ceil", "floor", "remainder", "root", "rounded", "whole"]


def ceil(value: float) -> float:
    return value if isinstance(value, int) or math.isinf(value) else float(math.ceil(value))


def floor(value: float) -> float:
    return value if isinstance(value, int) or math.isinf(value) else float(math.floor(value))


def remainder(value: float, by: float) -> float:
    """With the sign of the dividend."""
    return math.fmod(value, by)


def root(value: float) -> float:
    """Raises `ValueError` for what is below zero."""
    return math.sqrt(value)


def rounded(value: float, digits: int) -> float:
    """By the exact value, halves away from zero; a whole number stays one."""
    if isinstance(value, int) and digits >= 0:
        return value
    size = abs(value)
    if digits < 0:
        tens = size / math.pow(10.0, -digits)
        below = math.floor(tens)
        return math.copysign((below + (tens - below >= 0.5)) * math.pow(10.0, -digits), value)
    factor = math.pow(10.0, digits)
    scaled = size * factor
    if not math.isfinite(scaled):
        return value
    below = math.floor(scaled)
    rest = scaled - below
    half = rest == 0.5 and Fraction(size) * Fraction(10) ** digits >= Fraction(scaled)
    return math.copysign((below + (rest > 0.5 or half)) / factor, value)


def whole(value: float, size: int) -> int:
    """A whole number of so many bits, halves of doubles to even. Raises `ValueError` for one
    that does not fit: a sum that has left 64 bits is a double."""
    found = round(value)
    beyond = isinstance(value, float) and abs(value) >= 2.0**63
    if beyond or not -(2**size) <= found < 2**size:
        raise ValueError(f"{value} does not fit {size + 1} bits")
    return found
