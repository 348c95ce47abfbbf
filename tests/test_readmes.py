"""A plugin's README begins with lines that run, and says what its settings and versions are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import readmes
from tools.pages import fences, run_page
from tools.workspace import PLUGINS

SERVERS = {"WAREHOUSE_URL": "postgres_database", "MYSQL_URL": "mariadb_database"}
"""The fixtures that stand for the servers whose addresses a quick start reads."""

each = pytest.mark.parametrize("plugin", PLUGINS)


def section(plugin: str, title: str) -> str:
    readme = (PLUGINS[plugin] / "README.md").read_text()
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", readme, re.M | re.S)
    assert found, f"{plugin}'s README has no section '{title}'"
    return found[1]


@each
def test_a_quick_start_does_what_it_says(
    plugin: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    text = section(plugin, "Quick start")
    needed = {name: fixture for name, fixture in SERVERS.items() if name in text}
    variables = {name: request.getfixturevalue(fixture) for name, fixture in needed.items()}

    run_page(text, f"{plugin}/README.md", tmp_path, variables)


@each
def test_a_quick_start_is_ten_lines_and_a_command(plugin: str) -> None:
    quick_start = list(fences(section(plugin, "Quick start"), plugin))
    files = [line for fence in quick_start if fence.is_file for line in fence.body.splitlines()]

    assert 0 < len([line for line in files if line.strip()]) <= 10
    assert any(fence.runs for fence in quick_start)


@each
def test_a_readme_says_what_the_settings_are_now(plugin: str) -> None:
    readme = (PLUGINS[plugin] / "README.md").read_text()

    assert readme == readmes.written(PLUGINS[plugin]), "run: nox -s generate"


@each
def test_a_readme_says_what_the_plugin_was_tested_against(plugin: str) -> None:
    told = section(plugin, "Tested against")

    assert "| Python | 3.11 | 3.13 |" in told
    for name in re.findall(r"`(tests/test_\w+\.py)`", told):
        assert (PLUGINS[plugin] / name).is_file(), f"{name} is not there"


def test_a_setting_that_is_a_secret_is_called_one() -> None:
    assert "a secret |" in next(
        line for line in section("vibepiper-postgres", "Settings").splitlines() if "`url`" in line
    )


def test_a_readme_without_marks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# vibepiper-acme\n")

    with pytest.raises(ValueError, match="marks of settings once, found 0"):
        readmes.written(tmp_path)
