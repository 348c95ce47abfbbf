"""What is refused when a relation is built, and sums' types."""

import sys
from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pytest
from vibepiper.errors import DefinitionError
from vibepiper_transform import (
    BoolAnd,
    Count,
    StringAgg,
    Sum,
    coalesce,
    col,
    from_arrow,
    lag,
    lit,
    rank,
    row_number,
    when,
)

DAY = date(2026, 5, 1)


@pytest.fixture
def rows():
    return from_arrow(pa.table({"id": [1, 2], "s": ["a", None], "b": [True, True]}))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda r: r.filter("s"), "expected a condition, found 's'"),
        (lambda r: r.filter(True), "expected a condition, found True"),
        (lambda r: r.filter(col("s")), "'s' is string"),
        (lambda r: r.filter(col("s") == None), "nothing is equal to null"),  # noqa: E711
        (lambda r: r.filter(col("s").is_in(["a", None])), "nothing is equal to null"),
        (lambda r: r.filter(col("s").is_in("ab")), "found the text 'ab'"),
        (lambda r: r.mutate(x=Sum("id")), "has no value in a row"),
        (lambda r: r.mutate(x=rank()), "has no value in a row"),
        (lambda r: r.select(x=1), "expected a column's name"),
        (lambda r: r.groupby(k=row_number().over(order_by="id")), "a group's key cannot hold"),
        (lambda r: Sum(row_number().over(order_by="id")), "an aggregate cannot hold"),
        (lambda r: Count(where="x"), "expected a condition, found 'x'"),
        (lambda r: r["id"], r"no items, such as \['id'\]\n.*col.*select"),
        (lambda r: r.limit(-1), "a limit is a whole number"),
        (lambda r: r.limit(1.5), "a limit is a whole number"),
        (lambda r: r.order_by(), "at least one column"),
        (lambda r: r.join(r.select(id=col("s")), on="id"), "int64 on one side and string"),
        (lambda r: r.select("id").union(r.select(id="s")), "int64 on one side and string"),
        (lambda r: r.filter(col("id") > "a"), "'id' is int64, and the text 'a' is none"),
        (lambda r: r.mutate(x=lit("a") == col("id")), "the text 'a' is none"),
        (lambda r: r.filter(col("id").is_in(["1", "b"])), "the text 'b' is none"),
        (lambda r: r.filter(col("id").between("1", "2026-01-01")), "'2026-01-01' is none"),
        (lambda r: r.mutate(d=lit(DAY)).filter(col("d") < "May"), "'d' is date32.* 'May' is none"),
        (lambda r: r.mutate(x=coalesce(col("id"), "none")), "'id' is int64, .* 'none' is none"),
        (lambda r: r.mutate(x=col("id").fill_null("?")), "'id' is int64, .* '\\?' is none"),
        (lambda r: r.mutate(x=lag("id", 1, "x").over(order_by="id")), "the text 'x' is none"),
        (lambda r: r.mutate(x=when(col("b")).then(1).otherwise("x")), "1 is a number, .* 'x' is"),
        (lambda r: r.mutate(x=(col("id") * 2) + "x"), "Could not convert string 'x'"),
        (lambda r: r.mutate(x=lit("x") - col("id")), "Could not convert string 'x'"),
        (lambda r: r.filter(col("id") == col("s")), "'s' is string, and 'id' is int64"),
        (lambda r: r.filter(col("s").matches("(")), r"'\(' is no regular expression: missing \)"),
        (lambda r: r.filter(col("s") == 1), "'s' is string, and 1 is a number: engines"),
        (lambda r: r.filter(col("s").is_in([1.5])), "'s' is string, and .*1.5.* is a number"),
        (lambda r: r.groupby().pivot("s", [-1]).aggregate(n=Count()), "'s' is string, and -1 is"),
        (lambda r: r.mutate(x=when(col("id")).then(1)), "true or false, but 'id' is int64"),
        (lambda r: r.mutate(x=~(col("id") + 1)), 'true or false, but "id" \\+ 1 is'),
        (lambda r: r.mutate(x=col("b") & col("id")), "true or false, but 'id' is int64"),
        (lambda r: r.join(r, on=col("b") & col("id_right")), "true or false, but 'id_right' is"),
        (lambda r: r.aggregate(n=Count(where=col("id"))), "true or false, but 'id' is int64"),
        (lambda r: r.aggregate(n=BoolAnd("id")), "true or false, but 'id' is int64"),
        (lambda r: r.aggregate(n=StringAgg("id")), "only texts are joined, but 'id' is int64"),
        (lambda r: r.mutate(x=col("s").replace_matches("a", "\\1")), "replaces no match of 'a'"),
        (lambda r: r.mutate(x=col("s").pad_end(3, "")), "what fills a text is not empty"),
        (lambda r: r.drop(["id"]), r"a column is named by a text, found \['id'\]"),
        (lambda r: r.select(col(5)), "a column is named by a text, found 5"),
        (lambda r: r.join(r, on=[("id",)]), r"a pair of a left and a right one, found \('id',\)"),
        (lambda r: r.join(r, on="id", suffix=("_l",)), "a suffix is a text, or a pair of them"),
        (lambda r: r.join(r, on="id", how=None), "'None' is no kind of join"),
        (lambda r: r.groupby().pivot("s", {"a", "b"}), "needs the values that become columns"),
        (lambda r: r.sample("1"), "a fraction is from 0 to 1, found '1'"),
        (lambda r: r.sample(0.5, by=[]), "a sample by columns needs at least one"),
        (lambda r: r.mutate(d=lit(DAY)).fill_gaps("d", every=1), "a step is a part of time or"),
        (lambda r: r.mutate(x="a\0b"), "no NUL"),
        (lambda r: r.mutate(x=time(1, tzinfo=UTC)), "has no zone"),
        (lambda r: from_arrow(pa.table({"": [1]})), "a column needs a name"),
    ],
)
def test_it_is_refused_in_this_file(rows, build, message):
    with pytest.raises(DefinitionError, match=message) as caught:
        build(rows)
    assert caught.value.at.file == sys._getframe().f_code.co_filename


