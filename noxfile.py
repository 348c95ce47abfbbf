"""What the project checks, and how: ``nox --list``. CONTRIBUTING.md says when to run which.

Distributions are found by globbing: a new folder in packages/ or plugins/ is checked by every
session with no edit here.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))  # nox's own script does not

from tools.workspace import (
    DISTRIBUTIONS,
    PACKAGES,
    PLUGINS,
    PYTHONS,
    ROOT,
    SHORT,
    affected_since,
    base,
    last_release,
    modules,
    name_of,
    outside_requirements,
    pyproject,
    requirements,
    test_extra,
    test_group,
    tested_with,
)

VENV = ROOT / ".venv"
SCRATCH = ROOT / ".nox"
WHEELS = SCRATCH / "dist"
EXAMPLE = ROOT / "examples" / "third-party-plugin"
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
TEMPLATES = DISTRIBUTIONS["vibepiper-core"] / "src" / "vibepiper" / "scaffold" / "files"
KINDS = sorted(path.name for path in TEMPLATES.iterdir() if path.name != "common")
TESTED: set[str] = set()
"""The distributions whose tests `affected` has run in this call of nox."""
IMPORT_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
    importlib.import_module(module.name)
"""

# The uv beside this nox, not whichever comes first on PATH.
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
os.environ.update(UV_COMPILE_BYTECODE="1", UV_PYTHON_DOWNLOADS="never", NO_MKDOCS_2_WARNING="1")
for name in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
    os.environ.pop(name, None)

nox.needs_version = ">=2025.11.12"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "imports", "deps", "docs", "affected", "workspace"]


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
    run(session, "mypy", "tests/typing", "tools")
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
def workspace(session: nox.Session) -> None:
    """Every test, against the whole workspace in one environment. Arguments go to pytest.

    Beside `affected` in one call of nox: those that it has not run. A process for each core, and
    a file's tests in one process, for they share servers."""
    sync(session, "--all-packages")
    ran = [f"--ignore={DISTRIBUTIONS[name]}/tests" for name in sorted(TESTED)]
    run(session, "pytest", "--numprocesses=auto", "--dist=loadfile", *ran, *session.posargs)


@nox.session
def long(session: nox.Session) -> None:
    """The tests marked `long`: big files, big tables, memory limits. Not those of `survival`."""
    sync(session, "--all-packages")
    run(session, "pytest", "-m", "long", "--ignore=tests/survival", *session.posargs)


@nox.session
def survival(session: nox.Session) -> None:
    """Two hundred runs killed at random instants, and what else may befall a run."""
    sync(session, "--all-packages")
    run(session, "pytest", "tests/survival", "-m", "long or not long", "-s", *session.posargs)


@nox.session
@nox.parametrize("python", PYTHONS)
@nox.parametrize("plugin", list(SHORT))
def tests(session: nox.Session, plugin: str, python: str) -> None:
    """One distribution's tests, with its wheel and nothing it does not declare, on one Python."""
    skip_unaffected(session, SHORT[plugin])
    check_wheel(session, SHORT[plugin], python)


@nox.session
@nox.parametrize("plugin", list(SHORT))
def isolated(session: nox.Session, plugin: str) -> None:
    """One wheel, built from its sdist, alone with what it requires, and no source: it starts."""
    skip_unaffected(session, SHORT[plugin])
    start_wheel(session, SHORT[plugin])


@nox.session
@nox.parametrize("plugin", list(SHORT))
def lowest(session: nox.Session, plugin: str) -> None:
    """One distribution's tests, with the oldest version of everything that it requires."""
    skip_unaffected(session, SHORT[plugin])
    check_wheel(session, SHORT[plugin], PYTHONS[0], oldest=True)


@nox.session
def affected(session: nox.Session) -> None:
    """`isolated` and `tests` of what differs from $VIBEPIPER_BASE; `-- --list` only names it."""
    for distribution, reason in affected_since(base()).items():
        session.log(f"{distribution}: {reason}")
        if "--list" not in session.posargs:
            start_wheel(session, distribution)
            check_wheel(session, distribution, HERE)
            TESTED.add(distribution)


