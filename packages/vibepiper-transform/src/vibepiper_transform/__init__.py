"""VibePiper's lazy relation: transformations written once, run where the data lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_transform.aggregates import Aggregate as Aggregate
    from vibepiper_transform.aggregates import ArrayAgg as ArrayAgg
    from vibepiper_transform.aggregates import Avg as Avg
    from vibepiper_transform.aggregates import BoolAnd as BoolAnd
    from vibepiper_transform.aggregates import BoolOr as BoolOr
    from vibepiper_transform.aggregates import Count as Count
    from vibepiper_transform.aggregates import CountDistinct as CountDistinct
    from vibepiper_transform.aggregates import First as First
    from vibepiper_transform.aggregates import Last as Last
    from vibepiper_transform.aggregates import Max as Max
    from vibepiper_transform.aggregates import Mean as Mean
    from vibepiper_transform.aggregates import Median as Median
    from vibepiper_transform.aggregates import Min as Min
    from vibepiper_transform.aggregates import Quantile as Quantile
    from vibepiper_transform.aggregates import StdDev as StdDev
    from vibepiper_transform.aggregates import StringAgg as StringAgg
    from vibepiper_transform.aggregates import Sum as Sum
    from vibepiper_transform.aggregates import Variance as Variance
    from vibepiper_transform.backend import RelationBackend as RelationBackend
    from vibepiper_transform.backend import SentTable as SentTable
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
    from vibepiper_transform.dialects import schema_over as schema_over
    from vibepiper_transform.dialects import write_query as write_query
    from vibepiper_transform.display import Preview as Preview
    from vibepiper_transform.distributions import chi_square_p as chi_square_p
    from vibepiper_transform.distributions import kolmogorov_p as kolmogorov_p
    from vibepiper_transform.duckdb_backend import DuckDBBackend as DuckDBBackend
    from vibepiper_transform.explanation import Explanation as Explanation
    from vibepiper_transform.explanation import Part as Part
    from vibepiper_transform.expressions import Expression as Expression
    from vibepiper_transform.expressions import col as col
    from vibepiper_transform.expressions import lit as lit
    from vibepiper_transform.footers import FooterColumn as FooterColumn
    from vibepiper_transform.footers import Footers as Footers
    from vibepiper_transform.footers import read_footers as read_footers
    from vibepiper_transform.functions import coalesce as coalesce
    from vibepiper_transform.functions import concat as concat
    from vibepiper_transform.functions import greatest as greatest
    from vibepiper_transform.functions import least as least
    from vibepiper_transform.functions import list_of as list_of
    from vibepiper_transform.functions import make_date as make_date
    from vibepiper_transform.functions import struct as struct
    from vibepiper_transform.functions import when as when
    from vibepiper_transform.grouping import GroupedRelation as GroupedRelation
    from vibepiper_transform.joins import join as join
    from vibepiper_transform.joins import union as union
    from vibepiper_transform.pivots import PivotedRelation as PivotedRelation
    from vibepiper_transform.recognizing import relation_at as relation_at
    from vibepiper_transform.relation import Relation as Relation
    from vibepiper_transform.sources import ArrowSource as ArrowSource
    from vibepiper_transform.sources import DatabaseSource as DatabaseSource
    from vibepiper_transform.sources import ScanSource as ScanSource
    from vibepiper_transform.sql.sql_asset import sql_asset as sql_asset
    from vibepiper_transform.sql.sql_files import sql_assets as sql_assets
    from vibepiper_transform.windows import cume_dist as cume_dist
    from vibepiper_transform.windows import dense_rank as dense_rank
    from vibepiper_transform.windows import first as first
    from vibepiper_transform.windows import lag as lag
    from vibepiper_transform.windows import last as last
    from vibepiper_transform.windows import lead as lead
    from vibepiper_transform.windows import nth as nth
    from vibepiper_transform.windows import ntile as ntile
    from vibepiper_transform.windows import percent_rank as percent_rank
    from vibepiper_transform.windows import rank as rank
    from vibepiper_transform.windows import row_number as row_number

_HOME = {
    "Aggregate": "aggregates",
    "ArrayAgg": "aggregates",
    "ArrowSource": "sources",
    "Avg": "aggregates",
    "BoolAnd": "aggregates",
    "BoolOr": "aggregates",
    "Count": "aggregates",
    "CountDistinct": "aggregates",
    "DIALECTS": "dialects",
    "DatabaseSource": "sources",
    "DuckDBBackend": "duckdb_backend",
    "Explanation": "explanation",
    "Expression": "expressions",
    "Part": "explanation",
    "First": "aggregates",
    "FooterColumn": "footers",
    "Footers": "footers",
    "GroupedRelation": "grouping",
    "Last": "aggregates",
    "Max": "aggregates",
    "Mean": "aggregates",
    "Median": "aggregates",
    "Min": "aggregates",
    "PivotedRelation": "pivots",
    "Preview": "display",
    "Quantile": "aggregates",
    "Relation": "relation",
    "RelationBackend": "backend",
    "SentTable": "backend",
    "ScanSource": "sources",
    "StdDev": "aggregates",
    "StringAgg": "aggregates",
    "Sum": "aggregates",
    "UnsupportedSql": "dialects",
    "Variance": "aggregates",
    "chi_square_p": "distributions",
    "coalesce": "functions",
    "col": "expressions",
    "compile_query": "dialects",
    "concat": "functions",
    "cume_dist": "windows",
    "database_table": "constructors",
    "dense_rank": "windows",
    "first": "windows",
    "from_arrow": "constructors",
    "from_source": "constructors",
    "greatest": "functions",
    "join": "joins",
    "kolmogorov_p": "distributions",
    "lag": "windows",
    "last": "windows",
    "lead": "windows",
    "least": "functions",
    "list_of": "functions",
    "lit": "expressions",
    "lower_query": "dialects",
    "make_date": "functions",
    "nth": "windows",
    "ntile": "windows",
    "percent_rank": "windows",
    "rank": "windows",
    "read_footers": "footers",
    "relation_at": "recognizing",
    "row_number": "windows",
    "scan_parquet": "constructors",
    "schema_over": "dialects",
    "sql_asset": "sql.sql_asset",
    "sql_assets": "sql.sql_files",
    "struct": "functions",
    "transform": "declaration",
    "union": "joins",
    "when": "functions",
    "write_parquet": "constructors",
    "write_query": "dialects",
}

__all__ = [
    "Aggregate",
    "ArrayAgg",
    "ArrowSource",
    "Avg",
    "BoolAnd",
    "BoolOr",
    "Count",
    "CountDistinct",
    "DIALECTS",
    "DatabaseSource",
    "DuckDBBackend",
    "Explanation",
    "Expression",
    "First",
    "FooterColumn",
    "Footers",
    "GroupedRelation",
    "Last",
    "Max",
    "Mean",
    "Median",
    "Min",
    "Part",
    "PivotedRelation",
    "Preview",
    "Quantile",
    "Relation",
    "RelationBackend",
    "ScanSource",
    "SentTable",
    "StdDev",
    "StringAgg",
    "Sum",
    "UnsupportedSql",
    "Variance",
    "chi_square_p",
    "coalesce",
    "col",
    "compile_query",
    "concat",
    "cume_dist",
    "database_table",
    "dense_rank",
    "first",
    "from_arrow",
    "from_source",
    "greatest",
    "join",
    "kolmogorov_p",
    "lag",
    "last",
    "lead",
    "least",
    "list_of",
    "lit",
    "lower_query",
    "make_date",
    "nth",
    "ntile",
    "percent_rank",
    "rank",
    "read_footers",
    "relation_at",
    "row_number",
    "scan_parquet",
    "schema_over",
    "sql_asset",
    "sql_assets",
    "struct",
    "transform",
    "union",
    "when",
    "write_parquet",
    "write_query",
]


__getattr__ = lazy_attributes(__name__, _HOME)
