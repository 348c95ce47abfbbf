"""Every check: data that passes, data that fails, no rows, nothing but nulls; in DuckDB, and the
same in PostgreSQL and in MariaDB."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from vibepiper import AssetRef, CheckContext, ComponentContext, ComponentSpec
from vibepiper_expectations import Expectation, ExpectationPack, expect
from vibepiper_expectations.kinds import RowExpectation
from vibepiper_expectations.namespace import names_of_checks
from vibepiper_expectations.structure import StructureExpectation
from vibepiper_testing.conformance import CheckCase, ExpectationPackSuite

NAN, INF = float("nan"), float("inf")
DAY = dt.date(2024, 2, 28)
NOON = dt.datetime(2024, 2, 28, 12, tzinfo=dt.UTC)
DAYS, HOURS = dt.timedelta(days=1), dt.timedelta(hours=1)
TOMORROW = dt.datetime.now(dt.UTC) + DAYS
OTHER = pa.table({"id": [1, 2, 3, None], "a": [1, 2, 3, 4], "g": ["x", "y", "z", "x"]})


@dataclass(frozen=True)
class Case(CheckCase):
    """``only`` says that a database cannot be asked."""

    only: bool = False
    empty: bool = False
    """Whether a check of the whole table passes on one without rows."""


def texts(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string())


def times(*values: dt.datetime | None) -> pa.Array:
    return pa.array(values, pa.timestamp("us", "UTC"))


def of(
    check: Expectation,
    good: Mapping[str, Any],
    bad: Mapping[str, Any],
    failed: int | None = None,
    **more: Any,
) -> Case:
    return Case(check, pa.table(good), pa.table(bad), failed, **more)


def each(fails: Callable[[Any], bool], *columns: str) -> Callable[[Mapping[str, Any]], bool | None]:
    """For each row, whether its values fail; rows with a null are not examined."""

    def said(row: Mapping[str, Any]) -> bool | None:
        values = [row[name] for name in columns or "a"]
        return None if None in values else fails(*values)

    return said


def a(check: Expectation, good: Any, bad: Any, failed: int | None = None, **more: Any) -> Case:
    """A case of one column, ``a``."""
    return of(check, {"a": good}, {"a": bad}, failed, **more)


EMAILS = texts("a.b+c@x-y.example.org", None), texts("a@b", "a b@c.de", "@c.de", "é@c.de", "a@-.de")
URLS = (
    texts("https://example.org", "http://u@h.example:80/p?q=1#f", "ftp://127.0.0.1/x"),
    texts("example.org", "http://", "http://a b", "mailto:a@b.de", "http://exa_mple.org"),
)
IPS = (
    texts("192.168.0.1", "::1", "2001:db8::ff00:42:8329", "::ffff:10.0.0.1", "::"),
    texts("256.0.0.1", "1.2.3", "12345::", ":::", "1:2:3:4:5:6:7:8:9", "01.2.3.4"),
)
CASES = [
    of(expect.column_exists("a"), {"a": [1]}, {"A": [1]}, empty=True),
    a(expect.column_has_type("a", int), [1], texts("1"), empty=True),
    a(expect.column_type_in("a", [int, str]), texts("1"), [1.5], empty=True),
    of(expect.columns_are(["b", "a"]), {"a": [1], "b": [1]}, {"a": [1], "c": [1]}, empty=True),
    of(expect.columns_in_order(["a", "b"]), {"a": [1], "b": [1]}, {"b": [1], "a": [1]}),
    of(expect.column_count_between(1, 1), {"a": [1]}, {"a": [1], "b": [1]}, empty=True),
    a(
        expect.column_values_not_null("a"),
        [1, 2],
        [1, None, None],
        2,
        fails=lambda row: row["a"] is None,
    ),
    a(
        expect.column_values_null("a"),
        pa.nulls(2, pa.int64()),
        [1, None, 2],
        2,
        fails=lambda row: row["a"] is not None,
    ),
    a(expect.column_values_unique("a"), [1, 2, None, None], [1, 1, 1, 2, None], 3),
    a(
        expect.column_values_between("a", 1, 3),
        [1, 3, None],
        [0, 2, 4],
        2,
        fails=each(lambda value: not 1 <= value <= 3),
    ),
    a(
        expect.column_values_in_set("a", ["é", "b"]),
        texts("é", None),
        texts("e", "É", "é"),
        2,
        fails=each(lambda value: value not in ("é", "b")),
    ),
    a(
        expect.column_values_not_in_set("a", [1, 2]),
        [3, None],
        [1, 3, 2, 2],
        3,
        fails=each(lambda value: value in (1, 2)),
    ),
    a(expect.column_values_finite("a"), [1.5, None], [1.5, NAN, INF, -INF], 3, only=True),
    a(
        expect.column_values_multiple_of("a", 3),
        [0, -3, 9, None],
        [1, 3, -4],
        2,
        fails=each(lambda value: value % 3 != 0),
    ),
    a(expect.column_values_not_in_future("a"), times(NOON, None), times(TOMORROW, NOON), 1),
    a(expect.column_values_z_scores_below("a", 2), [1, 2, 3, None], [0] * 9 + [100], 1),
    a(
        expect.column_values_lengths_between("a", 1, 2),
        texts("日本", None),
        texts("", "abc", "é"),
        2,
    ),
    a(expect.column_values_match_regex("a", "^b.d"), texts("bid", "b\nd"), texts("abid", "bd"), 2),
    a(expect.column_values_not_match_regex("a", "b.d"), texts("bd", None), texts("abide", "x"), 1),
    a(
        expect.column_values_match_any_regex("a", ["^x", "y$"]),
        texts("xa", "by"),
        texts("z", "x"),
        1,
    ),
    a(
        expect.column_values_match_no_regex("a", ["^x", "y$"]),
        texts("z", None),
        texts("xa", "y"),
        2,
    ),
    a(expect.column_values_match_like("a", r"a_\%%"), texts("ab%c", "aé%"), texts("ab", "Ab%"), 2),
    a(
        expect.column_values_match_any_like("a", ["a%", "%|"]),
        texts("ab", "x|"),
        texts("b", "a"),
        1,
    ),
    a(expect.column_values_match_no_like("a", ["a%", "_"]), texts("ba", None), texts("a", "é"), 2),
    a(
        expect.column_values_start_with("a", "é%"),
        texts("é%x", None),
        texts("e%", "é", "é%"),
        2,
        fails=each(lambda value: not value.startswith("é%")),
    ),
    a(expect.column_values_end_with("a", "é"), texts("xé", "é"), texts("e", "éx"), 2),
    a(
        expect.column_values_contain("a", "'é_"),
        texts("x'é_x"),
        texts("'é", "é_", "'é_"),
        2,
        fails=each(lambda value: "'é_" not in value),
    ),
    a(expect.column_values_not_blank("a"), texts("x", None), texts("", "  ", " x "), 2),
    a(
        expect.column_values_trimmed("a"),
        texts("x y", ""),
        texts(" x", "x ", "x"),
        2,
        fails=each(lambda value: value != value.strip(" ")),
    ),
    a(expect.column_values_upper_case("a"), texts("AB-1", None), texts("Ab", "A"), 1),
    a(expect.column_values_lower_case("a"), texts("ab-1", "é"), texts("Ab", "a"), 1),
    a(expect.column_values_are_emails("a"), *EMAILS, 5),
    a(expect.column_values_are_urls("a"), *URLS, 5),
    a(
        expect.column_values_are_uuids("a"),
        texts("123e4567-E89b-12d3-a456-426614174000"),
        texts("123e4567e89b12d3a456426614174000", "x"),
        2,
    ),
    a(expect.column_values_are_ip_addresses("a"), *IPS, 6),
    a(expect.column_values_are_ip_addresses("a", 4), texts("0.0.0.0"), texts("::1", "1.1.1.1"), 1),
    a(expect.column_values_are_json("a"), texts('{"a": [1]}', "null"), texts("{", "x", "1"), 2),
    a(
        expect.column_values_are_dates("a", "%Y-%m-%d"),
        texts("2024-02-29", None),
        texts("2023-02-29", "2024-13-01", "x", "2024-01-01"),
        3,
    ),
    of(
        expect.column_pair_comparison("a", "<", "b"),
        {"a": [1, None], "b": [2, 1]},
        {"a": [1, 2, 3], "b": [1, 3, 2]},
        2,
        fails=each(lambda one, other: one >= other, "a", "b"),
    ),
    of(
        expect.column_pair_in_set("a", "b", [(1, "x"), (2, "y")]),
        {"a": [1, 2, None], "b": ["x", "y", "x"]},
        {"a": [1, 2], "b": ["y", "y"]},
        1,
    ),
    of(
        expect.columns_unique_together(["a", "b"]),
        {"a": [1, 1, None, None], "b": [1, 2, 1, 1]},
        {"a": [1, 1, 1], "b": [1, 1, 2]},
        2,
    ),
    of(
        expect.columns_distinct_in_row(["a", "b", "c"]),
        {"a": [1, None], "b": [2, 1], "c": [3, 1]},
        {"a": [1, 1], "b": [2, 2], "c": [1, 3]},
        1,
    ),
    of(
        expect.columns_sum_to(["a", "b"], "c", tolerance=0.1),
        {"a": [1, None], "b": [2, 1], "c": [3.05, 9.0]},
        {"a": [1, 1], "b": [2, 2], "c": [3.0, 3.5]},
        1,
    ),
    of(
        expect.columns_sum_to(["a", "b"], 3),
        {"a": [1], "b": [2]},
        {"a": [1], "b": [1]},
        1,
        fails=each(lambda one, other: one + other != 3, "a", "b"),
    ),
    of(
        expect.any_column_not_null(["a", "b"]),
        {"a": [1, None], "b": [None, 1]},
        {"a": [1, None], "b": [2, None]},
        1,
        fails=lambda row: row["a"] is None and row["b"] is None,
    ),
    of(
        expect.rows_complete(["a", "b"]),
        {"a": [1], "b": [1]},
        {"a": [1, None], "b": [None, 1]},
        2,
        fails=lambda row: row["a"] is None or row["b"] is None,
    ),
    of(
        expect.expression_true("a + b = 3 OR b > 5"),
        {"a": [1, 1, None], "b": [2, 6, 1]},
        {"a": [1, 2], "b": [1, 1]},
        1,
    ),
    a(
        expect.rows_satisfy(lambda batch: [v.as_py() != 3 for v in batch.column(0)], "a"),
        [1, 2],
        [3, 1, 3],
        2,
        fails=lambda row: row["a"] == 3,
    ),
    a(expect.column_values_increasing("a"), [1, None, 2, 5], [1, 3, None, 2, 2], 2, only=True),
    a(expect.column_values_decreasing("a", strictly=False), [3, 3, 1], [3, 4, 1], 1, only=True),
    of(
        expect.column_values_increasing("a", order_by="b", group_by="g"),
        {"a": [2, 1, 1, None], "b": [2, 1, 1, 3], "g": ["x", "x", "y", "y"]},
        {"a": [1, 2, 1], "b": [2, 1, 1], "g": ["x", "x", "y"]},
        1,
    ),
    of(
        expect.column_values_sequential("a", group_by="g"),
        {"a": [2, 1, 7, None], "g": ["x", "x", "y", "y"]},
        {"a": [1, 3, 7, 7], "g": ["x", "x", "y", "y"]},
        2,
    ),
    a(
        expect.column_values_sequential("a"),
        [DAY, DAY + DAYS, DAY + 2 * DAYS],
        [DAY, DAY + 2 * DAYS],
        1,
    ),
    a(expect.column_gaps_at_most("a", 2), [1, 5, 3, None], [1, 4, 5], 1),
    a(
        expect.column_gaps_at_most("a", HOURS),
        times(NOON, NOON + HOURS),
        times(NOON, NOON + HOURS * 1.5),
        1,
    ),
    of(
        expect.intervals_not_overlapping("a", "b", group_by="g"),
        {"a": [1, 3, 1], "b": [3, 4, 9], "g": ["x", "x", "y"]},
        {"a": [1, 2, 5], "b": [9, 3, 4], "g": ["x", "x", "y"]},
        2,
    ),
    of(
        expect.group_row_count_between("g", 2, 2),
        {"g": ["x", "x", "y", "y"]},
        {"g": ["x", "x", "y", None]},
        2,
    ),
    of(
        expect.group_measure_between("g", "a", "sum", 3, None),
        {"g": ["x", "x", "y"], "a": [1, 2, 3]},
        {"g": ["x", "y", "y"], "a": [1, 3, None]},
        1,
    ),
    of(
        expect.group_measure_between("g", "a", "distinct", 1, 1),
        {"g": ["x", "x"], "a": [1, 1]},
        {"g": ["x", "x", "y"], "a": [1, 2, 1]},
        1,
    ),
    a(expect.column_mean_between("a", 1, 2), [1, 2, None], [5, 6]),
    a(expect.column_median_between("a", 1.5, 1.5), [1, 2, None], [1, 2, 3]),
    a(expect.column_quantile_between("a", 0.25, 1.75, 1.75), [1, 2, 3, 4], [1, 2, 3]),
    a(expect.column_std_between("a", 1, 1), [1, 2, 3], [1, 1]),
    a(expect.column_variance_between("a", 1, 1), [1, 2, 3], [1, 3]),
    a(expect.column_sum_between("a", 6, 6), [1, 2, 3, None], [1]),
    a(expect.column_min_between("a", 1, 1), [1, 2], [2, 3]),
    a(expect.column_max_between("a", DAY, DAY), [DAY, DAY - DAYS], [DAY + DAYS]),
    a(expect.column_null_share_between("a", 0, 0.5), [1, None], [None, None, 1]),
    a(expect.column_unique_share_between("a", 1), [1, 2, None], [1, 1]),
    a(expect.column_distinct_count_between("a", 2, 2), [1, 2, 2, None], [1, 2, 3]),
    a(expect.column_entropy_between("a", 1, 1), [1, 1, 2, 2], [1, 1, 1, 1]),
    of(
        expect.columns_correlation_between("a", "b", 0.99),
        {"a": [1, 2, 3, None], "b": [2.0, 4.0, 6.0, 1.0]},
        {"a": [1, 2, 3], "b": [3.0, 2.0, 1.0]},
    ),
    a(
        expect.column_fresh_within("a", HOURS),
        times(dt.datetime.now(dt.UTC) - HOURS / 2),
        times(NOON),
    ),
    a(expect.column_has_all_of("a", [1, 2]), [1, 2, 3, None], [1, 3]),
    a(expect.column_has_exactly("a", [1, 2]), [1, 2, None], [1, 2, 3]),
    a(expect.column_most_common_in_set("a", [1, 2]), [1, 1, 3, 2], [3, 3, 1]),
    a(
        expect.column_chi_square_above("a", {"x": 0.5, "y": 0.5}),
        texts(*"xyxyxxyy"),
        texts(*"xxxxxxxxxy"),
    ),
    a(
        expect.column_kl_divergence_below("a", {"x": 0.5, "y": 0.5}, 0.01),
        texts(*"xyxy"),
        texts(*"xxxy"),
    ),
    a(expect.column_kolmogorov_smirnov_above("a", "other"), [1, 2, 3, 4], list(range(100, 160))),
    a(expect.row_count_between(1, 2), [1, None], [1, 2, 3]),
    a(expect.row_count_compares_to("=", "other"), [1, 2, 3, 4], [1]),
    of(
        expect.table_equals("other", ["a", "g"]),
        {"g": ["y", "x", "z", "x"], "a": [2, 1, 3, 4]},
        {"g": ["y", "x", "z", "x"], "a": [2, 1, 3, 3]},
    ),
    a(expect.table_satisfies(lambda reader: reader.read_all().num_rows == 2), [1, 2], [1]),
    a(
        expect.column_values_in_reference("a", "other", "id"),
        [1, 3, None],
        [1, 4, 5],
        2,
        fails=each(lambda value: value not in (1, 2, 3)),
    ),
    a(expect.sql_returns_no_rows("SELECT a FROM this WHERE a > 2"), [1, 2], [3], empty=True),
    a(
        expect.sql_value_between("SELECT SUM(t.a) FROM this t JOIN other o ON t.a = o.id", 3),
        [1, 2, 9],
        [1, 9],
    ),
]
PUSHED = [case for case in CASES if not (case.only or isinstance(case.check, StructureExpectation))]


def label(case: Case) -> str:
    return case.check.label


@pytest.fixture
def run(validator) -> Callable[..., Any]:
    def run(case: Case, data: object, other: object = OTHER) -> Any:
        context = CheckContext("t", (), lambda name: other)
        (result,) = validator.evaluate([case.check], data, context)
        return result

    return run


class TestExpect(ExpectationPackSuite):
    """The checks of this package, as if they were a plugin's pack."""

    component = "expect"
    cases = CASES
    others: ClassVar = {"other": OTHER}

    @pytest.fixture
    def spec(self) -> ComponentSpec:
        return ComponentSpec("expectation_pack", "expect", "vibepiper_expectations:expect", "Own.")

    @pytest.fixture
    def pack(self) -> ExpectationPack:
        return ExpectationPack(getattr(expect, name) for name in names_of_checks())


