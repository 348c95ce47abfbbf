"""VibePiper's lazy relation: transformations written once, run where the data lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_transform.aggregates import Aggregate as Aggregate
    from vibepiper_transform.aggregates import Avg as Avg
    from vibepiper_transform.aggregates import Count as Count
    from vibepiper_transform.aggregates import CountDistinct as CountDistinct
    from vibepiper_transform.aggregates import Max as Max
    from vibepiper_transform.aggregates import Mean as Mean
    from vibepiper_transform.aggregates import Min as Min
    from vibepiper_transform.aggregates import Sum as Sum
    from vibepiper_transform.aggregates import dense_rank as dense_rank
    from vibepiper_transform.aggregates import lag as lag
    from vibepiper_transform.aggregates import lead as lead
    from vibepiper_transform.aggregates import rank as rank
    from vibepiper_transform.aggregates import row_number as row_number
    from vibepiper_transform.backend import RelationBackend as RelationBackend
    from vibepiper_transform.constructors import database_table as database_table
    from vibepiper_transform.constructors import from_arrow as from_arrow
    from vibepiper_transform.constructors import from_source as from_source
    from vibepiper_transform.constructors import scan_parquet as scan_parquet
    from vibepiper_transform.constructors import write_parquet as write_parquet
    from vibepiper_transform.declaration import transform as transform
    from vibepiper_transform.dialects import DIALECTS as DIALECTS
    from vibepiper_transform.dialects import UnsupportedSql as UnsupportedSql
    from vibepiper_transform.dialects import compile_query as compile_query
    from vibepiper_transform.dialects import lower_query as lower_query
    from vibepiper_transform.duckdb_backend import DuckDBBackend as DuckDBBackend
    from vibepiper_transform.expressions import Expression as Expression
    from vibepiper_transform.expressions import col as col
    from vibepiper_transform.expressions import lit as lit
    from vibepiper_transform.functions import coalesce as coalesce
    from vibepiper_transform.functions import concat as concat
    from vibepiper_transform.functions import make_date as make_date
    from vibepiper_transform.functions import when as when
    from vibepiper_transform.grouping import GroupedRelation as GroupedRelation
    from vibepiper_transform.joins import join as join
    from vibepiper_transform.relation import Relation as Relation
    from vibepiper_transform.sources import ArrowSource as ArrowSource
    from vibepiper_transform.sources import DatabaseSource as DatabaseSource
    from vibepiper_transform.sources import ScanSource as ScanSource
    from vibepiper_transform.sql.sql_asset import sql_asset as sql_asset

_HOME = {
    "Aggregate": "aggregates",
    "ArrowSource": "sources",
    "Avg": "aggregates",
    "Count": "aggregates",
    "CountDistinct": "aggregates",
    "DIALECTS": "dialects",
    "DatabaseSource": "sources",
    "DuckDBBackend": "duckdb_backend",
    "Expression": "expressions",
    "GroupedRelation": "grouping",
    "Max": "aggregates",
    "Mean": "aggregates",
    "Min": "aggregates",
    "Relation": "relation",
    "RelationBackend": "backend",
    "ScanSource": "sources",
    "Sum": "aggregates",
    "UnsupportedSql": "dialects",
    "coalesce": "functions",
    "col": "expressions",
    "compile_query": "dialects",
    "concat": "functions",
    "database_table": "constructors",
    "dense_rank": "aggregates",
    "from_arrow": "constructors",
    "from_source": "constructors",
    "join": "joins",
    "lag": "aggregates",
    "lead": "aggregates",
    "lit": "expressions",
    "lower_query": "dialects",
    "make_date": "functions",
    "rank": "aggregates",
    "row_number": "aggregates",
    "scan_parquet": "constructors",
    "sql_asset": "sql.sql_asset",
    "transform": "declaration",
    "when": "functions",
    "write_parquet": "constructors",
}

__all__ = [
    "Aggregate",
    "ArrowSource",
    "Avg",
    "Count",
    "CountDistinct",
    "DIALECTS",
    "DatabaseSource",
    "DuckDBBackend",
    "Expression",
    "GroupedRelation",
    "Max",
    "Mean",
    "Min",
    "Relation",
    "RelationBackend",
    "ScanSource",
    "Sum",
    "UnsupportedSql",
    "coalesce",
    "col",
    "compile_query",
    "concat",
    "database_table",
    "dense_rank",
    "from_arrow",
    "from_source",
    "join",
    "lag",
    "lead",
    "lit",
    "lower_query",
    "make_date",
    "rank",
    "row_number",
    "scan_parquet",
    "sql_asset",
    "transform",
    "when",
    "write_parquet",
]


__getattr__ = lazy_attributes(__name__, _HOME)
