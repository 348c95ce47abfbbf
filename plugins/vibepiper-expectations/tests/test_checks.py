from __future__ import annotations

import datetime
import enum
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from vibepiper.checks import CheckContext
from vibepiper.errors import DataError
from vibepiper_expectations import (
    ExpectationSettings,
    ExpectationValidator,
    expect,
)

NAN = math.nan
DAY = datetime.date(2024, 2, 29)
NOON = datetime.datetime(2024, 2, 29, 12)
UTC_NOON = NOON.replace(tzinfo=datetime.UTC)
TOKYO = datetime.timezone(datetime.timedelta(hours=9))
HOUR = datetime.timedelta(hours=1)


def column(values, kind=None) -> pa.Table:
    return pa.table({"a": pa.array(values, kind)})


@pytest.mark.parametrize(
    ("expectation", "values", "kind", "rows", "failed"),
    [
        (expect.column_values_not_null("a"), [1, 2], None, 2, 0),
        (expect.column_values_not_null("a"), [1, None, None], None, 3, 2),
        (expect.column_values_not_null("a"), [NAN], pa.float64(), 1, 0),
        (expect.column_values_not_null("a"), [[1], None], pa.list_(pa.int64()), 2, 1),
        (expect.column_values_unique("a"), [1, 2, None, None], None, 2, 0),
        (expect.column_values_unique("a"), [1, 1, 1, 2, 3, 3], None, 6, 5),
        (expect.column_values_unique("a"), [NAN, NAN], pa.float64(), 2, 2),
        (expect.column_values_unique("a"), ["é", "e", "É"], None, 3, 0),
        (expect.column_values_between("a", 0, 9), [0, 9, None], None, 2, 0),
        (expect.column_values_between("a", 0, 9), [-1, 0, 10, None], None, 3, 2),
        (expect.column_values_between("a", 0, 9, strict_min=True), [0, 9], None, 2, 1),
        (expect.column_values_between("a", 0, 9, strict_max=True), [0, 9], None, 2, 1),
        (expect.column_values_between("a", 0, 9), [NAN, 1.0], pa.float64(), 2, 1),
        (expect.column_values_between("a", 0), [NAN, math.inf], pa.float64(), 2, 1),
        (expect.column_values_between("a", max=9), [NAN, -math.inf], pa.float64(), 2, 1),
        (expect.column_values_between("a", 0.1, 0.1), [0.1], pa.float32(), 1, 0),
        (expect.column_values_between("a", -1e300, 1e300), [0.1, 3e38], pa.float32(), 2, 0),
        (expect.column_values_between("a", 0.5, 1e300), [0, 2**63 - 1], pa.int64(), 2, 1),
        (expect.column_values_between("a", -(10**40), 10**40), [-(2**63), 0], pa.int64(), 2, 0),
        (expect.column_values_between("a", Decimal("0." + "1" * 50)), [0, 1], None, 2, 1),
        (expect.column_values_between("a", max=2**64), [2**64 - 1], pa.uint64(), 1, 0),
        (expect.column_values_between("a", max=2**63 - 2), [2**63 - 1], pa.int64(), 1, 1),
        (expect.column_values_between("a", Decimal("1.05")), [Decimal("1.04")], None, 1, 1),
        (expect.column_values_between("a", 1.05), [Decimal("1.05")], None, 1, 0),
        (expect.column_values_between("a", DAY, DAY), [DAY], pa.date32(), 1, 0),
        (expect.column_values_between("a", DAY), [DAY - HOUR * 24], pa.date32(), 1, 1),
        (expect.column_values_between("a", NOON), [NOON - HOUR], pa.timestamp("us"), 1, 1),
        (expect.column_values_between("a", max=NOON), [NOON], pa.timestamp("ns"), 1, 0),
        (expect.column_values_between("a", UTC_NOON), [UTC_NOON], pa.timestamp("us", "UTC"), 1, 0),
        (
            expect.column_values_between("a", UTC_NOON.astimezone(TOKYO), UTC_NOON),
            [UTC_NOON - HOUR, UTC_NOON],
            pa.timestamp("us", "Asia/Tokyo"),
            2,
            1,
        ),
        (expect.column_values_in_set("a", [1, 2]), [1, 2, None], None, 2, 0),
        (expect.column_values_in_set("a", ["x", "it's"]), ["it's", "X"], None, 2, 1),
        (expect.column_values_in_set("a", [True]), [True, False], None, 2, 1),
        (expect.column_values_in_set("a", [0.5, 1]), [0.5, 1, NAN], pa.float64(), 3, 1),
        (expect.column_values_in_set("a", {DAY}), [DAY], pa.date32(), 1, 0),
        (expect.column_values_match_regex("a", "b.d"), ["abcde", "b\nd", "bd"], None, 3, 1),
        (expect.column_values_match_regex("a", r"^\w+$"), ["ab", "é", "", None], None, 3, 2),
        (expect.column_values_match_regex("a", "it's"), ["it's"], None, 1, 0),
        (expect.column_values_lengths_between("a", 1, 2), ["é", "日本", "", "abc"], None, 4, 2),
        (expect.column_values_lengths_between("a", max=2), ["", None], None, 1, 0),
        (expect.column_values_lengths_between("a", 1), [""], None, 1, 1),
    ],
)
def test_a_row_check_counts_what_it_examined_and_what_failed(
    check, expectation, values, kind, rows, failed
) -> None:
    result = check(expectation, column(values, kind))
    assert (result.rows, result.failed_rows) == (rows, failed)
    assert result.passed == (failed == 0)
    assert result.expected
    assert bool(result.examples) == (failed > 0)


