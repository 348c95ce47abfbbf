"""Data at a boundary: what counts as a table, and tables as Arrow streams."""

from __future__ import annotations

import contextvars
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from vibepiper.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ArrowStream", "as_data", "as_reader", "count_rows", "is_table"]

ROWS_PER_BATCH = 10_000
"""How many rows of a generator of dicts make one record batch."""


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that exports an Arrow stream (the Arrow PyCapsule interface)."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


_on_rows: contextvars.ContextVar[Callable[[int], None] | None] = contextvars.ContextVar(
    "vibepiper_on_rows", default=None
)


class count_rows:  # noqa: N801  (a context manager, named as contextlib names its own)
    """Within it, every stream made by `as_reader` tells ``on_rows`` the rows of each batch."""

    def __init__(self, on_rows: Callable[[int], None]) -> None:
        self._on_rows = on_rows

    def __enter__(self) -> None:
        self._token = _on_rows.set(self._on_rows)

    def __exit__(self, *exc: object) -> None:
        _on_rows.reset(self._token)


def is_table(data: object) -> bool:
    """Whether ``data`` is a table: something that exports an Arrow stream."""
    return hasattr(data, "__arrow_c_stream__")


def as_reader(data: object) -> pa.RecordBatchReader:
    """``data`` as a stream of record batches, read as they are asked for.

    IO managers call this on what they are given to write; inside `count_rows` the rows are
    counted as they pass, which is what progress shows. Raises `DataError` for what is no table.
    """
    import pyarrow as pa

    if isinstance(data, pa.RecordBatchReader):
        reader = data
    elif is_table(data):
        reader = pa.RecordBatchReader.from_stream(cast("Any", data))
    else:
        raise DataError(f"expected a table, found an object of type {_type_name(data)}")
    on_rows = _on_rows.get()
    if on_rows is None:
        return reader
    return pa.RecordBatchReader.from_batches(reader.schema, _counted(reader, on_rows))


def _counted(
    reader: Iterable[pa.RecordBatch], on_rows: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        on_rows(batch.num_rows)
        yield batch


def as_data(result: object) -> object:
    """What an asset's function returned, as what an IO manager takes.

    Tables and Relations pass as they are. A record batch, a list of dicts, and an iterator of
    batches, tables or dicts become a table or a one-pass stream. Anything else is an object.
    """
    import pyarrow as pa

    if is_table(result):
        return result
    if hasattr(result, "__arrow_c_array__"):
        return pa.Table.from_batches([pa.record_batch(cast("Any", result))])
    if isinstance(result, list) and result and all(isinstance(row, Mapping) for row in result):
        return _rows_to_table(result, schema=None, first_row=0)
    if isinstance(result, Iterator):
        return _stream(result)
    return result


def _stream(items: Iterator[object]) -> pa.RecordBatchReader:
    import pyarrow as pa

    batches = _batches(items)
    first = next(batches, None)
    if first is None:
        raise DataError(
            "the generator yielded nothing, so its columns are unknown",
            hint="Yield one empty batch with the right schema, or return an empty table.",
        )
    return pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], batches))


def _batches(items: Iterator[object]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    schema: pa.Schema | None = None
    seen = 0
    for item in items:
        if isinstance(item, Mapping):
            rows = [item, *itertools.islice(items, ROWS_PER_BATCH - 1)]
            table = _rows_to_table(rows, schema, first_row=seen)
        elif is_table(item):
            table = pa.RecordBatchReader.from_stream(cast("Any", item)).read_all()
        elif hasattr(item, "__arrow_c_array__"):
            table = pa.Table.from_batches([pa.record_batch(cast("Any", item))])
        else:
            raise DataError(
                f"item {seen} of the generator is a {_type_name(item)}; "
                "expected a record batch, a table or a dict"
            )
        if schema is None:
            schema = table.schema
            if table.num_rows == 0:
                yield pa.RecordBatch.from_pylist([], schema=schema)
        elif table.schema != schema:
            raise DataError(
                f"the generator changed its columns after {seen:,} rows: "
                f"expected {_columns(schema)}, found {_columns(table.schema)}"
            )
        seen += table.num_rows
        yield from table.to_batches()


def _rows_to_table(rows: list[Any], schema: pa.Schema | None, *, first_row: int) -> pa.Table:
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row))
    if schema is not None:
        unknown = [name for name in names if name not in schema.names]
        if unknown:
            raise DataError(
                f"column '{unknown[0]}' first appears after {first_row:,} rows; "
                f"expected {_columns(schema)}"
            )
        names = schema.names
    columns = []
    for name in names:
        values = [row.get(name) for row in rows]
        kind = None if schema is None else schema.field(name).type
        try:
            columns.append(pa.array(values, type=kind))
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise DataError(
                f"column '{name}', rows {first_row:,} to {first_row + len(rows) - 1:,}: "
                f"expected {kind or 'values of one type'}: {error}"
            ) from error
    return (
        pa.Table.from_arrays(columns, names=names)
        if schema is None
        else pa.Table.from_arrays(columns, schema=schema)
    )


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def _type_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