def test_there_are_more_than_sixty() -> None:
    assert len(names_of_checks()) > 60


@pytest.mark.parametrize("case", CASES, ids=label)
def test_what_fails_is_told(run, case: Case) -> None:
    result = run(case, case.bad)
    assert result.expected
    assert bool(result.examples) == (case.failed_rows is not None)


@pytest.mark.parametrize("case", CASES, ids=label)
def test_a_table_without_rows_is_judged(run, case: Case) -> None:
    result = run(case, case.good.slice(0, 0))
    rows = isinstance(case.check, RowExpectation)
    assert result.failed_rows == (0 if rows else None)
    assert result.passed is (rows or case.empty or isinstance(case.check, StructureExpectation))


def test_a_column_that_is_not_there_does_not_exist(run) -> None:
    assert "no column 'a'" in (run(CASES[0], CASES[0].bad).observed or "")


class Stores:
    """A store whose tables are checked where they lie."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def relation(self, name: str, table: pa.Table) -> Any:
        self.store.save(AssetRef(name), table)
        return self.store.relation(AssetRef(name))


@pytest.fixture(scope="module")
def postgres_store(postgres_server) -> Iterator[Stores]:
    from vibepiper_postgres import PostgresIOManager, PostgresSettings

    settings = PostgresSettings(url=postgres_server.create_database("catalogue"))
    store = PostgresIOManager(settings, ComponentContext("postgres", Path()))
    yield Stores(store)
    store.close()


@pytest.fixture(scope="module")
def mariadb_store(mariadb_server) -> Iterator[Stores]:
    from vibepiper_mysql import MySQLIOManager, MySQLSettings

    settings = MySQLSettings(url=mariadb_server.create_database("catalogue"))
    store = MySQLIOManager(settings, ComponentContext("mysql", Path()))
    yield Stores(store)
    store.close()


@pytest.mark.parametrize("case", PUSHED, ids=label)
def test_postgres_judges_alike(run, postgres_store: Stores, case: Case) -> None:
    agree(run, postgres_store, case)


@pytest.mark.parametrize("case", PUSHED, ids=label)
def test_mariadb_judges_alike(run, mariadb_store: Stores, case: Case) -> None:
    agree(run, mariadb_store, case)


def agree(run: Callable[..., Any], stores: Stores, case: Case) -> None:
    other = stores.relation("other", OTHER)
    for table in (case.good, case.bad):
        here = run(case, table)
        there = run(case, stores.relation("checked", table), other)
        assert (there.status, there.rows, there.failed_rows) == (
            here.status,
            here.rows,
            here.failed_rows,
        )
        assert sorted(map(str, there.examples)) == sorted(map(str, here.examples))
        assert there.value == pytest.approx(here.value, abs=5 if "fresh" in there.check else 1e-12)
