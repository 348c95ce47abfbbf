"""Lineage of assets and of versions, and how it is drawn."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from vibepiper import AssetGraph, make_asset
from vibepiper.errors import SelectionError, StateError, UnknownUpstream
from vibepiper.lineage import Lineage, LineageEdge, MadeVersion, VersionEdge
from vibepiper.mermaid import draw_lineage, draw_versions
from vibepiper.state.records import Materialization


def made(name, *upstream, **options):
    scope = {}
    exec(f"def f({', '.join(upstream)}): return 1", scope)
    return make_asset(scope["f"], {"name": name, **options})


@pytest.fixture
def lineage():
    """raw/orders, raw/items -> orders -> daily -> report; log comes after daily."""
    return Lineage(
        AssetGraph(
            [
                made("raw/orders", group="raw"),
                made("raw/items", group="raw", owner="ops", description="All of them."),
                made("joined", "orders", "items"),
                made("daily", "joined"),
                made("report", "daily", "joined"),
                made("log", depends_on=["daily"]),
            ]
        )
    )


def test_upstream_and_downstream_go_as_far_as_asked(lineage):
    assert lineage.upstream("report") == ("raw/orders", "raw/items", "joined", "daily")
    assert lineage.upstream("report", 1) == ("joined", "daily")
    assert lineage.upstream("report", 0) == ()
    assert lineage.downstream("raw/items", 2) == ("joined", "daily", "report")
    assert set(lineage.downstream("joined")) == {"daily", "report", "log"}
    assert lineage.downstream("log") == ()


def test_what_does_not_exist_is_refused(lineage):
    with pytest.raises(UnknownUpstream, match=r"no asset 'dayly'.*\n.*'daily'"):
        lineage.upstream("dayly")
    with pytest.raises(SelectionError, match="depth is -1"):
        lineage.downstream("daily", -1)


def test_edges_say_how_data_arrives(lineage):
    assert set(lineage.edges) == {
        LineageEdge("raw/orders", "joined", ("orders",)),
        LineageEdge("raw/items", "joined", ("items",)),
        LineageEdge("joined", "daily", ("joined",)),
        LineageEdge("daily", "report", ("daily",)),
        LineageEdge("joined", "report", ("joined",)),
        LineageEdge("daily", "log"),
    }


def test_a_map_of_some_assets_has_the_edges_between_them(lineage):
    found = lineage.map(["daily", "report", "raw/items"])

    assert {each.key for each in found.assets} == {"daily", "report", "raw/items"}
    assert found.edges == (LineageEdge("daily", "report", ("daily",)),)
    assert json.loads(json.dumps(found.to_json()))["assets"][0] == {
        "key": "raw/items",
        "group": "raw",
        "kind": "python",
        "owner": "ops",
        "description": "All of them.",
        "io_manager": None,
    }


def record(asset, version, upstream=None, **more):
    kept = Materialization(
        asset=asset,
        environment="dev",
        run_id="r1",
        load_id=f"load-{version}",
        store="default",
        uri="x",
        rows=3,
        bytes=None,
        checksum=None,
        schema=None,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    return replace(kept, data_version=version, upstream=upstream, **more)


def versions(lineage, *records):
    kept = {(each.asset, each.data_version): each for each in records}
    return Lineage(
        lineage._graph,
        lambda *version: [kept[version]] if version in kept else [],
    )


def test_a_version_is_followed_through_what_it_was_made_of(lineage):
    found = versions(
        lineage,
        record("report", "r9", {"daily": "d1", "joined": "j2"}, partition="2026-03-01"),
        record("daily", "d1", {"joined": "j1"}),
        record("joined", "j2", {"raw/items": ["i1", "i2"]}),
    ).at("report", "r9")

    assert [(each.asset, each.data_version, each.recorded) for each in found.versions] == [
        ("report", "r9", True),
        ("daily", "d1", True),
        ("joined", "j2", True),
        ("joined", "j1", False),
        ("raw/items", "i1", False),
        ("raw/items", "i2", False),
    ]
    assert VersionEdge(("raw/items", "i2"), ("joined", "j2")) in found.edges
    assert len(found.edges) == 5
    assert found.versions[0].partition == "2026-03-01"
    assert json.loads(json.dumps(found.to_json()))["versions"][0]["created_at"] == (
        "2026-03-01T00:00:00+00:00"
    )


def test_versions_are_followed_only_as_deep_as_asked(lineage):
    kept = versions(lineage, record("daily", "d1", {"joined": "j1"}), record("joined", "j1", {}))

    assert len(kept.at("daily", "d1", depth=0).versions) == 1
    assert kept.at("daily", "d1", depth=1).versions[1].recorded


def test_versions_that_go_in_circles_end(lineage):
    found = versions(lineage, record("daily", "d1", {"daily": "d1", "joined": None})).at(
        "daily", "d1"
    )

    assert found.edges == (VersionEdge(("daily", "d1"), ("daily", "d1")),)
    assert len(found.versions) == 1


def test_a_long_history_is_followed_to_its_end(lineage):
    kept = [record("daily", f"d{n}", {"daily": f"d{n - 1}"}) for n in range(1, 5000)]

    assert len(versions(lineage, *kept).at("daily", "d4999").versions) == 5000


def test_a_version_that_nothing_is_recorded_of_is_an_error(lineage):
    with pytest.raises(StateError, match="'daily': nothing is recorded of its data version 'd1'"):
        lineage.at("daily", "d1")


def test_a_lineage_is_drawn_with_its_groups(lineage):
    assert draw_lineage(lineage.map()) == (
        "flowchart LR\n"
        '  subgraph g0["raw"]\n'
        '    a0["raw/orders"]\n'
        '    a1["raw/items"]\n'
        "  end\n"
        '  a2["joined"]\n'
        '  a3["daily"]\n'
        '  a4["report"]\n'
        '  a5["log"]\n'
        "  a0 --> a2\n"
        "  a1 --> a2\n"
        "  a2 --> a3\n"
        "  a3 --> a4\n"
        "  a2 --> a4\n"
        "  a3 -.-> a5\n"
    )


HOSTILE = ['"]; click a0 "javascript:x"', "end", "<b>&#quot;", "`md`", "a\n  b-->c", "%%{init}%%"]


@pytest.mark.parametrize("name", [*HOSTILE, "größe 数", " ", "\0", "🫨", "#35;"])
def test_a_name_is_never_more_than_a_label(name):
    drawn = draw_lineage(Lineage(AssetGraph([made("x", group=name)])).map(), direction="TB")

    assert re.fullmatch(
        r'flowchart TB\n  subgraph g0\["([\w _\-/.,]|#\d+;)+"\]\n    a0\["x"\]\n  end\n', drawn
    )


def test_versions_are_drawn_and_unknown_ones_look_different(lineage):
    kept = versions(lineage, record("daily", "d" * 40, {"joined": "j<1>"}, partition="a|b"))

    assert draw_versions(kept.at("daily", "d" * 40)) == (
        "flowchart LR\n"
        f'  v0["daily a#124;b<br/>{"d" * 12}"]\n'
        '  v1("joined<br/>j#60;1#62;")\n'
        "  v1 --> v0\n"
    )


def test_an_empty_graph_has_an_empty_map():
    empty = Lineage(AssetGraph([]))

    assert empty.edges == ()
    assert draw_lineage(empty.map()) == "flowchart LR\n"
    assert MadeVersion("a", "1", recorded=False).rows is None
