"""TPC-H: the benchmark's data, and its 22 queries in standard SQL and in the builder.

The data is dbgen's own, made by ``tpchgen-cli`` (``vibepiper-testing[tpch]``); no network is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_testing.tpch.answers import assert_same_answer as assert_same_answer
    from vibepiper_testing.tpch.builder import build_query as build_query
    from vibepiper_testing.tpch.data import TABLES as TABLES
    from vibepiper_testing.tpch.data import generate as generate
    from vibepiper_testing.tpch.standard import QUERIES as QUERIES
    from vibepiper_testing.tpch.standard import sql_template as sql_template
    from vibepiper_testing.tpch.standard import standard_sql as standard_sql

_HOME = {
    "QUERIES": "standard",
    "TABLES": "data",
    "assert_same_answer": "answers",
    "build_query": "builder",
    "generate": "data",
    "sql_template": "standard",
    "standard_sql": "standard",
}

__all__ = [
    "QUERIES",
    "TABLES",
    "assert_same_answer",
    "build_query",
    "generate",
    "sql_template",
    "standard_sql",
]

__getattr__ = lazy_attributes(__name__, _HOME)
