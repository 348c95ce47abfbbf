"""Probabilities equal those that SciPy 1.17.1 gave for the same figures."""

from __future__ import annotations

import pytest
from vibepiper_transform import chi_square_p, kolmogorov_p


@pytest.mark.parametrize(
    ("statistic", "degrees", "p"),
    [
        (0, 1, 1.0),
        (3.841458820694124, 1, 0.04999999999999989),
        (0.5, 3, 0.9188914116546758),
        (18.307038053275146, 10, 0.05000000000000005),
        (100, 10, 5.4497019829205215e-17),
        (1000, 1000, 0.49405285382923964),
        (12.5, 2, 0.0019304541362277095),
    ],
)
def test_chi_square(statistic: float, degrees: int, p: float) -> None:
    assert chi_square_p(statistic, degrees) == pytest.approx(p, rel=1e-10)


@pytest.mark.parametrize(
    ("distance", "one", "other", "p"),
    [
        (0.0, 10, 10, 1.0),
        (1.0, 50, 50, 3.8574996959278356e-22),
        (0.1358099, 200, 200, 0.04999990203756475),
        (0.0387, 4000, 2000, 0.03685739219077692),
    ],
)
def test_kolmogorov(distance: float, one: int, other: int, p: float) -> None:
    assert kolmogorov_p(distance, one, other) == pytest.approx(p, rel=1e-10)
