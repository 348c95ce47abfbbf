"""Tables of databases that are no assets: their columns are known before anything runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

import pyarrow as pa
import pytest
from vibepiper import (
    ColumnLineage,
    DatabaseConnector,
    PluginHost,
    Session,
    StateStore,
    analyze_project,
    load_project,
    make_plan,
)
from vibepiper.analysis import AnalyzerRequest, Problem
from vibepiper.database import DatabaseTable
from vibepiper.errors import PlanError, SelectionError, UnknownUpstream
from vibepiper.mermaid import draw_columns
from vibepiper.movement import place_step
from vibepiper.session import Given
from vibepiper.validation import validate_project
from vibepiper_postgres.session import Database
from vibepiper_transform.analyzer import RelationAnalyzer

from .conftest import Engine

PEOPLE = pa.table({"id": [1, 2], "email": ["A@x", "B@y"], "born": [1990, 2001]})
CONFIG = {
    "duckdb": 'use = "duckdb"\npath = "shop.duckdb"\n',
    "sqlite": 'use = "sqlite"\npath = "shop.sqlite"\n',
    "postgres": 'use = "postgres"\nurl = { secret = "SHOP_URL" }\n',
    "mysql": 'use = "mysql"\nurl = { secret = "SHOP_URL" }\n',
}
SERVERS = {"postgres": "postgres_database", "mysql": "mariadb_database"}
ASSETS = """
from vibepiper_transform import sql_asset


@sql_asset
def people():
    return '''
        SELECT id, lower(email) AS email
        FROM {{ source("shop", "people") }}
        WHERE born > 1980
    '''


@sql_asset
def youngest():
    return (
        "SELECT max(p.born) AS born "
        "FROM {{ source('shop', 'people') }} AS p JOIN {{ people }} USING (id)"
    )
"""


@pytest.fixture(params=CONFIG)
def shop(engine: Engine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A project beside a database that holds `PEOPLE`."""
    if request.param in SERVERS:
        monkeypatch.setenv("SHOP_URL", request.getfixturevalue(SERVERS[request.param]))
    engine.pipeline(ASSETS, f"\n[resources.shop]\n{CONFIG[request.param]}")
    with opened(engine) as session:
        connector(session).ingest("people", PEOPLE)
    return engine


def opened(engine: Engine) -> Session:
    return Session(load_project(engine.root), PluginHost())


def connector(session: Session) -> DatabaseConnector:
    return cast("DatabaseConnector", session.resource("shop"))


def problems(engine: Engine) -> list[Problem]:
    with opened(engine) as session, StateStore(session.project.state) as state:
        return list(validate_project(session, state).problems)


def write(engine: Engine, data: pa.Table) -> None:
    with opened(engine) as session:
        connector(session).ingest("people", data, mode="replace")


def test_types_and_sources_of_columns_are_known(shop: Engine) -> None:
    assert problems(shop) == []
    with opened(shop) as session:
        lineage = ColumnLineage(analyze_project(session))
        found = lineage.upstream("people", "email")
        born = lineage.upstream("youngest", "born")
    of = {(e.source, e.kind) for e in found.edges}
    assert of == {(("shop.people", "email"), "expression"), (("shop.people", "born"), "filter")}
    outside = {c.column: (c.type, c.outside) for c in found.columns if c.asset == "shop.people"}
    assert outside == {"email": ("string", True), "born": ("int64", True)}
    kinds = [e.kind for e in born.edges if e.source == ("shop.people", "born")]
    assert kinds[:1] == ["aggregate"]
    assert 'subgraph a1["shop.people"]' in draw_columns(found)


def test_what_is_made_of_a_column_of_a_table_outside_is_told(shop: Engine) -> None:
    with opened(shop) as session:
        lineage = ColumnLineage(analyze_project(session))
        found = lineage.downstream(*lineage.find("shop.people.born"))
        missing = pytest.raises(SelectionError, match=r"take a column 'bron' of 'shop\.people'")
        with missing as wrong:
            lineage.find("shop.people.bron")
        with pytest.raises(UnknownUpstream, match="there is no asset 'shops'"):
            lineage.find("shops.people.born")
    assert found.columns[0].outside
    assert {(c.asset, c.column) for c in found.columns[1:]} == {
        *(("people", "id"), ("people", "email"), ("youngest", "born"))
    }
    assert wrong.value.hint == "Did you mean 'born'?"
    done = shop.folder.vibepiper("lineage", "shop.people.born")
    assert done.returncode == 0, done.stderr
    first, *_ = done.stdout.splitlines()
    assert first == "shop.people.born int64 (outside of the project)"
    assert "── youngest.born int64: aggregate" in done.stdout


