"""What is wrong with columns, found before anything runs."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import ColumnLineage, PluginHost, Session, StateStore, analyze_project
from vibepiper.analysis import AnalyzerRequest, AssetAnalysis, Problem
from vibepiper.errors import PlanError
from vibepiper.validation import validate_project
from vibepiper_transform.analyzer import RelationAnalyzer

from .conftest import Engine

IMPORTS = """
from vibepiper import Column
from vibepiper_transform import Count, Relation, Sum, col, join, sql_asset, transform
"""

SHOP = (
    IMPORTS
    + '''
@asset
def orders():
    return pa.table({"id": [1, 2], "day": ["mo", "tu"], "amount": [5, 7]})


@transform
def clean(orders):
    return orders.filter(col("amount") > 0)


@transform
def daily(clean):
    return clean.groupby("day").aggregate(
        total=Sum("amount"))


@sql_asset
def best():
    return """
        SELECT day, total
        FROM {{ daily }}
        WHERE total > 5
    """
'''
)


def problems(engine: Engine, *selectors: str) -> list[Problem]:
    project = engine.load()
    with Session(project, PluginHost()) as session, StateStore(project.state) as state:
        return list(validate_project(session, state, selectors=selectors).problems)


def told(found: list[Problem]) -> list[tuple[str, str | None, str, list[int | None]]]:
    return [(p.severity, p.asset, p.message, [at.line for at in p.places]) for p in found]


def line(engine: Engine, text: str) -> int:
    lines = (engine.root / "pipeline.py").read_text().splitlines()
    return next(number for number, each in enumerate(lines, 1) if text in each)


@pytest.fixture
def shop(engine: Engine) -> Engine:
    return engine.pipeline(SHOP)


def test_a_sound_project_has_no_problems(shop: Engine) -> None:
    assert problems(shop) == []
    shop.make()
    assert problems(shop) == []


def test_a_column_that_is_not_there_is_told_with_its_line(shop: Engine) -> None:
    shop.make()
    shop.pipeline(SHOP.replace('Sum("amount")', 'Sum("amuont")'))
    (found,) = problems(shop)
    assert (found.severity, found.asset, found.hint) == (
        "error",
        "daily",
        "Did you mean 'amount'?",
    )
    assert found.places[0].line == line(shop, "aggregate(")


def test_a_column_that_an_upstream_drops_is_told_with_both_places(shop: Engine) -> None:
    """Where it is used, and who drops it."""
    shop.make()
    shop.pipeline(SHOP.replace("> 0)", '> 0).drop("amount")'))
    (found,) = [p for p in problems(shop) if p.asset == "daily"]
    assert found.message == "'clean' no longer has the column 'amount' (int64), which 'daily' uses"
    used, made = (at.line for at in found.places)
    assert (used, made) == (line(shop, "aggregate("), line(shop, "def clean") - 1)


def test_a_column_that_a_view_drops_is_told_with_both_places(shop: Engine) -> None:
    """Nothing is kept of what a view had before."""
    view = SHOP.replace("@transform\ndef clean", '@transform(materialization="view")\ndef clean')
    shop.pipeline(view).make()
    shop.pipeline(view.replace("> 0)", '> 0).rename(sum="amount")'))
    (found,) = problems(shop)
    assert (found.severity, found.message) == (
        "error",
        "asset 'daily': there is no column 'amount'",
    )
    used, made = (at.line for at in found.places)
    assert (used, made) == (line(shop, "aggregate("), line(shop, "def clean") - 1)
    (warned,) = shop.plan().problems
    assert warned.message.endswith("'amount', if 'orders' is as it was last made")


def test_a_column_that_nobody_uses_may_be_dropped(shop: Engine) -> None:
    shop.make()
    shop.pipeline(SHOP.replace("> 0)", '> 0).drop("id")'))
    assert problems(shop) == []


def test_a_column_of_sql_is_told_with_its_place(shop: Engine) -> None:
    shop.make()
    shop.pipeline(SHOP.replace("total=Sum", "sum=Sum"))
    (found,) = problems(shop)
    assert "'daily' no longer has the column 'total'" in found.message
    assert found.places[0].line in (line(shop, "SELECT day, total"), line(shop, "WHERE total"))
    assert found.places[0].column is not None


def test_another_type_that_still_works_is_a_warning(shop: Engine) -> None:
    shop.make()
    other = 'clean.mutate(amount=col("amount").cast(pa.float64())).groupby'
    shop.pipeline(SHOP.replace("clean.groupby", other))
    found = problems(shop)
    assert [(p.severity, p.asset) for p in found] == [("warn", "best")]
    assert "'daily' makes the column 'total' double, and int64 is published" in found[0].message


def test_another_type_that_does_not_work_is_an_error(shop: Engine) -> None:
    shop.make()
    other = '> 0).mutate(amount=col("day"))'
    shop.pipeline(SHOP.replace("> 0)", other))
    (found,) = [p for p in problems(shop) if p.asset == "daily"]
    assert found.severity == "error"
    assert "string now" not in found.message
    assert "with which 'daily' does not work" in found.message


def test_a_frozen_asset_may_not_change(shop: Engine) -> None:
    frozen = SHOP.replace("@transform\ndef daily", '@transform(evolution="freeze")\ndef daily')
    shop.pipeline(frozen).make()
    shop.pipeline(frozen.replace('total=Sum("amount"))', 'total=Sum("amount"), n=Count())'))
    (found,) = problems(shop)
    assert (found.severity, found.asset) == ("error", "daily")
    assert "the column 'n' (int64) is new" in found.message


def test_a_plan_is_refused_before_anything_runs(shop: Engine) -> None:
    """Where a column is known not to be there; and the error says all that validate says."""
    declared = SHOP.replace(
        "@asset\n",
        '@asset(columns={"id": Column(pa.int64()), "day": Column(pa.string())})\n',
        1,
    )
    shop.pipeline(declared)
    with pytest.raises(PlanError, match="'clean': there is no column 'amount'") as caught:
        shop.run()
    assert caught.value.at is not None
    assert caught.value.at.line == line(shop, 'col("amount")')
    assert not (shop.root / "data" / "orders.parquet").exists()


def test_what_may_be_otherwise_when_it_is_made_is_a_warning(shop: Engine) -> None:
    """A source that is made again in the same run may have the column by then."""
    shop.make()
    new = SHOP.replace('"amount": [5, 7]', '"amount": [5, 7], "tax": [1, 1]')
    shop.pipeline(new.replace('Sum("amount")', 'Sum("tax")'))
    assert [p.severity for p in shop.plan().problems] == ["warn"]
    assert shop.make()["daily"].status == "succeeded"


def test_those_not_selected_are_warned_of(shop: Engine) -> None:
    shop.make()
    shop.pipeline(SHOP.replace("> 0)", '> 0).drop("amount")'))
    found = shop.plan("clean").problems
    assert [(p.severity, p.asset) for p in found] == [("warn", "daily")]


def test_what_is_stored_is_held_to_declared_types(engine: Engine) -> None:
    """Before it is published: what was there stays."""
    text = IMPORTS + (
        '\n@asset(columns={"n": Column(pa.int64())})\n'
        'def numbers():\n    return pa.table({"n": pa.array([1], pa.int64())})\n'
    )
    engine.pipeline(text).make()
    engine.pipeline(text.replace("[1], pa.int64()", "['x']"))
    run = engine.run()
    assert "declares the column 'n' as int64, and it is string" in run.message("numbers")
    assert engine.rows("numbers") == [{"n": 1}]


def test_declared_types_are_held_against_what_code_makes(shop: Engine) -> None:
    shop.make()
    shop.pipeline(
        SHOP.replace(
            "@transform\ndef daily",
            '@transform(columns={"total": Column(pa.string())})\ndef daily',
        )
    )
    assert "daily' declares the column 'total' as string, and it is int64" in str(problems(shop))


def test_a_key_that_code_does_not_make_is_told_in_a_sentence(shop: Engine) -> None:
    shop.make()
    shop.pipeline(SHOP.replace("@transform\ndef daily", "@transform(key='dya')\ndef daily"))
    assert "daily' names the column 'dya' as its key, and does not make it" in str(problems(shop))


def test_every_problem_is_told_at_once(shop: Engine) -> None:
    """Stores, settings and columns of all assets."""
    shop.make()
    wrong = SHOP.replace("@sql_asset\n", '@sql_asset(io_manager="fils")\n')
    shop.pipeline(wrong.replace('Sum("amount")', 'Sum("amuont")'))
    assert [p.asset for p in problems(shop)] == ["best", "daily"]


def test_reading_makes_a_function_opaque_and_no_problem(shop: Engine) -> None:
    read = "clean = clean.to_table()\n    return pa.table({'day': clean['day'], 'total': [1, 2]})\n"
    shop.pipeline(SHOP.replace("return clean.groupby", f"{read}\n    return clean.groupby"))
    shop.make()
    assert problems(shop) == []


def test_tags_follow_columns_until_they_are_taken_off(engine: Engine) -> None:
    engine.pipeline(
        IMPORTS
        + """
