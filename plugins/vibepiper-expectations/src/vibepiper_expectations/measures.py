"""What a check of the whole table measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vibepiper_expectations.scopes import Scope

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlglot import exp
    from vibepiper_transform import Footers, Relation

__all__ = ["Measure"]


@dataclass(frozen=True)
class Measure:
    """Aggregates over a scope. What these cannot say is told by a ``query`` of its own (its one
    value, or with ``many`` all its rows) or by a ``function`` of the ``columns``' batches.

    ``references`` are other tables, by the names by which they are read; ``proof`` reads the
    values off the footers of Parquet files, or gives None where they do not tell.
    """

    aggregates: tuple[exp.Expr, ...]
    scope: Scope = field(default_factory=Scope)
    references: Mapping[str, Relation] = field(default_factory=dict, hash=False)
    proof: Callable[[Footers], tuple[object, ...] | None] | None = None
    query: Callable[[exp.Table], exp.Query] | None = None
    many: bool = False
    function: Callable[[pa.RecordBatchReader], object] | None = None
    columns: tuple[str, ...] = ()
