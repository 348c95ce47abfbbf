"""Which rows of a table are a partition's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.io_manager import Slice
from vibepiper.partition_columns import partition_column

from vibepiper_sql.trees import column, every

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["slice_filter"]


def slice_filter(asset: str, partition: Sequence[Slice], schema: pa.Schema) -> exp.Expr | None:
    """The condition that holds for the rows within all slices, in a table of ``schema``; None
    where there is no slice.

    Of a dimension of time, columns that are dates or timestamps are compared with the slice's
    bounds (a date as its midnight, a timestamp without a zone as UTC); any other column must be
    one of the keys. Raises `DefinitionError` for a slice that names no column, `DataError` for one
    that the table lacks.
    """
    if not partition:
        return None
    return every(_condition(part, *_column(asset, part, schema)) for part in partition)


def _column(asset: str, part: Slice, schema: pa.Schema) -> tuple[str, pa.DataType]:
    name = partition_column(asset, part, schema.names)
    return name, schema.field(name).type


def _condition(part: Slice, name: str, kind: pa.DataType) -> exp.Expr:
    if (part.begin is None and part.end is None) or not _is_time(kind):
        return exp.In(this=column(name), expressions=[exp.convert(key) for key in part.keys])
    bounds: list[exp.Expr] = []
    if part.begin is not None:
        bounds.append(exp.GTE(this=column(name), expression=_moment(part.begin, kind)))
    if part.end is not None:
        bounds.append(exp.LT(this=column(name), expression=_moment(part.end, kind)))
    return every(bounds)


def _is_time(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_date(kind) or types.is_timestamp(kind))


def _moment(moment: datetime, kind: pa.DataType) -> exp.Expr:
    from pyarrow import types

    utc = moment.astimezone(UTC)
    if types.is_date(kind):
        return exp.cast(exp.Literal.string(_first_day(utc).isoformat()), "DATE")
    if kind.tz is None:
        text = utc.replace(tzinfo=None).isoformat(sep=" ")
        return exp.cast(exp.Literal.string(text), "TIMESTAMP")
    return exp.cast(exp.Literal.string(utc.isoformat(sep=" ")), "TIMESTAMPTZ")


def _first_day(moment: datetime) -> date:
    """The first day whose midnight is not before ``moment``."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment.date() if midnight == moment else moment.date() + timedelta(days=1)
