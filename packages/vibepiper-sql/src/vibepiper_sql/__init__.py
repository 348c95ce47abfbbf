"""What SQL stores share: a `Change` of a table as SQL syntax trees, and all around it that is the
same in every database.

A store says what its database tells and does (`SqlStore`); `Applying` carries out a change within
the caller's transaction, and `AssetTable` says which rows an asset's reference means.
"""

from vibepiper_sql.applying import Applying
from vibepiper_sql.asset_table import AssetTable, not_materialized
from vibepiper_sql.carrying_out import carry_out, change_rows, settle, statements
from vibepiper_sql.claims import Claims
from vibepiper_sql.definitions import (
    comment_on,
    count_rows,
    create_as,
    create_schema,
    create_table,
    drop_columns,
    drop_table,
    rename_table,
)
from vibepiper_sql.evolving import add_columns, leave_out_rows, widen_columns
from vibepiper_sql.fitting import Fitted, fit, history_columns
from vibepiper_sql.found_table import FoundTable, Mark
from vibepiper_sql.held_partitions import (
    PARTITIONS,
    HeldPartitions,
    create_partitions,
    find_held,
    held_of,
)
from vibepiper_sql.load_log import (
    LOADS,
    LoadLog,
    Recorded,
    create_loads,
    find_loads,
    loads_of,
    partition_texts,
)
from vibepiper_sql.locks import try_lock
from vibepiper_sql.modes import Statement, leave_out_deleted
from vibepiper_sql.naming import TableName, digest, side_prefix, side_table, uri_table
from vibepiper_sql.publishing import find_staged
from vibepiper_sql.record_tables import record_tables
from vibepiper_sql.replacing import refuse_foreign, replace_rows, replace_table
from vibepiper_sql.row_decoding import decode_batches, decode_rows
from vibepiper_sql.row_encoding import RowEncoder, RowRules
from vibepiper_sql.slices import slice_filter
from vibepiper_sql.sql_store import SqlStore
from vibepiper_sql.staged_rows import check_columns, check_rows, repeated_keys
from vibepiper_sql.table_change import (
    DUCKDB,
    MYSQL,
    POSTGRES,
    SQLITE,
    Runner,
    SqlDialect,
    TableChange,
)

__all__ = [
    "Applying",
    "AssetTable",
    "Claims",
    "DUCKDB",
    "Fitted",
    "FoundTable",
    "HeldPartitions",
    "LOADS",
    "LoadLog",
    "MYSQL",
    "Mark",
    "PARTITIONS",
    "POSTGRES",
    "Recorded",
    "RowEncoder",
    "RowRules",
    "Runner",
    "SQLITE",
    "SqlDialect",
    "SqlStore",
    "Statement",
    "TableChange",
    "TableName",
    "add_columns",
    "carry_out",
    "change_rows",
    "check_columns",
    "check_rows",
    "comment_on",
    "count_rows",
    "create_as",
    "create_loads",
    "create_partitions",
    "create_schema",
    "create_table",
    "decode_batches",
    "decode_rows",
    "digest",
    "drop_columns",
    "drop_table",
    "find_held",
    "find_loads",
    "find_staged",
    "fit",
    "held_of",
    "history_columns",
    "leave_out_deleted",
    "leave_out_rows",
    "loads_of",
    "not_materialized",
    "partition_texts",
    "record_tables",
    "refuse_foreign",
    "rename_table",
    "repeated_keys",
    "replace_rows",
    "replace_table",
    "settle",
    "side_prefix",
    "side_table",
    "slice_filter",
    "statements",
    "try_lock",
    "uri_table",
    "widen_columns",
]