@pytest.mark.parametrize(
    ("comparison", "failed"),
    [("<", 3), ("<=", 2), ("=", 3), ("!=", 2), (">=", 2), (">", 3)],
)
def test_a_pair_is_compared_where_both_are_known_and_nan_fails(check, comparison, failed) -> None:
    table = pa.table({"a": [1.0, 1, 2, NAN, None, 1], "b": [2, 1, 1, 1, 1, None]})
    result = check(expect.column_pair_comparison("a", comparison, "b"), table)
    assert (result.rows, result.failed_rows) == (4, failed)


@pytest.mark.parametrize(
    ("expectation", "values", "passed", "observed"),
    [
        (expect.row_count_between(2, 2), [1, None], True, "2"),
        (expect.row_count_between(3), [1, None], False, "2"),
        (expect.row_count_between(max=1), [1, None], False, "2"),
        (expect.row_count_between(1), [], False, "0"),
        (expect.column_mean_between("a", 1.5, 1.5), [1, None, 2], True, "1.5"),
        (expect.column_mean_between("a", 2), [1, None, 2], False, "1.5"),
        (expect.column_mean_between("a", 0), [1.0, NAN], False, "nan"),
        (expect.column_mean_between("a", max=9), [1.0, NAN], False, "nan"),
        (expect.column_mean_between("a", 0, 9), [None], False, "no values"),
        (expect.column_mean_between("a", 2**62), [2**62, 2**62], True, None),
        (expect.column_mean_between("a", 1, 2), [Decimal("1.50")], True, "1.5"),
    ],
)
def test_a_table_check_observes_one_value(check, expectation, values, passed, observed) -> None:
    kind = pa.int64() if values in ([], [None]) else None
    result = check(expectation, column(values, kind))
    assert result.passed is passed
    assert result.failed_rows is None
    assert observed is None or result.observed == observed


@pytest.mark.parametrize(
    ("expectation", "kind", "message"),
    [
        (expect.column_values_unique("A b"), pa.int64(), "names column 'A b', which the data"),
        (expect.column_values_match_regex("a", "x"), pa.int64(), "type string; column 'a' is int"),
        (expect.column_values_lengths_between("a", 1), pa.binary(), "column 'a' is binary"),
        (expect.column_values_between("a", 0), pa.string(), "a column of numbers; column 'a'"),
        (expect.column_values_between("a", 0), pa.bool_(), "a column of numbers"),
        (expect.column_values_between("a", DAY), pa.timestamp("us"), "type date; column 'a'"),
        (expect.column_values_between("a", NOON), pa.timestamp("us", "UTC"), "type timestamp;"),
        (expect.column_values_between("a", UTC_NOON), pa.timestamp("us"), "with time zone;"),
        (expect.column_values_in_set("a", [1]), pa.string(), "a column of numbers"),
        (expect.column_values_in_set("a", ["1"]), pa.int64(), "type string"),
        (expect.column_values_unique("a"), pa.list_(pa.int64()), "column 'a' is list"),
        (expect.column_mean_between("a", 0), pa.string(), "a column of numbers"),
        (expect.column_mean_between("a", 0), pa.bool_(), "a column of numbers"),
        (expect.column_pair_comparison("a", "<", "b"), pa.string(), "column 'a' is string"),
        (expect.column_pair_comparison("a", "=", "b"), pa.bool_(), "cannot compare bool"),
        (expect.column_pair_comparison("a", "<", "b"), pa.date32(), "cannot compare date32"),
    ],
)
def test_a_check_that_cannot_be_asked_is_an_error(check, expectation, kind, message) -> None:
    table = pa.table({"a": pa.array([], kind), "b": pa.array([], pa.int64())})
    with pytest.raises(DataError, match=message):
        check(expectation, table)


def test_the_error_names_the_nearest_column(check) -> None:
    with pytest.raises(DataError, match="Did you mean 'email'"):
        check(expect.column_values_unique("emial"), pa.table({"email": ["a"]}))


def test_a_key_column_that_the_data_lacks_is_an_error(check) -> None:
    with pytest.raises(DataError, match="the asset's key names column 'id'"):
        check(expect.row_count_between(1), column([1]), key=["id"])


