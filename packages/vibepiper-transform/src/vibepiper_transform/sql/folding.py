"""Upper and lower case in names, as a dialect has it."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.dialect import NormalizationStrategy

from vibepiper_transform.dialects.spoken import spoken

__all__ = ["Folding"]

_FOLDS = {NormalizationStrategy.LOWERCASE: str.lower, NormalizationStrategy.UPPERCASE: str.upper}


class Folding:
    """``dialect`` is sqlglot's name. Names without quotes match in any case, for no relation has
    two columns that differ only in case; those in quotes as the dialect says."""

    def __init__(self, dialect: str) -> None:
        self._fold = _FOLDS.get(spoken(dialect).normalization_strategy)

    def new(self, name: exp.Identifier) -> str:
        """What a name is that the query gives: PostgreSQL makes one without quotes lower case."""
        text = str(name.this)
        return text if self._fold is None or name.args.get("quoted") else self._fold(text)

    def is_exact(self, name: exp.Identifier) -> bool:
        """Whether only a column in the same case matches."""
        return self._fold is not None and bool(name.args.get("quoted"))
