"""Twenty-five plugins, ten of them broken in ten ways: every command works with the rest."""

from __future__ import annotations

import json

import pytest
from vibepiper_testing import ProjectFolder

from tools.broken_plugins import BLOCKED, STATES, install_plugins

PIPELINE = """
from vibepiper import asset

@asset
def orders(): return [{"id": 1}]

@asset
def report(orders): return orders
"""
CONFIG = """
[project]
name = "shop"
modules = ["pipeline.py"]

[io_managers.default]
use = "files"
"""
COMMANDS = [
    ["--help"],
    ["--version"],
    ["list"],
    ["plan"],
    ["run"],
    ["runs"],
    ["show", "orders"],
    ["plugins"],
    ["plugins", "show", "sound-03"],
    ["plugins", "lock"],
    ["plugins", "check"],
    ["plugins", "new", "acme", "--kind", "input"],
    ["init", "shop"],
]


@pytest.fixture
def project(project_folder: ProjectFolder) -> ProjectFolder:
    install_plugins(project_folder.site)
    project_folder.environment["VIBEPIPER_DISABLE_PLUGINS"] = BLOCKED
    return project_folder.write(PIPELINE, CONFIG)


def test_every_command_works(project: ProjectFolder) -> None:
    for command in COMMANDS:
        done = project.vibepiper(*command)

        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr


def test_each_story_is_told(project: ProjectFolder) -> None:
    plugins = {plugin["distribution"]: plugin for plugin in project.json("plugins")}

    assert {name: plugins[name]["state"] for name in STATES} == STATES
    assert all(plugins[name]["problem"] and plugins[name]["mend"] for name in STATES)
    assert all(plugins[f"sound-{number:02}"]["state"] == "ok" for number in range(15))


def test_the_table_tells_them_too(project: ProjectFolder) -> None:
    shown = project.vibepiper("plugins").stdout

    assert "pip install" in shown
    assert all(name in shown for name in [*STATES, "sound-00", "sound-14"])


def test_the_doctor_examines_them_all(project: ProjectFolder) -> None:
    done = project.vibepiper("plugins", "doctor", "--json")

    assert done.returncode == 1
    told = {found["distribution"]: found for found in json.loads(done.stdout)}
    assert told.keys() >= STATES.keys() | {"sound-00"}
