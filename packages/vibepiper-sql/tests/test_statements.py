"""What the statements say, and what is refused before any is run."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from sqlglot import exp
from vibepiper.errors import DataError, DefinitionError
from vibepiper.io_manager import AssetRef, Change, Slice
from vibepiper_sql import (
    POSTGRES,
    TableChange,
    check_columns,
    partition_texts,
    slice_filter,
    statements,
)

SCHEMA = pa.schema(
    [
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
        ("moment", pa.timestamp("us", "UTC")),
        ("region", pa.string()),
    ]
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEXT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def sliced(column: str | None, *, dimension: str = "date") -> Slice:
    return Slice(dimension, ("2026-03-01",), column, NOON, NEXT)


def condition(part: Slice) -> str:
    found = slice_filter("sales", [part], SCHEMA)
    assert found is not None
    return found.sql("postgres")


def test_a_timestamp_with_a_zone_is_compared_with_the_bounds() -> None:
    assert condition(sliced("moment")) == (
        "\"moment\" >= CAST('2026-03-01 12:00:00+00:00' AS TIMESTAMPTZ) "
        "AND \"moment\" < CAST('2026-03-02 12:00:00+00:00' AS TIMESTAMPTZ)"
    )


def test_a_timestamp_without_a_zone_is_utc() -> None:
    assert "CAST('2026-03-01 12:00:00' AS TIMESTAMP)" in condition(sliced("at"))


def test_a_date_is_its_midnight() -> None:
    assert condition(sliced("day")) == (
        "\"day\" >= CAST('2026-03-02' AS DATE) AND \"day\" < CAST('2026-03-03' AS DATE)"
    )


def test_any_other_column_is_one_of_the_keys() -> None:
    assert condition(sliced("region")) == "\"region\" IN ('2026-03-01')"
    assert condition(Slice("region", ("eu", "o'x"), "region")) == "\"region\" IN ('eu', 'o''x')"


def test_a_slice_without_a_column_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"names none for the dimension 'date'"):
        slice_filter("sales", [sliced(None)], SCHEMA)


def test_a_slice_of_a_column_that_the_table_lacks_is_refused() -> None:
    with pytest.raises(DataError, match=r"column 'regoin', which the table lacks\n.*region"):
        slice_filter("sales", [Slice("region", ("eu",), "regoin")], SCHEMA)


def test_no_slices_are_no_filter() -> None:
    assert slice_filter("sales", [], SCHEMA) is None


def test_partitions_are_told_apart_whatever_their_keys() -> None:
    def texts(one: str, two: str) -> list[str]:
        return partition_texts(AssetRef("a", partition=(Slice("x", (one,)), Slice("y", (two,)))))

    assert texts("a/b", "c") != texts("a", "b/c")
    assert partition_texts(AssetRef("a")) == []


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (Change(mode="upsert", key=("idd",)), r"upsert needs the column 'idd'"),
        (Change(mode="upsert", key=("id",), order_by="x"), r"needs the column 'x'"),
        (Change(mode="upsert", key=("id",), deleted="gone"), r"needs the column 'gone'"),
        (Change(mode="upsert"), r"upsert needs a key"),
        (Change(mode="delete_insert"), r"delete_insert needs a key"),
        (Change(mode="scd2", key=("id",)), r"needs to know the moment"),
        (
            Change(mode="scd2", key=("id",), order_by="n", close_missing=True),
            r"needs to know the moment",
        ),
        (Change(mode="scd2", key=("id",), valid_to="n", at=NOON), r"writes the column 'n'"),
    ],
)
def test_a_change_that_the_columns_do_not_allow_is_refused(change: Change, match: str) -> None:
    with pytest.raises(DataError, match=match):
        check_columns("orders", ["id", "n"], change)


def test_a_partition_needs_no_key_to_be_replaced() -> None:
    check_columns("orders", ["id"], Change(mode="delete_insert"), partitioned=True)


def test_an_upsert_with_a_unique_index_is_one_statement_in_postgres() -> None:
    plan = TableChange(
        asset="orders",
        published=exp.table_("orders", db="s", quoted=True),
        staged=exp.table_("staged", quoted=True),
        columns=("id", "select", 'a "b'),
        change=Change(mode="upsert", key=("id", "select"), order_by='a "b'),
        dialect=POSTGRES,
        unique=True,
    )

    (found,) = statements(plan)

    assert found.effect == "counts"
    assert found.tree.sql("postgres") == (
        'WITH "upserted" AS (INSERT INTO "s"."orders" AS "p" ("id", "select", "a ""b") '
        'SELECT "s"."id", "s"."select", "s"."a ""b" FROM "staged" AS "s" '
        'ORDER BY "s"."id", "s"."select" ON CONFLICT("id", "select") DO UPDATE SET '
        '"a ""b" = "excluded"."a ""b" '
        'WHERE "p"."a ""b" IS NULL OR "excluded"."a ""b" >= "p"."a ""b" '
        'RETURNING CAST("xmax" AS TEXT) = \'0\' AS "added") '
        'SELECT COUNT(*) FILTER(WHERE "added") FROM "upserted"'
    )