@nox.session
def downstream(session: nox.Session) -> None:
    """A third party's plugin, and each plugin's last release, against today's wheels."""
    check_outsider(session, EXAMPLE)
    for plugin in PLUGINS:
        if tag := last_release(plugin):
            check_outsider(session, checkout(tag, plugin))
        else:
            session.log(f"{plugin}: has no release to test against today's core")


@nox.session
@nox.parametrize("kind", KINDS)
def scaffold(session: nox.Session, kind: str) -> None:
    """A stranger's first minute: `plugins new`, `pip install -e`, and tests that pass."""
    venv = environment(session, f"scaffold-{kind}", HERE)
    install(session, venv, *wheels(DISTRIBUTIONS["vibepiper-testing"]))
    folder = fresh(SCRATCH / "scaffold" / kind)
    command = ["plugins", "new", "vibepiper-acme", "--kind", kind, "--into", str(folder)]
    session.run(str(venv / "vibepiper"), *command)
    plugin = folder / "vibepiper-acme"
    install(session, venv, "--editable", f"{plugin}[dev]", *wheels(plugin, test=True))
    with session.chdir(plugin):
        session.run(str(venv / "pytest"), "-q")
        session.run(str(venv / "mypy"), "src")
        session.run(str(venv / "ruff"), "check")
        session.run(str(venv / "ruff"), "format", "--check")


@nox.session
def demo(session: nox.Session) -> None:
    """Runs the main example, and writes the page of its quality unless arguments say what to run.
    It removes nothing of .venv, so `workspace` need not redo it."""
    sync(session, "--inexact", "--no-default-groups", "--package", "nyc-flights")
    page = ["--by", "month", "--output", "data/quality.html"]
    with session.chdir("examples/nyc_flights"):
        run(session, "vibepiper", "run", *session.posargs)
        if not session.posargs:
            run(session, "vibepiper", "quality", "page", "flights", "weather", *page)


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
    declared = pyproject(DISTRIBUTIONS[name])["project"]["version"]
    if version != declared:
        session.error(f"the tag says {version}, {name}'s pyproject.toml says {declared}")
    start_wheel(session, name)
    check_wheel(session, name, HERE)
    session.run(UV, "build", "--package", name, "--out-dir", "dist")


@nox.session
def generate(session: nox.Session) -> None:
    """Writes anew what is made: core's table of components, the plugins' READMEs, the dialects."""
    sync(session, "--all-packages")
    run(session, "python", "-m", "tools.known_components")
    run(session, "python", "-m", "tools.dialects")
    run(session, "python", "-m", "tools.readmes")


@nox.session
def changelog(session: nox.Session) -> None:
    """Folds a distribution's fragments into its CHANGELOG.md: nox -s changelog -- NAME."""
    path = DISTRIBUTIONS[session.posargs[0]]
    version = pyproject(path)["project"]["version"]
    run_tool = [UV, "tool", "run", "towncrier", "build", "--config", "towncrier.toml"]
    session.run(*run_tool, "--dir", str(path), "--version", str(version), *session.posargs[1:])


def skip_unaffected(session: nox.Session, distribution: str) -> None:
    if "--affected" in session.posargs and distribution not in affected_since(base()):
        session.skip(f"{distribution} is not affected")


def start_wheel(session: nox.Session, distribution: str) -> None:
    """Imports every module of a wheel, and has the plugin host examine what is installed."""
    venv = environment(session, f"isolated-{distribution}", HERE)
    install(session, venv, *wheels(DISTRIBUTIONS[distribution]), "--constraints=constraints.txt")
    with session.chdir(session.create_tmp()):
        for module in modules(DISTRIBUTIONS[distribution]):
            session.run(str(venv / "python"), "-c", IMPORT_ALL, module)
        session.run(str(venv / "vibepiper"), "plugins", "doctor")


