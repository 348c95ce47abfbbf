"""What the project checks, and how: ``nox --list``. CONTRIBUTING.md says when to run which.

Distributions are found by globbing: a new folder in packages/ or plugins/ is checked by every
session with no edit here.
"""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import nox

ROOT = Path(__file__).parent
VENV = ROOT / ".venv"
WHEELS = ROOT / ".nox" / "dist"
VERSIONS = ("3.11", "3.12", "3.13")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
SHARED = ("pyproject.toml", "constraints.txt", "noxfile.py", "Makefile")

PACKAGES = {
    path.parent.name: path.parent for path in sorted(ROOT.glob("packages/*/pyproject.toml"))
}
PLUGINS = {path.parent.name: path.parent for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))}
DISTRIBUTIONS = PACKAGES | PLUGINS

# The uv beside this nox, not whichever comes first on PATH.
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
os.environ.update(UV_COMPILE_BYTECODE="1", UV_PYTHON_DOWNLOADS="never", NO_MKDOCS_2_WARNING="1")
for name in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
    os.environ.pop(name, None)

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "imports", "deps", "docs", "wheels", "tests"]


def sync(session: nox.Session, *what: str) -> None:
    """Brings .venv up to date. An existing one keeps its Python."""
    python = [] if VENV.exists() else ["--python", sys.executable]
    session.run(UV, "sync", "--quiet", *python, *what)


def run(session: nox.Session, tool: str, *arguments: str) -> None:
    """Runs a tool of .venv, the one environment that holds the whole workspace."""
    session.run(str(VENV / "bin" / tool), *arguments)


