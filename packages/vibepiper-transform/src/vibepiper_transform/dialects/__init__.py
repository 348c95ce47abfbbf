"""SQL dialects: what each can do with DuckDB's results, and how queries are written in them."""

from vibepiper_transform.dialects.columns import Columns, schema_over
from vibepiper_transform.dialects.compiling import compile_query, lower_query
from vibepiper_transform.dialects.names import DIALECTS, dialect_name
from vibepiper_transform.dialects.unsupported import UnsupportedSql

__all__ = [
    "DIALECTS",
    "Columns",
    "UnsupportedSql",
    "compile_query",
    "dialect_name",
    "lower_query",
    "schema_over",
]