def check_wheel(
    session: nox.Session, distribution: str, python: str, *, oldest: bool = False
) -> None:
    """Runs a wheel's tests on a copy of them that has no source beside it."""
    name = f"{'lowest' if oldest else python}-{distribution}"
    path = DISTRIBUTIONS[distribution]
    venv = environment(session, name, python)
    chosen = lowest_direct(path, venv) if oldest else ["--constraints=constraints.txt"]
    install(session, venv, *wheels(path, test=True), *test_groups(path), *chosen)
    tests_of(session, venv, path)


def test_groups(path: Path) -> list[str]:
    """Options that install what the tests in ``path`` import."""
    shared = f"--group={ROOT}/pyproject.toml:test"
    own = test_group(path)
    return [shared, f"--group={path}/pyproject.toml:{own}"] if own else [shared]


def lowest_direct(path: Path, venv: Path) -> list[str]:
    """The oldest of what the distributions under test require; of what only their tests import,
    the pinned versions, which say nothing about a user's environment."""
    required = outside_requirements(path)
    tests_only = {name_of(line) for line in tested_with(path)} - {name_of(r) for r in required}
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    # To uv only what it is given is direct: what the wheels require is therefore given as well.
    direct, constraints = venv.parent / "direct.txt", venv.parent / "constraints.txt"
    direct.write_text("\n".join(required))
    constraints.write_text("\n".join(pin for pin in pins if name_of(pin) in tests_only))
    return [
        "--resolution=lowest-direct",
        f"--requirements={direct}",
        f"--constraints={constraints}",
    ]


def check_outsider(session: nox.Session, path: Path) -> None:
    """Builds a plugin that is not of this workspace and tests it with today's wheels."""
    copy = fresh(SCRATCH / "outside" / path.name)
    shutil.copytree(path, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "dist"))
    session.run(UV, "build", "--quiet", "--wheel", "--out-dir", str(copy / "dist"), str(copy))
    wheel = next((copy / "dist").glob("*.whl"))
    venv = environment(session, f"downstream-{path.name}", HERE)
    extra = "[test]" if test_extra(copy) else ""
    needed = [f"{wheel}{extra}", *wheels(copy, test=True), "--constraints=constraints.txt"]
    install(session, venv, *needed, *test_groups(copy))
    session.run(str(venv / "vibepiper"), "plugins", "doctor")
    tests_of(session, venv, copy)


def checkout(tag: str, distribution: str) -> Path:
    """A distribution as a release had it."""
    folder = fresh(SCRATCH / "releases" / tag)
    where = DISTRIBUTIONS[distribution].relative_to(ROOT)
    archive = folder.with_suffix(".tar")
    command = ["git", "archive", f"--output={archive}", f"{tag}:{where}"]
    subprocess.run(command, check=True, cwd=ROOT)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


def tests_of(session: nox.Session, venv: Path, path: Path) -> None:
    """Runs a copy of the tests in ``path``, with its settings of pytest, else the workspace's."""
    copy = fresh(SCRATCH / "tests" / venv.parent.name)
    shutil.copytree(path / "tests", copy / "tests")
    settings = path if "pytest" in pyproject(path).get("tool", {}) else ROOT
    shutil.copy(settings / "pyproject.toml", copy)
    with session.chdir(copy):
        session.run(str(venv / "python"), "-m", "pytest", "-q", "tests")


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def environment(session: nox.Session, name: str, python: str) -> Path:
    """A fresh, empty environment; returns its bin folder."""
    folder = SCRATCH / name
    session.run(UV, "venv", "--quiet", "--clear", "--python", interpreter(python), str(folder))
    return folder / "bin"


def install(session: nox.Session, venv: Path, *what: str) -> None:
    """Installs into an environment, by what wheels say of themselves."""
    into = ["--quiet", "--no-sources", "--python", str(venv / "python")]
    session.run(UV, "pip", "install", *into, *what)


def wheels(path: Path, *, test: bool = False) -> list[str]:
    """Today's wheels of what the distribution in ``path`` needs; its own too, if it is ours."""
    built = build()
    return [str(built[name]) for name in sorted(requirements(path, test=test))]


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