@asset(columns={"mail": Column(pa.string(), tags={"pii"}), "n": Column(pa.int64())})
def people():
    return pa.table({"mail": ["a"], "n": [1]})


@transform
def shown(people):
    return people.filter(col("mail") != "").select("n", lower=col("mail").lower())


@transform(columns={"length": Column(untag={"pii"})})
def counted(shown):
    return shown.select("n", length=col("lower").length(), mail="lower")


@asset(columns={"copy": Column(sources=["counted.mail"]), "own": Column(sources=[])})
def sent(counted: pa.Table):
    return pa.table({"copy": counted["mail"], "own": [1]})
"""
    )
    project = engine.load()
    with Session(project, PluginHost()) as session:
        lineage = ColumnLineage(analyze_project(session))
        tagged = {
            f"{asset}.{column.name}"
            for asset in ("people", "shown", "counted", "sent")
            for column in lineage.columns(asset)
            if "pii" in column.tags
        }
    assert tagged == {"people.mail", "shown.lower", "counted.mail", "sent.copy"}


def test_the_columns_of_what_cannot_be_looked_into_are_told_as_they_are_declared(
    engine: Engine,
) -> None:
    engine.pipeline(
        IMPORTS
        + """
from vibepiper.partitions import dynamic

@transform(columns={"n": Column(pa.int64())}, partitions=dynamic("place"))
def by_place(place):
    raise AssertionError("there is no place yet")
