"""Arrays of Python values, of types that pyarrow makes none of by itself too."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["array_of"]


def array_of(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """An array of ``kind``, dictionaries, runs and extension types included."""
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    if pa.types.is_run_end_encoded(kind):
        options = pc.RunEndEncodeOptions(kind.run_end_type)
        return pc.call_function("run_end_encode", [pa.array(values, kind.value_type)], options)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    return pa.array(values, kind)
