"""What the published suite asks of every validator."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
from vibepiper_expectations import expect
from vibepiper_testing.conformance import CheckCase, ValidatorSuite

GOOD = pa.table({"id": [1, 2, 3], "name": ["a", "b", "é"]})


def case(check: object, *, failed: int | None, **columns: list[object]) -> CheckCase:
    bad = pa.table({name: columns.get(name, GOOD[name]) for name in GOOD.column_names})
    return CheckCase(check, GOOD, bad, failed)


class TestExpectations(ValidatorSuite):
    component = "expectations"
    cases = (
        replace(
            case(expect.column_values_not_null("name"), failed=2, name=[None, "b", None]),
            fails=lambda row: row["name"] is None,
        ),
        case(expect.column_values_unique("id"), failed=2, id=[1, 1, 3]),
        case(expect.column_values_between("id", 0, 9), failed=1, id=[0, 10, None]),
        case(expect.column_values_in_set("name", ["a", "b", "é"]), failed=1, name=["a", "b", "e"]),
        CheckCase(expect.row_count_between(1, 5), GOOD, pa.concat_tables([GOOD, GOOD])),
    )
    impossible = expect.column_values_not_null("no_such_column")
