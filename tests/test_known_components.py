"""Core's table of known components says what the workspace's plugins declare."""

from __future__ import annotations

from vibepiper.known_components import KNOWN

from tools import known_components


def test_the_table_is_what_the_plugins_declare() -> None:
    assert known_components.TABLE.read_text() == known_components.table(), "run: nox -s generate"


def test_a_component_is_offered_by_one_distribution_only() -> None:
    offered = [(spec.kind, spec.name) for _, spec in known_components.offers()]

    assert len(offered) == len(set(offered))


def test_the_table_names_what_a_user_would_have_to_install() -> None:
    assert KNOWN["io_manager", "postgres"] == "vibepiper-postgres"
    assert ("io_manager", "memory") not in KNOWN
