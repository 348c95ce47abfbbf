"""The reference is complete: nothing public is left out of it."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from vibepiper import errors
from vibepiper.cli import exits
from vibepiper.cli.app import app

from tools import dialects

DOCS = Path(__file__).parent
REFERENCE = DOCS / "reference"
DISTRIBUTIONS = {
    path.parent.name: path.parents[2].name
    for kind in ("packages", "plugins")
    for path in DOCS.parent.glob(f"{kind}/*/src/*/__init__.py")
}
PACKAGES = sorted(DISTRIBUTIONS)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_in_the_api_reference(package: str) -> None:
    distribution = DISTRIBUTIONS[package]
    pages = (REFERENCE / "api" / f"{distribution}.md").read_text()
    pages += (REFERENCE / "errors.md").read_text()
    modules = re.findall(r"^::: (\S+)", pages, re.M)

    shown = {name for module in modules for name in importlib.import_module(module).__all__}

    assert set(importlib.import_module(package).__all__) - shown == set()


def leaves(name: str, command: Any) -> dict[str, Any]:
    """The commands at and below one, by their whole names."""
    below = getattr(command, "commands", {})
    found = {name: command} if name else {}
    for key, value in below.items():
        found |= leaves(f"{name} {key}".strip(), value)
    return found


def test_every_command_and_option_is_in_the_cli_reference() -> None:
    page = (REFERENCE / "cli.md").read_text()
    commands = leaves("", typer.main.get_command(app))
    options = {
        o for command in commands.values() for p in command.params for o in p.opts if o[0] == "-"
    }

    assert {f"`{name}" for name in commands if f"| `{name}" not in page} == set()
    assert {option for option in options if f"`{option}`" not in page} == {"--help", "-h"} & options


def test_every_exit_code_is_in_the_cli_reference() -> None:
    page = (REFERENCE / "cli.md").read_text()

    assert {code for code in exits.__all__ if f"| {getattr(exits, code)} |" not in page} == set()


def test_the_error_tree_is_drawn_as_it_is() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)|^ {4}(VibePiperError)$", errors.__doc__ or "", re.M))
    tree = {name for pair in drawn for name in pair if name}

    assert tree == {
        n
        for n in errors.__all__
        if isinstance(getattr(errors, n), type) and issubclass(getattr(errors, n), Exception)
    }


def test_the_tables_of_dialects_are_as_generated() -> None:
    assert dialects.PAGE.read_text() == dialects.written(), "run: nox -s generate"
