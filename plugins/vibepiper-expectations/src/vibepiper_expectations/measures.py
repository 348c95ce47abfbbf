"""What a check of the whole table measures, and what it makes of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibepiper_expectations.scopes import Scope

if TYPE_CHECKING:
    from sqlglot import exp
    from vibepiper_transform import Footers, Relation

__all__ = ["Measure"]


@dataclass(frozen=True)
class Measure:
    """Aggregates over a scope, which may read other tables, by the names it calls them."""

    aggregates: tuple[exp.Expr, ...]
    scope: Scope = field(default_factory=Scope)
    references: Mapping[str, Relation] = field(default_factory=dict, hash=False)
    proof: Callable[[Footers], tuple[object, ...] | None] | None = None
    """Reads the values off the footers of Parquet files; None where they do not tell."""
