"""Copies of trees that are only written."""

from __future__ import annotations

import pytest
from sqlglot import parse_one
from vibepiper_transform.dialects.native import copy_to_write

QUERIES = [
    "WITH a AS (SELECT 1 AS x /* a */) SELECT *, x + 1 AS y FROM a, b WHERE x IN (1, 2) LIMIT 1",
    "SELECT sum(x) FILTER (WHERE y) OVER (PARTITION BY z ROWS 1 PRECEDING) FROM t USING SAMPLE 5%",
    "SELECT x FROM t UNION ALL BY NAME SELECT {'a': [x]}.a[1]::DECIMAL(4, 2) FROM (VALUES (1)) t",
    f"SELECT 1 WHERE {' OR '.join(f'x = {number}' for number in range(3_000))}",
]


@pytest.mark.parametrize("sql", QUERIES)
def test_a_copy_to_write_is_the_same_tree_made_of_other_nodes(sql: str) -> None:
    tree = parse_one(sql, dialect="duckdb")
    made = copy_to_write(tree, "duckdb")
    assert made == tree
    assert made.sql("duckdb") == tree.sql("duckdb")
    for node, copy in zip(tree.walk(), made.walk(), strict=True):
        assert copy is not node
        assert (copy.arg_key, copy.index, copy.depth) == (node.arg_key, node.index, node.depth)
        assert copy.parent is None or any(each is copy for each in copy.parent.iter_expressions())