"""
    )
    with Session(engine.load(), PluginHost()) as session:
        (column,) = ColumnLineage(analyze_project(session)).columns("by_place")
    assert (column.name, column.type, column.sources) == ("n", pa.int64(), ())


def test_an_opaque_function_that_reads_tagged_columns_is_warned_of(engine: Engine) -> None:
    engine.pipeline(
        IMPORTS
        + """
@asset(columns={"mail": Column(pa.string(), tags={"pii"})})
def people():
    return pa.table({"mail": ["a"]})


@asset
def sent(people: pa.Table):
    return people
"""
    )
    (found,) = problems(engine)
    assert (found.severity, found.asset) == ("warn", "sent")
    assert "reads 'people.mail', tagged pii" in found.message


def test_the_cache_is_used_and_mended(engine: Engine) -> None:
    """What was found is found again in the file; without it, or with another, anew."""
    engine.pipeline(SHOP).make()
    engine.pipeline(SHOP.replace('Sum("amount")', 'Sum("amuont")'))
    cache = engine.root / ".vibepiper" / "analysis.cache"
    first = problems(engine)
    written = cache.read_bytes()
    assert problems(engine) == first
    assert cache.read_bytes() == written
    cache.write_bytes(b"\xff" * 100)
    assert problems(engine) == first
    assert Path(cache).read_bytes().startswith(b"vibepiper analysis")


def test_what_was_found_of_other_columns_is_not_taken(engine: Engine) -> None:
    """The code of the asset is the same, and its upstream's is not."""
    engine.pipeline(SHOP).make()
    assert problems(engine) == []
    engine.pipeline(SHOP.replace("total=Sum", "amount=Sum"))
    assert {p.asset for p in problems(engine) if "total" in p.message} >= {"best"}
    engine.pipeline(SHOP)
    assert problems(engine) == []


def test_other_versions_of_libraries_are_asked_anew(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    analyze = RelationAnalyzer.analyze

    def noted(self: RelationAnalyzer, request: AnalyzerRequest) -> AssetAnalysis:
        asked.append(request.asset.key)
        return analyze(self, request)

    monkeypatch.setattr(RelationAnalyzer, "analyze", noted)
    engine.pipeline(SHOP).make()
    problems(engine)
    asked.clear()
    assert (problems(engine), asked) == ([], [])
    monkeypatch.setattr("vibepiper.analyzers.version", lambda name: "another")
    assert (problems(engine), asked) == ([], ["clean", "daily", "best"])


def test_a_table_outside_is_asked_every_time(engine: Engine) -> None:
    """What is found of it is not kept: nothing tells when its columns change."""
    engine.pipeline(
        IMPORTS
        + """
from vibepiper_transform import database_table



class Elsewhere:
    dialect = "duckdb"
    place = "elsewhere"

    def schema(self, query):
        called("schema")
        return pa.schema([("id", pa.int64()), ("region", pa.string())])

@transform
def regions():
    return database_table(Elsewhere(), "regions").select("region")
"""
    )
    assert problems(engine) == []
    first = len(engine.calls)
    assert first > 0
    assert problems(engine) == []
    assert len(engine.calls) == 2 * first