@nox.session
def lint(session: nox.Session) -> None:
    """Formatting and style."""
    sync(session, "--all-packages")
    run(session, "ruff", "format", *([] if "--fix" in session.posargs else ["--check"]), ".")
    run(session, "ruff", "check", *session.posargs, ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy --strict and pyright, over every distribution's source and a user's typed pipeline."""
    sync(session, "--all-packages")
    names = [name for path in DISTRIBUTIONS.values() for name in modules(path)]
    run(session, "mypy", *(f"--package={name}" for name in names))
    run(session, "mypy", "tests/typing")
    run(session, "pyright")


@nox.session
def imports(session: nox.Session) -> None:
    """Imports run one way: plugins -> packages -> vibepiper; no plugin imports another."""
    sync(session, "--all-packages")
    plugins = [name for path in PLUGINS.values() for name in modules(path)]
    packages = [name for path in PACKAGES.values() for name in modules(path)]
    layers = [" | ".join(plugins), " : ".join(n for n in packages if n != "vibepiper"), "vibepiper"]
    contracts = Path(session.create_tmp()) / "importlinter.ini"
    contracts.write_text(
        "[importlinter]\nroot_packages =\n"
        + "".join(f"    {name}\n" for name in [*packages, *plugins])
        + "\n[importlinter:contract:layers]\nname = plugins -> packages -> vibepiper\n"
        + "type = layers\nlayers =\n"
        + "".join(f"    {layer}\n" for layer in layers)
    )
    run(session, "lint-imports", "--no-cache", "--config", str(contracts))


@nox.session
def deps(session: nox.Session) -> None:
    """Every distribution declares what it imports, and imports what it declares."""
    sync(session, "--all-packages")
    names = ",".join(f"{name}={modules(path)[0]}" for name, path in DISTRIBUTIONS.items())
    for path in DISTRIBUTIONS.values():
        with session.chdir(path):
            run(session, "deptry", "--package-module-name-map", names, "src")


@nox.session
def docs(session: nox.Session) -> None:
    """Builds the documentation; a broken link or reference fails."""
    sync(session, "--all-packages")
    run(session, "mkdocs", "build", "--strict", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Every test, against the whole workspace in one environment. Arguments go to pytest."""
    sync(session, "--all-packages")
    run(session, "pytest", *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """The tests marked `long`: big files, big tables, memory limits."""
    sync(session, "--all-packages")
    run(session, "pytest", "-m", "long", *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Every wheel, built from its sdist, in an environment that has no source: it starts."""
    built = build()
    venv = environment(session, "installed", HERE, *map(str, built.values()))
    with session.chdir(session.create_tmp()):
        for path in DISTRIBUTIONS.values():
            session.run(str(venv / "python"), "-c", f"from {modules(path)[0]} import *")
        session.run(str(venv / "vibepiper"), "--help", silent=True)
        listed = session.run(str(venv / "vibepiper"), "plugins", "--json", silent=True)
    for plugin in json.loads(str(listed)):
        if plugin["problem"]:
            session.error(f"{plugin['distribution']}: {plugin['problem']}")


@nox.session
def changed(session: nox.Session) -> None:
    """What `matrix` does, for what differs from $VIBEPIPER_BASE, on the current Python."""
    for distribution in affected():
        isolate(session, distribution, HERE)


@nox.session
@nox.parametrize("distribution", list(DISTRIBUTIONS), ids=list(DISTRIBUTIONS))
@nox.parametrize("version", VERSIONS, ids=VERSIONS)
def matrix(session: nox.Session, version: str, distribution: str) -> None:
    """One distribution's tests, with its wheel and nothing it does not declare, on one Python."""
    if "--changed" in session.posargs and distribution not in affected():
        session.skip("unchanged")
    isolate(session, distribution, version)


@nox.session
def demo(session: nox.Session) -> None:
    """Runs the main example. Nothing of .venv is removed, so that `tests` has nothing to redo."""
    sync(session, "--inexact", "--no-default-groups", "--package", "nyc-flights")
    with session.chdir("examples/nyc_flights"):
        run(session, "vibepiper", "run", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measures VibePiper beside its peers in one run, and prints ratios."""
    sync(session, "--all-packages")
    run(session, "python", "-m", "benchmarks", *session.posargs)


@nox.session
def pins(session: nox.Session) -> None:
    """Writes constraints.txt anew: the newest versions that `exclude-newer` lets in."""
    session.run(UV, "lock", "--upgrade", "--quiet")
    form = ["--no-emit-workspace", "--no-hashes", "--no-header", "--no-annotate"]
    session.run(UV, "export", "--quiet", "--all-packages", *form, "-o", "constraints.txt")


@nox.session
def release(session: nox.Session) -> None:
    """Tests and builds what a tag names into dist/: nox -s release -- vibepiper-core-v1.2.0."""
    name, _, version = session.posargs[0].rpartition("-v")
    declared = project(DISTRIBUTIONS[name])["version"]
    if version != declared:
        session.error(f"the tag says {version}, {name}'s pyproject.toml says {declared}")
    isolate(session, name, HERE)
    session.run(UV, "build", "--package", name, "--out-dir", "dist")


@nox.session
def generate(session: nox.Session) -> None:
    """Writes anew what is made from the plugins' declarations: core's table of components."""
    sync(session, "--all-packages")
    run(session, "python", "-m", "tools.known_components")


@nox.session
def changelog(session: nox.Session) -> None:
    """Folds a distribution's fragments into its CHANGELOG.md: nox -s changelog -- NAME."""
    path = DISTRIBUTIONS[session.posargs[0]]
    version = project(path)["version"]
    run_tool = [UV, "tool", "run", "towncrier", "build", "--config", "towncrier.toml"]
    session.run(*run_tool, "--dir", str(path), "--version", str(version), *session.posargs[1:])


def isolate(session: nox.Session, distribution: str, version: str) -> None:
    """Tests a wheel in an environment of its own. ``--import-mode=importlib`` and the src
    layout keep the source out of reach."""
    path = DISTRIBUTIONS[distribution]
    built = build()
    wanted = [str(built[name]) for name in sorted(requirements(distribution, test=True))]
    groups = ["--group", "pyproject.toml:test"]
    if "dev" in toml(path).get("dependency-groups", {}):
        groups += ["--group", f"{path.relative_to(ROOT)}/pyproject.toml:dev"]
    name = f"{version}-{distribution}"
    venv = environment(session, name, version, *wanted, *groups)
    session.run(str(venv / "python"), "-m", "pytest", "-q", f"{path.relative_to(ROOT)}/tests")


def environment(session: nox.Session, name: str, version: str, *wanted: str) -> Path:
    """A fresh environment with the pinned versions of ``wanted``; returns its bin folder."""
    folder = ROOT / ".nox" / name
    session.run(UV, "venv", "--quiet", "--clear", "--python", interpreter(version), str(folder))
    pinned = ["--quiet", "--no-sources", "--constraints", "constraints.txt"]
    session.run(UV, "pip", "install", *pinned, "--python", str(folder / "bin" / "python"), *wanted)
    return folder / "bin"


@cache
def interpreter(version: str) -> str:
    """Where a Python lies. pyenv's shims answer for versions they will not run, so its own
    folders are searched before PATH. Raises when there is none, which fails the session."""
    if version == HERE:
        return sys.executable
    root = os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))
    found = sorted(glob.glob(f"{root}/versions/{version}.*/bin/python"))
    return found[-1] if found else version


@cache
def build() -> dict[str, Path]:
    """Builds every distribution's sdist and, from it, its wheel; once a nox run."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    for name in DISTRIBUTIONS:
        command = [UV, "build", "--quiet", "--package", name, "--out-dir", str(WHEELS)]
        subprocess.run(command, check=True, cwd=ROOT)
    return {name: next(WHEELS.glob(f"{name.replace('-', '_')}-*.whl")) for name in DISTRIBUTIONS}


def modules(path: Path) -> list[str]:
    """The import packages of a distribution."""
    return sorted(entry.parent.name for entry in path.glob("src/*/__init__.py"))


@cache
def toml(path: Path) -> dict[str, dict[str, object]]:
    return tomllib.loads((path / "pyproject.toml").read_text())


def project(path: Path) -> dict[str, object]:
    return toml(path)["project"]


def requirements(distribution: str, *, test: bool = False) -> set[str]:
    """The workspace's distributions that one needs, itself among them."""
    declared = toml(DISTRIBUTIONS[distribution])
    lines = list(declared["project"].get("dependencies", []))
    if test:
        lines += declared.get("dependency-groups", {}).get("dev", [])
    direct = {re.split(r"[^\w-]", line)[0] for line in lines} & DISTRIBUTIONS.keys()
    return {distribution}.union(*(requirements(name) for name in direct))


@cache
def affected() -> list[str]:
    """What differs from `base`, and what depends on it. A change of a shared file, or a base that
    is not to be had (a shallow clone), affects everything."""
    since = base()
    files = git("diff", "--name-only", since) + git("ls-files", "--others", "--exclude-standard")
    if not git("rev-parse", "--verify", f"{since}^{{commit}}") or set(files) & set(SHARED):
        return list(DISTRIBUTIONS)
    touched = {file.split("/")[1] for file in files if file.startswith(("packages/", "plugins/"))}
    return [name for name in DISTRIBUTIONS if touched & requirements(name, test=True)]


def base() -> str:
    """$VIBEPIPER_BASE, else where the branch left origin/main, else the commit before."""
    if given := os.environ.get("VIBEPIPER_BASE"):
        return given
    common = git("merge-base", "HEAD", "origin/main")
    return "HEAD~1" if common in ([], git("rev-parse", "HEAD")) else common[0]


def git(*arguments: str) -> list[str]:
    """A git command's lines; none when it fails."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else []
