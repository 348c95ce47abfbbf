"""Data at a boundary: what counts as a table, and tables as Arrow streams."""

from __future__ import annotations

import contextvars
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from vibepiper.errors import DataError
from vibepiper.lazy import imported
from vibepiper.rows import describe_columns, rows_to_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "ArrowStream",
    "as_chunks",
    "as_data",
    "as_reader",
    "count_rows",
    "is_table",
    "may_be_table",
    "report_rows",
]

ROWS_PER_BATCH = 10_000
_END = object()
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


def report_rows(rows: int) -> None:
    """Tells the `count_rows` around it of rows that were written without passing here, as when
    a store has its engine write a Relation."""
    if (on_rows := _on_rows.get()) is not None:
        on_rows(rows)


def is_table(data: object) -> bool:
    """Whether ``data`` is a table: something that exports an Arrow stream."""
    return hasattr(data, "__arrow_c_stream__")


def may_be_table(result: object) -> bool:
    """Whether `as_data` takes what a function returned as a table, or tries to make one of it."""
    return (
        is_table(result)
        or hasattr(result, "__arrow_c_array__")
        or (isinstance(result, list) and all(isinstance(row, Mapping) for row in result))
        or isinstance(result, Iterator)
        or _is_lazy_frame(result)
    )


def as_reader(data: object) -> pa.RecordBatchReader:
    """``data`` as a stream of record batches, read as they are asked for.

    IO managers call this on what they are given to write; inside `count_rows` the rows are
    counted as they pass, which is what progress shows. Raises `DataError` for what is no table.
    """
    import pyarrow as pa

    if isinstance(data, pa.RecordBatchReader):
        reader = cast("pa.RecordBatchReader", data)
    elif is_table(data):
        reader = _from_stream(data)
    else:
        raise DataError(f"expected a table, found an object of type {_type_name(data)}")
    on_rows = _on_rows.get()
    if on_rows is None:
        return reader
    return pa.RecordBatchReader.from_batches(reader.schema, _counted(reader, on_rows))


def _from_stream(data: object) -> pa.RecordBatchReader:
    import pyarrow as pa

    try:
        return pa.RecordBatchReader.from_stream(cast("Any", data))
    except pa.ArrowInvalid as error:
        if "non-struct" not in str(error):
            raise
        raise _no_table(data) from error


def _counted(
    reader: Iterable[pa.RecordBatch], on_rows: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        on_rows(batch.num_rows)
        yield batch


def as_data(
    result: object,
    *,
    on_error: Callable[[Exception], None] | None = None,
    may_be_empty: bool = False,
) -> object:
    """What an asset's function returned, as what an IO manager takes.

    Tables and Relations pass as they are. A record batch, a lazy Polars frame, a list of dicts,
    and an iterator of batches, tables or dicts become a table or a one-pass stream. Anything
    else is an object. What the iterator raises while it is read goes to ``on_error`` before it
    goes to the reader, which may be a library that makes another error of it. An iterator that
    yields nothing is None where that ``may_be_empty``, else a `DataError`; an empty list is None
    there too.
    """
    import pyarrow as pa

    if is_table(result):
        return result
    if hasattr(result, "__arrow_c_array__"):
        return pa.Table.from_batches([_record_batch(result)])
    if inspect.isawaitable(result) or hasattr(result, "__aiter__"):
        if inspect.iscoroutine(result):
            result.close()
        raise DataError(f"expected data, found {_type_name(result)}, which nothing awaits")
    if isinstance(result, list) and result and all(isinstance(row, Mapping) for row in result):
        return rows_to_table(result, schema=None, first_row=0)
    if may_be_empty and isinstance(result, list) and not result:
        return None
    if isinstance(result, Iterator):
        return _stream(result, on_error, may_be_empty)
    if _is_lazy_frame(result):
        return cast("Any", result).collect()
    return result


def _is_lazy_frame(data: object) -> bool:
    lazy_frame = imported("polars", "LazyFrame")
    return lazy_frame is not None and isinstance(data, lazy_frame)


def as_chunks(
    result: object, *, on_error: Callable[[Exception], None] | None = None
) -> Iterator[object]:
    """What an asset's function yields, each item as a table; dicts that follow each other are
    gathered by the thousands. Anything but an iterator is one chunk; None and an empty list are
    none."""
    if result is None or (isinstance(result, list) and not result):
        return
    if not isinstance(result, Iterator):
        yield as_data(result, on_error=on_error)
        return
    seen = 0
    items = _chunks(result)
    while True:
        try:
            item = next(items, _END)
        except Exception as error:
            if on_error is not None:
                on_error(error)
            raise
        if item is _END:
            return
        table = _item_table(item, None, seen)
        seen += table.num_rows
        yield table


def _stream(
    items: Iterator[object],
    on_error: Callable[[Exception], None] | None,
    may_be_empty: bool,
) -> pa.RecordBatchReader | None:
    import pyarrow as pa

    batches = _batches(items)
    if on_error is not None:
        batches = _reporting(batches, on_error)
    first = next(batches, None)
    if first is None and may_be_empty:
        return None
    if first is None:
        raise DataError(
            "the generator yielded nothing, so its columns are unknown",
            hint="Yield one empty batch with the right schema, or return an empty table.",
        )
    return pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], batches))


