"""Staged columns are brought together with those published as the policy says, or refused."""

from __future__ import annotations

from typing import Any, get_args

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper.errors import DataError
from vibepiper.evolution import Reconciled, reconcile
from vibepiper.io_manager import Evolution
from vibepiper.widening import common_type

POLICIES = get_args(Evolution)
DECIMAL = pa.decimal128
DICTIONARY = pa.dictionary(pa.int32(), pa.string())
SMALL_DICTIONARY = pa.dictionary(pa.int8(), pa.string())


def schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


def met(published: pa.Schema, staged: pa.Schema, policy: Any = "evolve") -> Reconciled:
    return reconcile(published, staged, policy, asset="orders")


WIDER = [
    (pa.int8(), pa.int16()),
    (pa.int32(), pa.int64()),
    (pa.uint8(), pa.uint64()),
    (pa.uint32(), pa.int64()),
    (pa.int8(), pa.float16()),
    (pa.int16(), pa.float32()),
    (pa.int32(), pa.float64()),
    (pa.uint32(), pa.float64()),
    (pa.float32(), pa.float64()),
    (DECIMAL(10, 2), DECIMAL(12, 4)),
    (pa.decimal32(9, 2), pa.decimal256(50, 2)),
    (pa.date32(), pa.timestamp("us")),
    (pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC")),
    (pa.time32("s"), pa.time64("us")),
    (pa.duration("s"), pa.duration("ms")),
    (pa.string(), pa.large_string()),
    (pa.binary(3), pa.binary()),
    (pa.binary(), pa.large_binary()),
    (pa.null(), pa.struct([("a", pa.int64())])),
    (SMALL_DICTIONARY, pa.string()),
    (SMALL_DICTIONARY, DICTIONARY),
    (pa.dictionary(pa.int32(), pa.int32()), pa.int64()),
    (pa.run_end_encoded(pa.int32(), pa.int32()), pa.int64()),
    (pa.list_(pa.int32()), pa.large_list(pa.int64())),
    (pa.list_(pa.int32(), 2), pa.list_(pa.int64())),
    (pa.struct([("a", pa.int32())]), pa.struct([("a", pa.int64())])),
    (pa.map_(pa.string(), pa.int32()), pa.map_(pa.string(), pa.float64())),
]
BOTH = [
    (pa.int8(), pa.uint8(), pa.int16()),
    (pa.uint32(), pa.int32(), pa.int64()),
    (pa.int32(), pa.float32(), pa.float64()),
    (DECIMAL(10, 2), DECIMAL(8, 4), DECIMAL(12, 4)),
    (DECIMAL(38, 2), DECIMAL(38, 4), pa.decimal256(40, 4)),
    (pa.binary(2), pa.binary(3), pa.binary()),
    (pa.list_(pa.int32(), 2), pa.list_(pa.int32(), 3), pa.list_(pa.int32())),
]
UNFIT = [
    (pa.int64(), pa.string()),
    (pa.int64(), pa.float64()),
    (pa.int64(), DECIMAL(38, 0)),
    (pa.int8(), DECIMAL(38, 0)),
    (pa.uint64(), pa.int64()),
    (pa.bool_(), pa.int8()),
    (pa.timestamp("us"), pa.timestamp("us", "UTC")),
    (pa.date32(), pa.timestamp("us", "UTC")),
    (DECIMAL(38, 0), pa.decimal256(76, 50)),
    (pa.string(), pa.binary()),
    (pa.uuid(), pa.string()),
    (pa.list_(pa.int64()), pa.int64()),
    (pa.list_(pa.int64()), pa.list_(pa.string())),
    (pa.struct([("a", pa.int64())]), pa.struct([("b", pa.int64())])),
    (pa.map_(pa.string(), pa.int64()), pa.map_(pa.string(), pa.string())),
    (DICTIONARY, pa.int64()),
]


@pytest.mark.parametrize(("narrow", "wide"), WIDER, ids=str)
def test_a_type_is_widened_to_one_that_holds_it(narrow: pa.DataType, wide: pa.DataType) -> None:
    found = met(schema(n=narrow), schema(n=wide))
    assert (found.schema, found.cast, found.missing) == (schema(n=wide), (), ())
    assert found.widened == (pa.field("n", wide),)
    assert found.notes() == (f"column 'n' was widened from {narrow} to {wide}",)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("narrow", "wide"), WIDER, ids=str)
