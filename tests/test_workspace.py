"""Every distribution has one shape, and keeps to the architecture's rules.

Distributions are found by globbing: a new one is held to this with no edit here.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PATHS = sorted(
    p.parent
    for p in [*ROOT.glob("packages/*/pyproject.toml"), *ROOT.glob("plugins/*/pyproject.toml")]
)
MODULES = {entry.parent.name: path for path in PATHS for entry in path.glob("src/*/__init__.py")}
PLUGINS = [name for name, path in MODULES.items() if path.parent.name == "plugins"]
HEAVY = {"adbc_driver_manager", "duckdb", "numpy", "pandas", "polars", "pyarrow", "sqlglot"}

each = pytest.mark.parametrize("path", PATHS, ids=[path.name for path in PATHS])


def pyproject(path: Path) -> dict[str, Any]:
    return tomllib.loads((path / "pyproject.toml").read_text())


def distribution_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower()


@each
def test_a_distribution_declares_what_an_index_shows(path: Path) -> None:
    project = pyproject(path)["project"]

    assert project["name"] == path.name
    assert re.fullmatch(r"\d+\.\d+\.\d+", project["version"])
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert project["requires-python"] == ">=3.11"
    assert project["readme"] == "README.md"
    assert project["description"].endswith(".")


@each
def test_a_distribution_has_one_typed_import_package_and_tests(path: Path) -> None:
    modules = [entry.parent.name for entry in path.glob("src/*/__init__.py")]

    assert modules == [pyproject(path)["tool"]["uv"]["build-backend"]["module-name"]]
    assert (path / "src" / modules[0] / "py.typed").is_file()
    assert list(path.glob("tests/**/test_*.py"))


@each
def test_a_distribution_carries_the_licence(path: Path) -> None:
    """A wheel holds only what lies in its own folder."""
    assert (path / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@each
def test_a_readme_says_how_to_install(path: Path) -> None:
    readme = (path / "README.md").read_text()

    assert readme.startswith(f"# {path.name}\n")
    assert re.search(rf"pip install .*\b{path.name}\b", readme)


@each
def test_every_release_has_its_changes_told(path: Path) -> None:
    fragments = [p.name for p in path.glob("changes/*.md")]

    assert fragments or (path / "CHANGELOG.md").is_file()
    for name in fragments:
        assert re.fullmatch(r"(\d+|\+[\w-]+)\.(added|changed|removed|fixed)\.md", name)


@each
def test_a_workspace_dependency_is_bounded_to_its_major_version(path: Path) -> None:
    """Decision 7: within a major version public names only grow, so no upgrade is held back."""
    versions = {p.name: pyproject(p)["project"]["version"] for p in PATHS}
    for requirement in pyproject(path)["project"].get("dependencies", []):
        if (name := distribution_of(requirement)) in versions:
            major, minor, _ = map(int, versions[name].split("."))
            bounds = re.fullmatch(r">=(\d+)\.(\d+),<(\d+)", requirement.removeprefix(name))

            assert bounds, f"{requirement} is not of the form {name}>=MAJOR.MINOR,<MAJOR"
            lowest, highest = (int(bounds[1]), int(bounds[2])), int(bounds[3])
            assert lowest <= (major, minor)
            assert (lowest[0], highest) == (major, major + 1)


@each
def test_a_dependency_from_outside_has_a_lower_bound_only(path: Path) -> None:
    """The oldest version is tested; an upper bound would hold back all that share an install."""
    ours = {p.name for p in PATHS}
    for requirement in pyproject(path)["project"].get("dependencies", []):
        if distribution_of(requirement) not in ours:
            assert re.fullmatch(r"[\w-]+(\[\w+\])?>=[\d.]+", requirement)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_all_is_sorted_and_every_name_in_it_resolves(module: str) -> None:
    code = f"from {module} import *; from {module} import __all__ as a; assert a == sorted(a), a"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("module", PLUGINS)
def test_a_plugins_entry_module_imports_no_driver(module: str) -> None:
    (entry,) = pyproject(MODULES[module])["project"]["entry-points"]["vibepiper"].values()
    code = f"import sys, {entry}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_public_names_cross_a_distribution(module: str) -> None:
    private = []
    for file in (MODULES[module] / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and crosses(node.module, module):
                names = [*node.module.split("."), *(alias.name for alias in node.names)]
                if any(name.startswith("_") for name in names):
                    private.append(f"{file.name}:{node.lineno} {ast.unparse(node)}")

    assert private == []


def crosses(imported: str, importer: str) -> bool:
    top = imported.partition(".")[0]
    return top in MODULES and top != importer


def test_every_dependency_is_pinned() -> None:
    pins = {line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines()}
    declared = {
        distribution_of(requirement)
        for path in PATHS
        for requirement in pyproject(path)["project"].get("dependencies", [])
    }

    assert declared - pins - {path.name for path in PATHS} == set()


def test_no_pin_names_a_registry() -> None:
    assert "://" not in (ROOT / "constraints.txt").read_text()


def test_actions_are_pinned_to_a_commit() -> None:
    workflows = [p.read_text() for p in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = [line for text in workflows for line in text.splitlines() if "uses:" in line]

    assert used
    for line in used:
        assert re.search(r"@[0-9a-f]{40} # v\d+(\.\d+)*$", line), line