def _reporting(
    batches: Iterator[pa.RecordBatch], on_error: Callable[[Exception], None]
) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except Exception as error:
        on_error(error)
        raise


def _batches(items: Iterator[object]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    schema: pa.Schema | None = None
    seen = 0
    for item in _chunks(items):
        table = _item_table(item, schema, seen)
        if schema is None:
            schema = table.schema
            if table.num_rows == 0:
                yield pa.RecordBatch.from_pylist([], schema=schema)
        elif not table.schema.equals(schema):
            raise DataError(
                f"the generator changed its columns after {seen:,} rows: expected "
                f"{describe_columns(schema)}, found {describe_columns(table.schema)}"
            )
        seen += table.num_rows
        yield from table.to_batches()


def _chunks(items: Iterator[object]) -> Iterator[object]:
    """The items, dicts that follow each other gathered in lists; a list without any is none."""
    rows: list[object] = []
    for item in items:
        if isinstance(item, list) and not item:
            continue
        if isinstance(item, Mapping):
            rows.append(item)
        if rows and (len(rows) == ROWS_PER_BATCH or not isinstance(item, Mapping)):
            yield rows
            rows = []
        if not isinstance(item, Mapping):
            yield item
    if rows:
        yield rows


def _item_table(item: object, schema: pa.Schema | None, seen: int) -> pa.Table:
    import pyarrow as pa

    if isinstance(item, list):
        _refuse_other_items(item, seen)
        return rows_to_table(item, schema, first_row=seen)
    if is_table(item):
        return as_reader(item).read_all()
    if hasattr(item, "__arrow_c_array__"):
        return pa.Table.from_batches([_record_batch(item)])
    raise DataError(
        f"after {seen:,} rows the generator yielded {_type_name(item)}; "
        "expected a record batch, a table, a dict or a list of dicts"
    )


def _refuse_other_items(items: list[object], seen: int) -> None:
    for number, item in enumerate(items, start=seen + 1):
        if not isinstance(item, Mapping):
            raise DataError(f"row {number:,} is {_type_name(item)}; expected a dict")


def _record_batch(data: object) -> pa.RecordBatch:
    import pyarrow as pa

    try:
        return pa.record_batch(cast("Any", data))
    except (pa.ArrowException, TypeError) as error:
        raise _no_table(data) from error


def _no_table(data: object) -> DataError:
    return DataError(
        f"expected a table, found {_type_name(data)}, which is a single column",
        hint="Make it a table, so that the column has a name.",
    )


def _type_name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