def test_a_column_that_the_table_loses_is_told_where_it_is_named(shop: Engine) -> None:
    assert problems(shop) == []
    write(shop, PEOPLE.rename_columns(["id", "mail", "born"]))
    (problem,) = problems(shop)
    assert (problem.severity, problem.asset) == ("error", "people")
    assert problem.message == "asset 'people': there is no column 'email'"
    assert problem.hint == "Did you mean 'mail'?"
    lines = (shop.root / "pipeline.py").read_text().splitlines()
    line = lines.index("        SELECT id, lower(email) AS email") + 1
    assert [(at.line, at.column) for at in problem.places] == [(line, 26)]


def test_a_plan_refuses_it(shop: Engine) -> None:
    write(shop, PEOPLE.drop_columns(["born"]))
    refused = pytest.raises(PlanError, match="there is no column 'born'")
    with opened(shop) as session, StateStore(session.project.state) as state, refused:
        make_plan(session, state)


def test_the_sql_over_it_is_shown(shop: Engine) -> None:
    done = shop.folder.vibepiper("show", "people", "--sql")
    assert done.returncode == 0, done.stderr
    assert re.search(r"FROM [`\"]\w+[`\"]\.[`\"]people[`\"]", done.stdout)


def test_a_table_that_is_not_there_is_a_warning(shop: Engine) -> None:
    with opened(shop) as session:
        connector(session).execute("DROP TABLE people")
    first, *_ = problems(shop)
    assert (first.severity, first.asset) == ("warn", "people")
    assert first.message == "asset 'people': 'shop' has no table 'people' that can be read"


OVER_NOTHING = """
@sql_asset
def old():
    return "SELECT id FROM {{ source('shop', 'old') }}"


@sql_asset
def wrong():
    return "SELECT nope FROM {{ source('shop', 'people') }}"
"""


@pytest.mark.parametrize("shop", ["duckdb", "sqlite", "mysql"], indirect=True)
def test_a_view_of_what_is_gone_hides_no_other_table(shop: Engine) -> None:
    (shop.root / "pipeline.py").write_text(ASSETS + OVER_NOTHING)
    with opened(shop) as session:
        connector(session).ingest("gone", PEOPLE)
        connector(session).execute("CREATE VIEW old AS SELECT id FROM gone")
        connector(session).execute("DROP TABLE gone")
    told = shop.cli("validate", code=2)
    assert "warning: asset 'old': 'shop' has no table 'old' that can be read" in told
    assert "error: asset 'wrong': there is no column 'nope'" in told


DOTTED = """
from vibepiper_transform import sql_asset


@sql_asset
def both():
    return '''
        SELECT id FROM {{ source("shop", "eu.people") }}
        UNION ALL SELECT id + born FROM {{ source("shop", "people", "eu") }}
    '''
"""


def test_a_dot_in_a_name_is_no_schema(engine: Engine) -> None:
    engine.pipeline(DOTTED, SHOP)
    with opened(engine) as session:
        shop = connector(session)
        shop.execute('CREATE TABLE "eu.people" AS SELECT 1 AS id')
        shop.execute("CREATE SCHEMA eu")
        shop.execute("CREATE TABLE eu.people AS SELECT 2 AS id, 20 AS born")
        lineage = ColumnLineage(analyze_project(session))
    of = {e.source for e in lineage.upstream("both", "id").edges}
    assert of == {('shop."eu.people"', "id"), ("shop.eu.people", "id"), ("shop.eu.people", "born")}
    engine.make()
    assert engine.values("both", "id") == [1, 22]


SHOP = f"\n[resources.shop]\n{CONFIG['duckdb']}"
AWAY = """
[resources.shop]
use = "postgres"
host = "127.0.0.1"
port = 1
database = "shop"
user = "ada"
password = { secret = "SHOP_PASSWORD" }
"""


