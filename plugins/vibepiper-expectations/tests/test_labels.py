"""How checks are called, by which their measurements are found again."""

from __future__ import annotations

import pyarrow as pa
from vibepiper import asset
from vibepiper_expectations import expect


def enough_rows(table: pa.Table) -> bool:
    return table.num_rows > 0


def test_a_function_is_named_and_not_where_it_lies_in_memory():
    @asset
    @expect.table_satisfies(enough_rows)
    def orders():
        return pa.table({"a": [1]})

    (check,) = orders.checks
    assert check.label == "table_satisfies(enough_rows, [])"
