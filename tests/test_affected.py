"""A change runs the tests of what it touches and of what needs that, and says why."""

from __future__ import annotations

from tools import workspace


def test_a_change_of_a_plugin_affects_it_and_the_tests_that_use_it() -> None:
    affected = workspace.affected(["plugins/vibepiper-postgres/src/vibepiper_postgres/decode.py"])

    assert affected["vibepiper-postgres"] == "changed"
    assert affected["vibepiper-expectations"] == "needs vibepiper-postgres, which changed"
    assert "vibepiper-files" not in affected


def test_a_change_of_core_affects_everything() -> None:
    affected = workspace.affected(["packages/vibepiper-core/src/vibepiper/host.py"])

    assert affected.keys() >= workspace.PLUGINS.keys()
    assert affected["vibepiper-files"] == "needs vibepiper-core, which changed"


def test_a_change_of_what_all_share_affects_everything() -> None:
    affected = workspace.affected(["constraints.txt", "docs/index.md"])

    assert affected.keys() == workspace.DISTRIBUTIONS.keys()
    assert set(affected.values()) == {"constraints.txt changed, which all share"}


def test_a_change_of_the_documentation_affects_no_distribution() -> None:
    assert workspace.affected(["docs/index.md", "plugins/README.md", "README.md"]) == {}


def test_a_base_that_is_not_to_be_had_affects_everything() -> None:
    affected = workspace.affected_since("no-such-commit")

    assert affected.keys() == workspace.DISTRIBUTIONS.keys()
    assert "no-such-commit" in affected["vibepiper-core"]


def test_the_oldest_versions_are_asked_of_all_that_a_plugin_reaches() -> None:
    """Also of what it requires only through the workspace's packages."""
    required = workspace.outside_requirements(workspace.DISTRIBUTIONS["vibepiper-files"])
    names = {workspace.name_of(line) for line in required}

    assert names > {"duckdb", "pyarrow", "sqlalchemy"}
    assert not names & workspace.DISTRIBUTIONS.keys()