def test_a_database_that_is_away_hides_only_its_own(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said once, without the password, and what can be looked at is."""
    monkeypatch.setenv("SHOP_PASSWORD", "hush-hush")
    more = """
@sql_asset
def misspelt():
    return "SELECT id FORM FROM {{ source('shop', 'people') }} WHERE ("


@sql_asset
def one():
    return "SELECT 1 AS n"


@sql_asset
def wrong():
    return "SELECT m FROM {{ one }}"
"""
    engine.pipeline(ASSETS + more, AWAY)
    syntax, column, away = problems(engine)
    assert (syntax.asset, column.asset) == ("misspelt", "wrong")
    assert (away.severity, away.asset) == ("warn", None)
    assert away.message.startswith("the columns of tables in 'shop' were not looked at")
    assert "127.0.0.1:1/shop" in away.message
    assert "hush-hush" not in str(away)


def test_it_is_a_note_and_no_failure(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hush-hush")
    done = engine.pipeline(ASSETS, AWAY).folder.vibepiper("validate")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("warning: the columns of tables in 'shop'") == 1


def test_a_database_that_is_away_is_tried_once_however_many_read_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", "hush-hush")
    engine.pipeline(ASSETS, AWAY)
    tries: list[Database] = []
    acquire = Database.acquire
    monkeypatch.setattr(Database, "acquire", lambda self: tries.append(self) or acquire(self))
    with opened(engine) as session, StateStore(session.project.state) as state:
        plan = make_plan(session, state)
        assert plan.analysis is not None
        placed = [place_step(each.of, plan.analysis, session.resource) for each in plan.groups]
    assert (placed, len(tries)) == ([None, None], 1)


class Counting:
    """A connector that counts what it is asked."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.asked = inner, list[set[DatabaseTable]]()

    @property
    def backend(self) -> object:
        return self.inner.backend

    def schemas(self, tables: Collection[DatabaseTable]) -> Mapping[DatabaseTable, pa.Schema]:
        self.asked.append({*tables})
        found: Mapping[DatabaseTable, pa.Schema] = self.inner.schemas(tables)
        return found


def asked(engine: Engine) -> list[set[DatabaseTable]]:
    """What the database is asked in a validation."""
    with opened(engine) as first:
        counting = Counting(connector(first))
        given: Given = {("resources", "shop"): (first.host.spec("database", "duckdb"), counting)}
        with Session(first.project, first.host, given=given) as session:
            validate_project(session)
    return counting.asked


def test_a_database_is_asked_once_for_all_tables(engine: Engine) -> None:
    more = """
@sql_asset
def others():
    return "SELECT 1 AS n FROM {{ source('shop', 'people', 'main') }}, {{ source('shop', 'none') }}"
"""
    engine.pipeline(ASSETS + more, SHOP)
    write(engine, PEOPLE)
    tables = {DatabaseTable("people"), DatabaseTable("people", "main"), DatabaseTable("none")}
    assert asked(engine) == [tables]


def test_a_database_is_not_asked_that_no_asset_reads(engine: Engine) -> None:
    assert asked(engine.pipeline(PLAIN, SHOP)) == []


IN_CONTEXT = """
from vibepiper import AssetContext
from vibepiper_transform import transform, sql_asset


@sql_asset
def one():
    return "SELECT 1 AS n, 2 AS m"


@transform
def some(one, context: AssetContext):
    return one.select("n") if context.environment == "prod" else one


@sql_asset
def last():
    return "SELECT m FROM {{ some }}"
"""


def test_what_the_context_tells_is_looked_into_anew(engine: Engine) -> None:
    engine.pipeline(IN_CONTEXT, "\n[environments.dev]\n[environments.prod]\n")
    assert "no problems found" in engine.cli("validate", "--env", "dev")
    assert "there is no column 'm'" in engine.cli("validate", "--env", "prod", code=2)
    assert "no problems found" in engine.cli("validate", "--env", "dev")


PLAIN = """
from vibepiper_transform import sql_asset


@sql_asset
def one():
    return "SELECT 1 AS n"
"""
COMPUTED = """
from vibepiper_transform import sql_asset


@sql_asset
def people(table):
    return '''SELECT id FROM {{ source("shop", table) }}'''
"""


def test_a_table_whose_name_is_computed_is_looked_at_each_time(engine: Engine) -> None:
    engine.pipeline(COMPUTED, f'{SHOP}\n[params]\ntable = "people"\n')
    write(engine, PEOPLE)
    assert problems(engine) == []
    write(engine, PEOPLE.drop_columns(["id"]))
    (problem,) = problems(engine)
    assert problem.message == "asset 'people': there is no column 'id'"


def test_nothing_is_looked_into_again_that_has_not_changed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.pipeline(ASSETS, SHOP)
    write(engine, PEOPLE)
    assert problems(engine) == []
    monkeypatch.setattr(RelationAnalyzer, "analyze", refused)
    assert problems(engine) == []


def refused(self: RelationAnalyzer, request: AnalyzerRequest) -> None:
    raise AssertionError(f"{request.asset.key} was looked into again")