def test_a_narrower_type_is_cast_to_the_published_one(
    narrow: pa.DataType, wide: pa.DataType, policy: Any
) -> None:
    found = met(schema(n=wide), schema(n=narrow), policy)
    assert found == Reconciled(schema(n=wide), cast=(pa.field("n", wide),))
    assert found.notes() == ()


@pytest.mark.parametrize(("one", "two", "both"), BOTH, ids=str)
def test_two_types_meet_in_one_that_holds_both(
    one: pa.DataType, two: pa.DataType, both: pa.DataType
) -> None:
    found = met(schema(n=one), schema(n=two))
    assert found.schema == schema(n=both)
    assert found.widened == found.cast == (pa.field("n", both),)
    assert common_type(two, one) == both


@pytest.mark.parametrize("policy", ["evolve", "freeze"])
@pytest.mark.parametrize(("one", "two"), UNFIT, ids=str)
def test_types_that_do_not_fit_are_refused(one: pa.DataType, two: pa.DataType, policy: Any) -> None:
    for published, staged in ((one, two), (two, one)):
        with pytest.raises(DataError, match=f"asset 'orders'.*'n'.*{policy}") as caught:
            met(schema(n=published), schema(n=staged), policy)
        assert f"is {staged}, and {published} is published" in str(caught.value)
        assert caught.value.hint


@pytest.mark.parametrize(("one", "two"), UNFIT, ids=str)
def test_a_column_that_does_not_fit_is_left_out(one: pa.DataType, two: pa.DataType) -> None:
    found = met(schema(n=one, m=one), schema(n=two, m=one), "discard_column")
    assert (found.schema, found.discarded, found.missing) == (schema(n=one, m=one), ("n",), ("n",))
    assert found.discard_where == ()
    assert found.notes() == (f"column 'n' is {two}, and {one} is published: it was left out",)


def test_under_discard_policies_nothing_is_widened() -> None:
    old, new = schema(n=pa.int32()), schema(n=pa.int64())
    for policy, where in (("discard_column", ()), ("discard_row", ("n",))):
        found = met(old, new, policy)
        assert (found.schema, found.discarded, found.discard_where) == (old, ("n",), where)


def test_new_columns_are_added_at_the_end_and_take_null() -> None:
    new = pa.schema([pa.field("x", pa.string(), nullable=False), ("id", pa.int64())])
    found = met(schema(id=pa.int64(), v=pa.string()), new)
    assert found.added == (pa.field("x", pa.string()),)
    assert found.schema == schema(id=pa.int64(), v=pa.string(), x=pa.string())
    assert found.missing == ("v",)
    assert found.notes() == ("column 'x' (string) was added", "column 'v' was not staged")


def test_new_columns_are_left_out_or_their_rows() -> None:
    old, new = schema(id=pa.int64()), schema(id=pa.int64(), x=pa.string())
    column, row = met(old, new, "discard_column"), met(old, new, "discard_row")
    assert (column.discarded, column.discard_where) == (("x",), ())
    assert (row.discarded, row.discard_where) == (("x",), ("x",))
    assert column.schema == row.schema == old
    assert row.notes() == ("column 'x' is new: rows with a value were left out",)


