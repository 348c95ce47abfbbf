"""What the footers of Parquet files tell of a relation's columns, without reading a row."""

# pyright: reportAttributeAccessIssue=false
# (pyarrow makes the functions of pyarrow.compute when it is imported)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from vibepiper_transform.constructors import from_source
from vibepiper_transform.relation import Relation
from vibepiper_transform.sources import ScanSource

__all__ = ["FooterColumn", "Footers", "read_footers"]

_ASKED = (
    "path_in_schema",
    "row_group_num_rows",
    "stats_null_count",
    "stats_nan_count",
    "stats_min_value",
    "stats_max_value",
    "column_id",
    "min_is_exact",
    "max_is_exact",
)
_ORDERED: tuple[Callable[[pa.DataType], bool], ...] = (
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_date,
    pa.types.is_timestamp,
)


@dataclass(frozen=True, slots=True)
class FooterColumn:
    """One column. ``low`` and ``high`` bound its values, NaN aside; both are None where they
    are not known or there are no values. ``exact`` says that they occur. ``nans`` is None where
    it is not known. ``sorted``: no row group begins below where the one before ends;
    ``ascending``: each begins above."""

    nulls: int
    nans: int | None
    low: Any
    high: Any
    exact: bool
    sorted: bool
    ascending: bool


@dataclass(frozen=True, slots=True)
class Footers:
    """``columns`` holds those of which every row group tells something."""

    rows: int
    columns: dict[str, FooterColumn]


def read_footers(relation: Relation) -> Footers | None:
    """What the footers tell of a relation that is columns of Parquet files; None of any other."""
    if (source := _scanned(relation)) is None:
        return None
    files = source.function.expressions[0]
    function = exp.Anonymous(this="PARQUET_METADATA", expressions=[files.copy()])
    asked = from_source(ScanSource(function)).select(*_ASKED).to_table()
    # Compared with what comes of the table: PyArrow imports pandas to make a scalar of a number.
    first = pc.equal(asked["column_id"], pc.min(asked["column_id"]))
    chunks = asked.filter(first)
    rows, groups = int(pc.sum(chunks["row_group_num_rows"]).as_py() or 0), chunks.num_rows
    names = {name.as_py(): name for name in pc.unique(asked["path_in_schema"])}
    found = {}
    for field in _bare(relation):
        if field.name not in names:
            continue
        own = asked.filter(pc.equal(asked["path_in_schema"], names[field.name]))
        if own.num_rows == groups and own["stats_null_count"].null_count == 0:
            found[field.name] = _column(own, field.type)
    return Footers(rows, found)


def _scanned(relation: Relation) -> ScanSource | None:
    """The files, if the relation is their columns, all rows and nothing else."""
    tree, sources = relation.tree, list(relation.sources.values())
    if not isinstance(tree, exp.Select) or len(sources) != 1:
        return None
    (source,) = sources
    parts = {name for name, value in tree.args.items() if value}
    if parts > {"expressions", "from_"} or not isinstance(source, ScanSource):
        return None
    function = source.function
    is_parquet = isinstance(function, exp.Anonymous) and function.name.upper() == "READ_PARQUET"
    table = tree.args["from_"].this
    return source if is_parquet and isinstance(table, exp.Table) else None


def _bare(relation: Relation) -> list[pa.Field]:
    """The columns that are as the files have them."""
    tree = cast("exp.Select", relation.tree)
    if tree.is_star:
        return list(relation.schema)
    names = {item.name for item in tree.expressions if isinstance(item, exp.Column)}
    return [field for field in relation.schema if field.name in names]


def _column(own: pa.Table, kind: pa.DataType) -> FooterColumn:
    lows, highs = _bounds(own, kind)
    low, high = (pc.min(lows).as_py(), pc.max(highs).as_py()) if lows is not None else (None, None)
    nans = own["stats_nan_count"]
    return FooterColumn(
        nulls=int(pc.sum(own["stats_null_count"]).as_py() or 0),
        nans=None if nans.null_count else int(pc.sum(nans).as_py() or 0),
        low=low,
        high=high,
        exact=all(own["min_is_exact"].to_pylist()) and all(own["max_is_exact"].to_pylist()),
        sorted=lows is not None and _begin(lows, pc.greater_equal, highs),
        ascending=lows is not None and _begin(lows, pc.greater, highs),
    )


def _bounds(own: pa.Table, kind: pa.DataType) -> tuple[pa.ChunkedArray | None, pa.ChunkedArray]:
    """The bounds of every row group that has values; None of a type whose order or text is not
    the same everywhere, or where a row group with values tells none."""
    lows, highs = own["stats_min_value"], own["stats_max_value"]
    empty = pc.equal(own["stats_null_count"], own["row_group_num_rows"])
    if not any(test(kind) for test in _ORDERED):
        return None, highs
    if pc.any(pc.and_(pc.or_(lows.is_null(), highs.is_null()), pc.invert(empty))).as_py():
        return None, highs
    filled = own.filter(pc.invert(empty))
    try:
        return filled["stats_min_value"].cast(kind), filled["stats_max_value"].cast(kind)
    except pa.ArrowInvalid:  # a text that Arrow does not read, such as a date of five digits
        return None, highs


def _begin(lows: pa.ChunkedArray, how: Callable[[Any, Any], Any], highs: pa.ChunkedArray) -> bool:
    """How every row group begins, beside where the one before ends."""
    if len(lows) < 2:
        return True
    return bool(pc.all(how(lows.slice(1), highs.slice(0, len(highs) - 1))).as_py())
