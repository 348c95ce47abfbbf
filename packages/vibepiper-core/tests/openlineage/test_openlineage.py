"""Runs as OpenLineage events, held to the schemas of the specification."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

SPEC = Path(__file__).parent / "spec"
PIPELINE = """
from vibepiper.partitions import daily
@asset(owner="ann", io_manager="shelf")
def orders():
    "What was sold."
    return [{"id": 1, "amount": 2.5}]
@asset(io_manager="shelf")
def report(orders): return orders
@asset
def broken(orders): raise ValueError("no luck")
@asset
def last(broken): return broken
"""


def schemas():
    return [json.loads(path.read_text()) for path in SPEC.glob("*.json")]


@pytest.fixture(scope="module")
def registry():
    return Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas()]
    )


def check(registry, schema, value):
    checker = FormatChecker()
    Draft202012Validator(schema, registry=registry, format_checker=checker).validate(value)


def facets(value):
    """Every facet in an event."""
    if isinstance(value, dict):
        if "_schemaURL" in value:
            yield value
        for each in value.values():
            yield from facets(each)
    elif isinstance(value, list):
        for each in value:
            yield from facets(each)


@pytest.fixture
def events(shelf):
    shelf.write(PIPELINE)
    assert shelf.cli("run").returncode == 1
    told = shelf.cli("lineage", "--format", "openlineage")
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_events_and_their_facets_are_valid(events, registry):
    known = {schema["$id"] for schema in schemas()}
    for event in events:
        check(registry, {"$ref": event["schemaURL"]}, event)
        for facet in facets(event):
            assert facet["_schemaURL"].partition("#")[0] in known
            check(registry, {"$ref": facet["_schemaURL"]}, facet)


def test_every_step_that_began_starts_and_ends(events):
    told = [(e["job"]["name"].rpartition(".")[2], e["eventType"]) for e in events]
    assert sorted(told[1:-1]) == [
        ("broken", "FAIL"),
        ("broken", "START"),
        ("orders", "COMPLETE"),
        ("orders", "START"),
        ("report", "COMPLETE"),
        ("report", "START"),
    ]
    assert (told[0][1], told[-1][1]) == ("START", "FAIL")


def test_what_a_step_read_is_what_another_wrote(events):
    ends = [event for event in events if event["eventType"] != "START"]
    ended = {event["job"]["name"].rpartition(".")[2]: event for event in ends}
    (read,) = ended["report"]["inputs"]
    (written,) = ended["orders"]["outputs"]
    assert (read["namespace"], read["name"]) == (written["namespace"], written["name"])
    assert read["facets"]["version"] == written["facets"]["version"]
    assert written["outputFacets"]["outputStatistics"]["rowCount"] == 1
    assert [f["name"] for f in written["facets"]["schema"]["fields"]] == ["id", "amount"]
    assert "no luck" in ended["broken"]["run"]["facets"]["errorMessage"]["message"]


def test_an_asset_beside_openlineage_is_refused(shelf):
    shelf.write("@asset\ndef a(): return 1")
    assert shelf.cli("lineage", "a", "--format", "openlineage").returncode == 2
