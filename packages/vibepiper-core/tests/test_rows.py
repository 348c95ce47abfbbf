"""What an asset may return, and messages that name asset, row and column."""

import contextlib
import math

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vibepiper import data
from vibepiper.data import as_data, as_reader, is_table
from vibepiper.errors import DataError
from vibepiper.rows import rows_to_table


def table(result):
    return as_reader(as_data(result)).read_all()


@pytest.fixture
def pairs(monkeypatch):
    """Two dicts make a batch."""
    monkeypatch.setattr(data, "ROWS_PER_BATCH", 2)


@pytest.mark.parametrize(
    "result",
    [
        [{"a": 1}, {"a": 2}],
        pa.record_batch({"a": [1, 2]}),
        pl.DataFrame({"a": [1, 2]}),
        pl.LazyFrame({"a": [1, 2]}),
        pd.DataFrame({"a": [1, 2]}),
    ],
    ids=lambda result: type(result).__name__,
)
def test_tables_of_every_kind(result):
    assert table(result).to_pydict() == {"a": [1, 2]}


def test_items_of_a_generator_may_differ_in_kind():
    items = iter(
        [{"a": 1}, {"a": 2}, pa.record_batch({"a": [3]}), pa.table({"a": [4]}), [{"a": 5}]]
    )
    assert table(items)["a"].to_pylist() == [1, 2, 3, 4, 5]


def test_columns_missing_from_a_row_are_null():
    assert table(iter([{"a": 1}, {"b": "x"}])).to_pylist() == [
        {"a": 1, "b": None},
        {"a": None, "b": "x"},
    ]


def test_nan_stays_nan_and_none_stays_null():
    first, second = table(iter([{"a": math.nan}, {"a": None}]))["a"].to_pylist()
    assert math.isnan(first)
    assert second is None


def test_a_later_float_is_not_cut_to_the_integer_type(pairs):
    with pytest.raises(DataError, match=r"row 4, column 'a': expected int64 .* found 1\.5"):
        table(iter([{"a": 1}, {"a": 2}, {"a": 3}, {"a": 1.5}]))


def test_later_integers_join_floats(pairs):
    assert table(iter([{"a": 1.5}, {"a": 2.5}, {"a": 3}]))["a"].to_pylist() == [1.5, 2.5, 3.0]


def test_a_column_of_none_then_values_is_refused_with_the_way_out(pairs):
    with pytest.raises(DataError, match=r"row 4, column 'a'.*\n.*all None.*record batches"):
        table(iter([{"a": None}, {"a": None}, {"a": None}, {"a": 1}]))


def test_a_later_row_may_leave_out_part_of_a_struct(pairs):
    rows = [{"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 3}}]
    assert table(iter(rows))["a"].to_pylist()[2] == {"x": 3, "y": None}


def test_a_later_row_may_not_add_to_a_struct(pairs):
    rows = [{"a": {"x": 1}}, {"a": {"x": 2}}, {"a": {"x": 3, "y": 4}}]
    with pytest.raises(DataError, match=r"row 3, column 'a'"):
        table(iter(rows))


def test_a_column_that_appears_late_is_refused(pairs):
    with pytest.raises(DataError, match=r"row 3: column 'b' is not among .* a int64"):
        table(iter([{"a": 1}, {"a": 2}, {"b": 3}]))


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (2**70, "column 'a': 1180591620717411303424 has no Arrow type"),
        ("x", "column 'a': 'x' does not fit the rows before"),
    ],
)
def test_the_row_of_a_value_that_arrow_cannot_hold_is_named(bad, found):
    with pytest.raises(DataError, match=rf"row 3, {found}(.|\n)*\n  Give "):
        table(iter([{"a": 1}, {"a": None}, {"a": bad}]))


@pytest.mark.parametrize("items", [[{}], [{}, {}]])
def test_rows_without_columns_are_refused(items):
    with pytest.raises(DataError, match=r"row 1 is empty"):
        table(iter(items))


def test_a_column_name_that_is_no_text_is_refused():
    with pytest.raises(DataError, match=r"row 2: a column's name must be text, found 1"):
        table(iter([{"a": 1}, {1: 2}]))


def test_an_empty_generator_is_refused():
    with pytest.raises(DataError, match=r"yielded nothing"):
        table(iter([]))


def test_an_empty_batch_gives_the_columns():
    assert (
        table(iter([pa.table({"a": pa.array([], pa.int8())})])).schema.field("a").type == pa.int8()
    )


def test_an_item_that_is_no_row_is_refused():
    with pytest.raises(DataError, match=r"after 1 rows the generator yielded builtins\.str"):
        table(iter([{"a": 1}, "text"]))


def test_batches_of_another_schema_are_refused():
    with pytest.raises(DataError, match=r"after 1 rows: expected a int64, found b string"):
        table(iter([pa.table({"a": [1]}), pa.table({"b": ["x"]})]))


@pytest.mark.parametrize("series", [pl.Series("a", [1]), pd.Series([1]), pa.chunked_array([[1]])])
def test_a_single_column_is_no_table(series):
    with pytest.raises(DataError, match=r"is a single column"):
        as_reader(as_data(series))


def test_an_arrow_array_is_no_table():
    with pytest.raises(DataError, match=r"is a single column"):
        as_data(pa.array([1]))


def test_what_nothing_awaits_is_refused():
    async def later():
        return 1

    with pytest.raises(DataError, match=r"which nothing awaits"):
        as_data(later())


@pytest.mark.parametrize("value", [{"a": [1]}, "text", 3, [], [1, 2], None])
def test_the_rest_is_an_object(value):
    assert as_data(value) is value
    assert not is_table(value)


def test_what_a_generator_raises_is_reported_before_the_reader_sees_it():
    seen = []

    def rows():
        yield pa.table({"a": [1]})
        raise KeyError("lost")

    with pytest.raises(KeyError, match=r"lost"):
        as_reader(as_data(rows(), on_error=seen.append)).read_all()
    assert [type(error) for error in seen] == [KeyError]


scalars = st.one_of(
    st.none(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), st.text(), st.booleans()
)


def test_values_that_fit_in_pairs_but_not_together_are_refused():
    with pytest.raises(DataError, match=r"row 3, column 'a': 0\.0 does not fit the rows before"):
        table(iter([{"a": 0}, {"a": 2**53 + 1}, {"a": 0.0}]))


@given(st.lists(scalars, min_size=1), st.lists(scalars, min_size=1))
def test_a_second_chunk_keeps_every_value_or_is_refused(first, second):
    """Whatever follows whatever: equal values, or an error; never another value."""
    with contextlib.suppress(DataError):
        schema = rows_to_table([{"a": v} for v in first], None, first_row=0).schema
        held = rows_to_table([{"a": v} for v in second], schema, first_row=len(first))
        assert held["a"].to_pylist() == second
