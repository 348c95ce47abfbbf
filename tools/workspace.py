"""The workspace's distributions: where they lie, what they need, what a change affects.

They are found by globbing: a new folder in packages/ or plugins/ counts with no edit here.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PYTHONS = ["3.11", "3.12", "3.13"]
SHARED = frozenset({"pyproject.toml", "constraints.txt", "noxfile.py", "tools/workspace.py"})
"""A change of one of these may change the outcome of any distribution's tests."""


def _found(folder: str) -> dict[str, Path]:
    return {
        file.parent.name: file.parent for file in sorted(ROOT.glob(f"{folder}/*/pyproject.toml"))
    }


PACKAGES = _found("packages")
PLUGINS = _found("plugins")
DISTRIBUTIONS = PACKAGES | PLUGINS
SHORT = {name.removeprefix("vibepiper-"): name for name in DISTRIBUTIONS}
"""From the names that sessions take (``postgres``) to the distributions."""


@cache
def pyproject(path: Path) -> dict[str, Any]:
    return tomllib.loads((path / "pyproject.toml").read_text())


def modules(path: Path) -> list[str]:
    """The import packages of a distribution."""
    return sorted(entry.parent.name for entry in path.glob("src/*/__init__.py"))


def test_group(path: Path) -> str | None:
    """The dependency group of what a distribution's tests import, by either of its usual names."""
    groups = pyproject(path).get("dependency-groups", {})
    return next((name for name in ("test", "dev") if name in groups), None)


def test_extra(path: Path) -> list[str]:
    """The requirements of the extra ``test``, which others have instead of a group."""
    return list(pyproject(path)["project"].get("optional-dependencies", {}).get("test", []))


def tested_with(path: Path) -> list[str]:
    """The requirements of a distribution's tests, those that all tests share among them."""
    groups = pyproject(path).get("dependency-groups", {})
    own = groups.get(test_group(path), []) + test_extra(path)
    shared = pyproject(ROOT)["dependency-groups"]["test"]
    return [line for line in [*own, *shared] if isinstance(line, str)]


def dependencies(path: Path, *, test: bool = False) -> list[str]:
    """The requirements that a distribution declares; with ``test``, its tests' as well."""
    declared = list(pyproject(path)["project"].get("dependencies", []))
    return declared + (tested_with(path) if test else [])


def name_of(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower()


def requirements(path: Path, *, test: bool = False) -> set[str]:
    """The workspace's distributions that the one in ``path`` needs, itself among them."""
    named = {name_of(line) for line in dependencies(path, test=test)} & DISTRIBUTIONS.keys()
    itself = {path.name} & DISTRIBUTIONS.keys()
    return itself.union(*(requirements(DISTRIBUTIONS[name]) for name in named))


def outside_requirements(path: Path) -> list[str]:
    """What the distribution in ``path``, its tests and those of the workspace that they need
    require from outside the workspace."""
    needed = [DISTRIBUTIONS[name] for name in requirements(path, test=True)]
    lines = {line for each in needed for line in dependencies(each)}
    return sorted(line for line in lines if name_of(line) not in DISTRIBUTIONS)


def affected(files: Iterable[str]) -> dict[str, str]:
    """The distributions whose tests a change of ``files`` may turn, each with the reason."""
    files = set(files)
    if shared := sorted(files & SHARED):
        return dict.fromkeys(DISTRIBUTIONS, f"{shared[0]} changed, which all share")
    touched = {file.split("/")[1] for file in files if re.match("(packages|plugins)/[^/]+/", file)}
    reasons = {}
    for name in DISTRIBUTIONS:
        if name in touched:
            reasons[name] = "changed"
        elif needed := sorted(touched & requirements(DISTRIBUTIONS[name], test=True)):
            reasons[name] = f"needs {' and '.join(needed)}, which changed"
    return reasons


def affected_since(base: str) -> dict[str, str]:
    """What differs from a commit, and what needs it; everything when there is no such commit,
    as in a shallow clone."""
    if not git("rev-parse", "--verify", f"{base}^{{commit}}"):
        return dict.fromkeys(DISTRIBUTIONS, f"there is no commit {base} to compare with")
    return affected(
        git("diff", "--name-only", base) + git("ls-files", "--others", "--exclude-standard")
    )


def base() -> str:
    """$VIBEPIPER_BASE, else where the branch left origin/main, else the commit before."""
    if given := os.environ.get("VIBEPIPER_BASE"):
        return given
    common = git("merge-base", "HEAD", "origin/main")
    return "HEAD~1" if common in ([], git("rev-parse", "HEAD")) else common[0]


def last_release(distribution: str) -> str | None:
    """The tag of a distribution's newest release."""
    tags = git("tag", "--list", f"{distribution}-v*", "--sort=-version:refname")
    return tags[0] if tags else None


def git(*arguments: str) -> list[str]:
    """A git command's lines; none when it fails."""
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines() if done.returncode == 0 else []