def test_a_text_that_is_a_value_of_the_columns_type_is_compared_as_one(rows):
    dated = rows.mutate(day=lit(DAY))
    kept = dated.filter((col("id") > "1") & (col("day") <= "2026-05-01") & (col("b") == "true"))
    assert kept.to_table()["id"].to_pylist() == [2]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("group_by", r"Did you mean 'groupby'\?"), ("sales", r"A column is written col\('sales'\)")],
)
def test_what_a_relation_has_not_is_told_with_the_way_out(rows, name, hint):
    with pytest.raises(DefinitionError, match=f"has no '{name}'\n.*{hint}"):
        getattr(rows, name)
    assert not hasattr(rows, "__arrow_c_array__")


@pytest.mark.parametrize(
    "groups",
    [lambda r: r.groupby("s"), lambda r: r.groupby("s").pivot("id", [1, 2])],
)
def test_groups_without_aggregates_are_no_table(rows, groups):
    with pytest.raises(DefinitionError, match=r"is no table: aggregate is missing\n.*aggregate\("):
        pa.table(groups(rows))


def test_sums_of_integers_and_booleans_are_int64_also_over_a_window(rows):
    window = rows.select(n=Sum("id").over(partition_by="s"), b=Sum("b", where=col("b")).over())
    grouped = rows.aggregate(n=Sum("id"), b=Sum("b"))
    assert window.schema.types == grouped.schema.types == [pa.int64()] * 2
    assert grouped.to_table().to_pylist() == [{"n": 3, "b": 2}]


def test_a_remainder_has_the_dividend_s_sign_and_by_zero_is_null(rows):
    found = rows.limit(1).select(a=-7 % col("id").cast(pa.int64()), b=lit(-7) % 4, c=5 % lit(0))
    assert found.to_table().to_pylist() == [{"a": 0, "b": -3, "c": None}]


def test_a_timedelta_is_added(rows):
    found = rows.limit(1).select(x=lit(datetime(2020, 1, 1)) + timedelta(days=-1, hours=1))
    assert found.to_table()["x"][0].as_py() == datetime(2019, 12, 31, 1)


def test_a_repr_is_short_and_runs_nothing(rows):
    assert repr(rows.filter(col("id") > 1)) == "<Relation in duckdb: id, s, b>"
    assert repr(col("id") + 1) == '<Expression "id" + 1>'
