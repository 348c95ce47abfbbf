"""How long the command line takes to answer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from vibepiper_testing import PluginSite

from benchmarks.measure import Measure, Side, compare
from tools.broken_plugins import install_plugins

SCRIPTS = Path(sys.executable).parent
PROJECT = '[project]\nname = "wide"\nmodules = ["wide.py"]\n'


def measure() -> list[Measure]:
    with TemporaryDirectory() as folder:
        _write_project(Path(folder), assets=1000)
        sides = {
            "python -c pass": _command(folder, sys.executable, "-c", "pass"),
            "vibepiper --help": _command(folder, SCRIPTS / "vibepiper", "--help"),
            "vibepiper --help, 25 more plugins, 10 of them broken": _command(
                folder, SCRIPTS / "vibepiper", "--help", PYTHONPATH=_plugins(Path(folder))
            ),
            "vibepiper list, 1,000 assets": _command(folder, SCRIPTS / "vibepiper", "list"),
            "vibepiper plan, 1,000 assets": _command(folder, SCRIPTS / "vibepiper", "plan"),
        }
        budget = "--help under 150 ms; list and plan under 500 ms"
        return [compare("start-up", sides, budget=budget, repeats=9)]


def _write_project(folder: Path, *, assets: int) -> None:
    lines = ["from vibepiper import asset", "@asset", "def a0(): return 0"]
    for number in range(1, assets):
        lines += ["@asset", f"def a{number}(a{number // 2}): return {number}"]
    (folder / "wide.py").write_text("\n".join(lines))
    (folder / "vibepiper.toml").write_text(PROJECT)


def _plugins(folder: Path) -> str:
    site = folder / "site"
    site.mkdir()
    install_plugins(PluginSite(site))
    return str(site)


def _command(folder: str, *arguments: str | Path, **variables: str) -> Side:
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**kept, **variables}
    return lambda: subprocess.run(
        arguments, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
    )
