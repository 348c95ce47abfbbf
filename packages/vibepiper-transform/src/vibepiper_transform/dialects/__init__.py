"""SQL dialects: what each can do with DuckDB's results, and how queries are written in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_transform.dialects.columns import Columns as Columns
    from vibepiper_transform.dialects.columns import schema_over as schema_over
    from vibepiper_transform.dialects.compiling import compile_query as compile_query
    from vibepiper_transform.dialects.compiling import lower_query as lower_query
    from vibepiper_transform.dialects.compiling import write_query as write_query
    from vibepiper_transform.dialects.names import DIALECTS as DIALECTS
    from vibepiper_transform.dialects.names import dialect_name as dialect_name
    from vibepiper_transform.dialects.unsupported import UnsupportedSql as UnsupportedSql

_HOME = {
    "Columns": "columns",
    "DIALECTS": "names",
    "UnsupportedSql": "unsupported",
    "compile_query": "compiling",
    "dialect_name": "names",
    "lower_query": "compiling",
    "schema_over": "columns",
    "write_query": "compiling",
}

__all__ = [
    "DIALECTS",
    "Columns",
    "UnsupportedSql",
    "compile_query",
    "dialect_name",
    "lower_query",
    "schema_over",
    "write_query",
]

__getattr__ = lazy_attributes(__name__, _HOME)
