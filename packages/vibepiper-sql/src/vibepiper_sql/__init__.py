"""What SQL stores share: a `Change` of a table as SQL syntax trees, and all around it that is the
same in every database.

A store says what its database tells and does (`SqlStore`); `Applying` carries out a change within
the caller's transaction, and `AssetTable` says which rows an asset's reference means.

Names are imported on first use: what reads and writes rows brings pyarrow, and to ask whether a
table is there needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_sql.applying import Applying as Applying
    from vibepiper_sql.asset_table import AssetTable as AssetTable
    from vibepiper_sql.asset_table import not_materialized as not_materialized
    from vibepiper_sql.carrying_out import carry_out as carry_out
    from vibepiper_sql.carrying_out import change_rows as change_rows
    from vibepiper_sql.carrying_out import settle as settle
    from vibepiper_sql.carrying_out import statements as statements
    from vibepiper_sql.claims import Claims as Claims
    from vibepiper_sql.definitions import UNTYPED as UNTYPED
    from vibepiper_sql.definitions import comment_on as comment_on
    from vibepiper_sql.definitions import count_rows as count_rows
    from vibepiper_sql.definitions import create_as as create_as
    from vibepiper_sql.definitions import create_schema as create_schema
    from vibepiper_sql.definitions import create_table as create_table
    from vibepiper_sql.definitions import drop_columns as drop_columns
    from vibepiper_sql.definitions import drop_table as drop_table
    from vibepiper_sql.definitions import note_untyped as note_untyped
    from vibepiper_sql.definitions import rename_table as rename_table
    from vibepiper_sql.describing import schemas_there as schemas_there
    from vibepiper_sql.evolving import add_columns as add_columns
    from vibepiper_sql.evolving import leave_out_rows as leave_out_rows
    from vibepiper_sql.evolving import widen_columns as widen_columns
    from vibepiper_sql.found_table import FoundTable as FoundTable
    from vibepiper_sql.found_table import Mark as Mark
    from vibepiper_sql.held_partitions import PARTITIONS as PARTITIONS
    from vibepiper_sql.held_partitions import HeldPartitions as HeldPartitions
    from vibepiper_sql.held_partitions import create_partitions as create_partitions
    from vibepiper_sql.held_partitions import find_held as find_held
    from vibepiper_sql.held_partitions import held_of as held_of
    from vibepiper_sql.load_log import LOADS as LOADS
    from vibepiper_sql.load_log import LoadLog as LoadLog
    from vibepiper_sql.load_log import Recorded as Recorded
    from vibepiper_sql.load_log import create_loads as create_loads
    from vibepiper_sql.load_log import find_loads as find_loads
    from vibepiper_sql.load_log import loads_of as loads_of
    from vibepiper_sql.load_log import partition_texts as partition_texts
    from vibepiper_sql.locks import try_lock as try_lock
    from vibepiper_sql.modes import Statement as Statement
    from vibepiper_sql.modes import leave_out_deleted as leave_out_deleted
    from vibepiper_sql.naming import TableName as TableName
    from vibepiper_sql.naming import digest as digest
    from vibepiper_sql.naming import side_prefix as side_prefix
    from vibepiper_sql.naming import side_table as side_table
    from vibepiper_sql.naming import uri_table as uri_table
    from vibepiper_sql.publishing import find_staged as find_staged
    from vibepiper_sql.records import record_tables as record_tables
    from vibepiper_sql.replacing import refuse_foreign as refuse_foreign
    from vibepiper_sql.replacing import replace_rows as replace_rows
    from vibepiper_sql.replacing import replace_table as replace_table
    from vibepiper_sql.row_decoding import decode_batches as decode_batches
    from vibepiper_sql.row_decoding import decode_rows as decode_rows
    from vibepiper_sql.row_encoding import RowEncoder as RowEncoder
    from vibepiper_sql.row_encoding import RowRules as RowRules
    from vibepiper_sql.slices import slice_filter as slice_filter
    from vibepiper_sql.sql_store import SqlStore as SqlStore
    from vibepiper_sql.staged_rows import check_columns as check_columns
    from vibepiper_sql.staged_rows import check_rows as check_rows
    from vibepiper_sql.staged_rows import repeated_keys as repeated_keys
    from vibepiper_sql.table_change import DUCKDB as DUCKDB
    from vibepiper_sql.table_change import MYSQL as MYSQL
    from vibepiper_sql.table_change import POSTGRES as POSTGRES
    from vibepiper_sql.table_change import SQLITE as SQLITE
    from vibepiper_sql.table_change import Runner as Runner
    from vibepiper_sql.table_change import SqlDialect as SqlDialect
    from vibepiper_sql.table_change import TableChange as TableChange

_HOME = {
    "Applying": "applying",
    "AssetTable": "asset_table",
    "Claims": "claims",
    "DUCKDB": "table_change",
    "FoundTable": "found_table",
    "HeldPartitions": "held_partitions",
    "LOADS": "load_log",
    "LoadLog": "load_log",
    "MYSQL": "table_change",
    "Mark": "found_table",
    "PARTITIONS": "held_partitions",
    "POSTGRES": "table_change",
    "Recorded": "load_log",
    "RowEncoder": "row_encoding",
    "RowRules": "row_encoding",
    "Runner": "table_change",
    "SQLITE": "table_change",
    "SqlDialect": "table_change",
    "SqlStore": "sql_store",
    "Statement": "modes",
    "TableChange": "table_change",
    "TableName": "naming",
    "UNTYPED": "definitions",
    "add_columns": "evolving",
    "carry_out": "carrying_out",
    "change_rows": "carrying_out",
    "check_columns": "staged_rows",
    "check_rows": "staged_rows",
    "comment_on": "definitions",
    "count_rows": "definitions",
    "create_as": "definitions",
    "create_loads": "load_log",
    "create_partitions": "held_partitions",
    "create_schema": "definitions",
    "create_table": "definitions",
    "decode_batches": "row_decoding",
    "decode_rows": "row_decoding",
    "digest": "naming",
    "drop_columns": "definitions",
    "drop_table": "definitions",
    "find_held": "held_partitions",
    "find_loads": "load_log",
    "find_staged": "publishing",
    "held_of": "held_partitions",
    "leave_out_deleted": "modes",
    "leave_out_rows": "evolving",
    "loads_of": "load_log",
    "not_materialized": "asset_table",
    "note_untyped": "definitions",
    "partition_texts": "load_log",
    "record_tables": "records",
    "refuse_foreign": "replacing",
    "rename_table": "definitions",
    "schemas_there": "describing",
    "repeated_keys": "staged_rows",
    "replace_rows": "replacing",
    "replace_table": "replacing",
    "settle": "carrying_out",
    "side_prefix": "naming",
    "side_table": "naming",
    "slice_filter": "slices",
    "statements": "carrying_out",
    "try_lock": "locks",
    "uri_table": "naming",
    "widen_columns": "evolving",
}

__all__ = [
    "Applying",
    "AssetTable",
    "Claims",
    "DUCKDB",
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
    "UNTYPED",
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
    "held_of",
    "leave_out_deleted",
    "leave_out_rows",
    "loads_of",
    "not_materialized",
    "note_untyped",
    "partition_texts",
    "record_tables",
    "refuse_foreign",
    "rename_table",
    "repeated_keys",
    "replace_rows",
    "replace_table",
    "schemas_there",
    "settle",
    "side_prefix",
    "side_table",
    "slice_filter",
    "statements",
    "try_lock",
    "uri_table",
    "widen_columns",
]


__getattr__ = lazy_attributes(__name__, _HOME)
