"""The tables of a schema that say what was published to the others."""

from __future__ import annotations

from sqlglot import exp

from vibepiper_sql.held_partitions import PARTITIONS, create_partitions
from vibepiper_sql.load_log import LOADS, create_loads
from vibepiper_sql.naming import TableName

__all__ = ["record_tables"]


def record_tables(schema: str) -> dict[TableName, exp.Create]:
    """With the statement that makes each. `Applying` needs them."""
    loads, partitions = TableName(schema, LOADS), TableName(schema, PARTITIONS)
    return {loads: create_loads(loads.tree()), partitions: create_partitions(partitions.tree())}
