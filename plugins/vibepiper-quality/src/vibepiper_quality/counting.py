"""The first scan: what is counted of all rows, by one aggregate query where the data lies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from sqlglot import exp
from vibepiper_transform import (
    Aggregate,
    Avg,
    Count,
    CountDistinct,
    DuckDBBackend,
    FooterColumn,
    Footers,
    Max,
    Min,
    Relation,
    RelationBackend,
    col,
    read_footers,
)

from vibepiper_quality.families import family_of
from vibepiper_quality.numeric import may_be_nan, no_nan
from vibepiper_quality.sampling import SampledRows, can_mark, collected, marked

__all__ = ["Counts", "count_all"]


@dataclass(frozen=True, slots=True)
class Counts:
    """``of`` a column are ``nulls``, ``distinct``, ``low``, ``high``, ``mean``, ``shortest``,
    ``longest`` and ``length``, as far as its type has them. ``ascending`` columns may be in order
    within the files, as their footers say."""

    rows: int
    of: Mapping[str, Mapping[str, Any]]
    distinct_exact: bool
    ascending: frozenset[str]


class ApproximateDistinct(Aggregate):
    """About how many different values, as DuckDB estimates them."""

    def __init__(self, of: str) -> None:
        super().__init__(exp.ApproxDistinct(this=exp.column(of, quoted=True)), None)


def count_all(relation: Relation, limit: int) -> tuple[Counts, pa.Table | None]:
    """Distinct values are estimated in DuckDB, where to hash them all would take longer than
    everything else, and exact in databases. What Parquet's footers tell is not read again; and as
    they tell how many rows there are, a sample of about ``limit`` rows is taken in the same scan
    (else it is None)."""
    footers = read_footers(relation)
    told = {} if footers is None else footers.columns
    asked = {
        (field.name, measure): aggregate
        for field in relation.schema
        for measure, aggregate in _measures(field, told.get(field.name), relation.backend)
    }
    names = {f"m{number}": aggregate for number, aggregate in enumerate(asked.values())}
    counted, sample = _counted(relation, footers, names, limit)
    rows = counted.pop("rows")
    found: dict[str, dict[str, Any]] = {name: {} for name in relation.columns}
    for (column, measure), value in zip(asked, counted.values(), strict=True):
        found[column][measure] = value
    for name, of in found.items():
        of |= _of_footer(told[name]) if name in told else {"nulls": rows - of["values"]}
    ascending = frozenset(name for name, footer in told.items() if footer.ascending)
    return Counts(rows, found, not _estimates(relation.backend), ascending), sample


def _counted(
    relation: Relation, footers: Footers | None, names: Mapping[str, Aggregate], limit: int
) -> tuple[dict[str, Any], pa.Table | None]:
    """The one row of the aggregates, with ``rows`` before them, and what was sampled beside."""
    asked = {"rows": Count(), **names}
    if footers is None or not can_mark(relation):
        (row,) = relation.aggregate(**asked).to_table().to_pylist()
        return row, None
    source, mark = marked(relation, footers.rows, limit)
    table = source.aggregate(**asked, sample=SampledRows(relation.columns, mark)).to_table()
    (row,) = table.drop_columns("sample").to_pylist()
    return row, collected(table["sample"])


def _of_footer(footer: FooterColumn) -> Mapping[str, Any]:
    """Parquet has it that a zero is written as the negative one where it is the least."""
    low = abs(footer.low) if footer.low == 0 else footer.low
    nulls = {"nulls": footer.nulls}
    return {**nulls, "low": low, "high": footer.high} if _tells_range(footer) else nulls


def _tells_range(footer: FooterColumn | None) -> bool:
    return footer is not None and footer.exact and footer.low is not None


def _estimates(backend: RelationBackend) -> bool:
    return isinstance(backend, DuckDBBackend)


def _measures(
    field: pa.Field, footer: FooterColumn | None, backend: RelationBackend
) -> Iterator[tuple[str, Aggregate]]:
    name, family = field.name, family_of(field.type)
    if footer is None:
        yield "values", Count(name)
    if not pa.types.is_nested(field.type):
        yield "distinct", ApproximateDistinct(name) if _estimates(backend) else CountDistinct(name)
    open_to_nan = may_be_nan(field.type, backend) and not _has_no_nan(footer)
    known = no_nan(name) if open_to_nan else None
    if family in ("number", "time") and not _tells_range(footer):
        yield "low", Min(name, where=known)
        yield "high", Max(name, where=known)
    if family == "number":
        yield "mean", Avg(name, where=known)
    if family == "text":
        yield "shortest", Min(col(name).length())
        yield "longest", Max(col(name).length())
        yield "length", Avg(col(name).length())


def _has_no_nan(footer: FooterColumn | None) -> bool:
    return footer is not None and footer.nans == 0