@pytest.mark.parametrize(
    ("staged", "problem"),
    [
        (schema(id=pa.int64(), v=pa.string(), x=pa.null()), "'x' .null. is new.*freeze adds none"),
        (schema(id=pa.int64()), "'v' .string. is published and not staged.*freeze"),
        (schema(id=pa.string(), v=pa.string()), "'id' is string, and int64 is published.*freeze"),
    ],
)
def test_freeze_refuses_every_difference(staged: pa.Schema, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        met(schema(id=pa.int64(), v=pa.string()), staged, "freeze")


@pytest.mark.parametrize("policy", ["discard_column", "discard_row"])
def test_a_needed_column_is_not_left_out(policy: Any) -> None:
    old = schema(id=pa.int64())
    for staged, problem in ((schema(id=pa.string()), "'id' is string"), (schema(k=pa.int8()), "k")):
        with pytest.raises(DataError, match=f"asset 'orders'.*{problem}.*{policy}"):
            reconcile(old, staged, policy, asset="orders", needed=staged.names)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("staged", "problem"),
    [
        ([("id", pa.int64()), ("ID", pa.int64())], "'ID' differs from 'id' only in case"),
        ([("id", pa.int64()), ("Ü", pa.int8()), ("ü", pa.int8())], "'ü' differs from 'Ü'"),
        ([("id", pa.int64()), ("id", pa.int64())], "'id' is staged twice"),
    ],
)
def test_names_that_are_alike_are_refused(staged: Any, problem: str, policy: Any) -> None:
    with pytest.raises(DataError, match=problem):
        met(schema(id=pa.int64()), pa.schema(staged), policy)


def test_nullability_is_loosened_where_it_must_be_and_never_tightened() -> None:
    bare = pa.schema([pa.field(name, pa.int64(), nullable=False) for name in "abc"])
    staged = pa.schema([("a", pa.int64()), pa.field("b", pa.int64(), nullable=False)])
    assert [field.nullable for field in met(bare, staged).schema] == [True, False, True]
    assert [field.nullable for field in met(staged, bare).schema] == [True, False, True]
    assert met(staged, staged.set(0, bare.field("a")), "freeze").schema == staged


def test_what_describes_the_published_columns_stays() -> None:
    field = pa.field("n", pa.int32(), metadata={"description": "how many"})
    found = met(pa.schema([field], metadata={"owner": "us"}), schema(n=pa.int64()))
    assert found.schema.field("n").metadata == {b"description": b"how many"}
    assert found.schema.metadata == {b"owner": b"us"}


KINDS = st.sampled_from([kind for pair in [*WIDER, *BOTH, *UNFIT] for kind in pair])


@st.composite
def fields(draw: st.DrawFn) -> pa.Field:
    kind = draw(KINDS)
    nullable = draw(st.booleans()) or pa.types.is_null(kind)
    return pa.field(draw(st.sampled_from("abcdeé ")), kind, nullable)


SCHEMAS = st.lists(fields(), max_size=6, unique_by=lambda field: field.name).map(pa.schema)


@given(SCHEMAS, SCHEMAS, st.sampled_from(POLICIES))
def test_what_is_reconciled_needs_nothing_more(
    published: pa.Schema, staged: pa.Schema, policy: Any
) -> None:
    """Published columns keep their order; once they are as they are afterwards, neither the
    staged data nor what was published changes them again."""
    try:
        found = met(published, staged, policy)
    except DataError:
        return
    assert found.schema.names[: len(published)] == published.names
    for again in (met(found.schema, staged, policy), met(found.schema, published, "evolve")):
        assert (again.schema, again.added, again.widened) == (found.schema, (), ())
    placed = {*found.schema.names} - {*found.missing}
    assert placed == {*staged.names} - {*found.discarded}


@given(KINDS, KINDS)
def test_the_common_type_is_one_whichever_comes_first(one: pa.DataType, two: pa.DataType) -> None:
    both = common_type(one, two)
    assert (both is None) == (common_type(two, one) is None)
    if both is not None:
        assert common_type(both, one) == common_type(both, two) == both
