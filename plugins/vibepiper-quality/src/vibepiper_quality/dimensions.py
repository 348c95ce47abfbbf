"""Which dimension of quality a check is of."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from vibepiper.state.records import CheckRecord

__all__ = ["DIMENSIONS", "Dimension", "dimension_of", "is_observed", "name_of"]

Dimension: TypeAlias = Literal[
    "completeness", "uniqueness", "validity", "consistency", "timeliness", "accuracy"
]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
_OBSERVED = "observed_"

_WORDS: dict[Dimension, str] = {
    "timeliness": "fresh future",
    "uniqueness": "unique distinct_count",
    "completeness": "null blank complete row_count gaps has_all_of",
    "accuracy": "mean median quantile std_ variance entropy correlation z_score chi_square "
    "kl_divergence kolmogorov most_common sum_between",
    "consistency": "pair reference columns_ _equals compares_to increasing decreasing sequential "
    "overlapping group_ sql_ expression satisf",
}


def is_observed(record: CheckRecord) -> bool:
    """Whether it is kept whatever it is: it checks nothing, and has no score. By its name alone it
    is not told, which a check that may fail can have too."""
    return record.expected == "any" and record.check.startswith(_OBSERVED)


def name_of(record: CheckRecord) -> str:
    """As people see it: ``mean(amount)`` of what is observed."""
    return record.check.removeprefix(_OBSERVED) if is_observed(record) else record.check


def dimension_of(check: str) -> Dimension:
    """By the words in the name of the check (what stands before its arguments); the first that
    fit, and ``validity`` where none does."""
    name = check.partition("(")[0]
    for dimension, words in _WORDS.items():
        if any(word in name for word in words.split()):
            return dimension
    return "validity"