def test_mostly_is_reckoned_exactly(check) -> None:
    table = column([-1, *range(9)])
    assert check(expect.column_values_between("a", 0, mostly=0.9), table).passed
    result = check(expect.column_values_between("a", 0, mostly=0.91), table)
    assert (result.passed, result.failed_rows, result.share) == (False, 1, 0.1)


def test_a_warning_fails_without_blocking(check) -> None:
    result = check(expect.column_values_between("a", 0, severity="warn"), column([-1]))
    assert (result.passed, result.blocks) == (False, False)


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.float64()])
def test_checks_of_rows_pass_on_an_empty_table(check, kind) -> None:
    for expectation in (expect.column_values_not_null("a"), expect.column_values_unique("a")):
        result = check(expectation, column([], kind))
        assert (result.passed, result.rows, result.failed_rows) == (True, 0, 0)
        assert result.share is None


def test_examples_are_the_keys_and_values_of_failing_rows_in_key_order(check) -> None:
    table = pa.table({"x": list("abcdefgh"), "id": [8, 7, 6, 5, 4, 3, 2, 1], "a": [0] + [-1] * 7})
    result = check(expect.column_values_between("a", 0), table, key=["id"])
    assert result.examples == tuple({"id": n, "a": -1} for n in range(1, 6))
    assert result.observed == "-1"
    assert "7 of 8 rows (87.50%), expected at least 0, found -1\n    id=1, a=-1" in result.summary()


def test_without_a_key_examples_show_the_rows_first_columns(check) -> None:
    table = pa.table({"p": ["z", "y"], "q": [1, 2], "l": [[1], [2]], "a": [None, None]})
    table = table.set_column(3, "a", pa.array([None, None], pa.int32()))
    result = check(expect.column_values_not_null("a"), table)
    assert result.examples == ({"p": "y", "q": 2, "a": None}, {"p": "z", "q": 1, "a": None})


def test_examples_of_repeated_values_name_each_and_its_count(check) -> None:
    result = check(expect.column_values_unique("a"), column(["b", "a", "b", "c", "a", "b"]))
    assert result.examples == ({"a": "b", "count(*)": 3}, {"a": "a", "count(*)": 2})
    assert result.observed == "'b', 'a'"


def test_names_and_values_with_quotes_are_only_names_and_values(check) -> None:
    name = "sé\"l'ect; --"
    table = pa.table({name: ["o'x", "\\", '"']})
    result = check(expect.column_values_in_set(name, ["o'x", "\\"]), table)
    assert result.examples == ({name: '"'},)


def test_an_enum_is_a_set_of_its_values(check) -> None:
    class State(str, enum.Enum):  # noqa: UP042  (str() of this kind is not its value)
        OPEN = "open"
        DONE = "done"

    assert check(expect.column_values_in_set("a", State), column(["open", "lost"])).failed_rows == 1


def test_a_long_value_is_shortened_where_it_is_observed(check) -> None:
    result = check(expect.column_values_lengths_between("a", max=3), column(["x" * 1000]))
    assert result.observed == "'" + "x" * 99 + "..."
    assert result.examples == ({"a": "x" * 1000},)


def test_dictionaries_are_checked_as_their_values(check) -> None:
    table = pa.table({"a": pa.array(["x", "yy", None]).dictionary_encode()})
    assert check(expect.column_values_in_set("a", ["x", "zz"]), table).failed_rows == 1
    assert check(expect.column_values_lengths_between("a", 2), table).failed_rows == 1
    assert check(expect.column_values_match_regex("a", "^x"), table).failed_rows == 1


def test_the_number_of_examples_is_a_setting(validator) -> None:
    settings = ExpectationSettings(examples=1)
    two = [expect.column_values_between("a", 5), expect.column_values_unique("a")]
    results = ExpectationValidator(settings, validator.context).evaluate(
        two, column([1, 1, 2, 2]), CheckContext("x")
    )
    assert [len(result.examples) for result in results] == [1, 1]
    none = ExpectationValidator(ExpectationSettings(examples=0), validator.context)
    (result,) = none.evaluate(two[:1], column([1]), CheckContext("x"))
    assert (result.failed_rows, result.examples) == (1, ())


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="exampels"):
        ExpectationSettings(exampels=3)  # type: ignore[call-arg]


def test_nanoseconds_are_shown_as_microseconds(check) -> None:
    table = column([1_700_000_000_123_456_789], pa.timestamp("ns"))
    result = check(expect.column_values_between("a", max=NOON - HOUR * 24 * 365 * 2), table)
    assert result.examples == ({"a": datetime.datetime(2023, 11, 14, 22, 13, 20, 123456)},)


def test_no_checks_give_no_results(validator) -> None:
    assert validator.evaluate([], column([1]), CheckContext("x")) == []
