"""Columns followed through SQL, and a project looked into before it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlglot
from sqlglot.lineage import lineage
from vibepiper_testing.sql_models import SqlModel, sql_models
from vibepiper_transform.lineage.walk import column_dependencies

from benchmarks.measure import Measure, compare

COLUMNS = 15
PROGRAM = Path(sys.executable).parent / "vibepiper"
PROJECT = '[project]\nname = "models"\nmodules = ["models.py"]\n'
HEAD = """
import pyarrow as pa
from vibepiper import Column, asset
from vibepiper_transform import sql_asset

COLUMNS = {f"c{n}": Column(pa.int64()) for n in range(%d)}
"""


def measure() -> list[Measure]:
    return [_followed(sql_models(200, columns=COLUMNS)), *_validated()]


def _followed(models: list[SqlModel]) -> Measure:
    names = [f"c{n}" for n in range(COLUMNS)]
    return compare(
        f"lineage of {len(models)} models x {COLUMNS} columns",
        {
            "sqlglot.lineage, of every tenth model, times ten": lambda: [
                _by_sqlglot(model, names) for model in models[::10]
            ],
            "parsed and followed": lambda: [_own(model, names) for model in models],
        },
        budget="under 3 s",
        repeats=3,
    ).scaled("sqlglot.lineage, of every tenth model, times ten", 10)


def _own(model: SqlModel, names: list[str]) -> object:
    tree = sqlglot.parse_one(model.sql, dialect="duckdb")
    return column_dependencies(tree, dict.fromkeys(model.inputs, names))  # type: ignore[arg-type]


def _by_sqlglot(model: SqlModel, names: list[str]) -> object:
    schema = dict.fromkeys(model.inputs, dict.fromkeys(names, "BIGINT"))
    return [lineage(name, model.sql, schema=schema, dialect="duckdb") for name in names]


def _validated() -> list[Measure]:
    found = []
    for columns in (5, COLUMNS):
        with TemporaryDirectory() as name:
            folder = Path(name)
            _write(folder, columns)
            cache = folder / ".vibepiper" / "analysis.cache"
            sides = {
                "list": _command(folder, "list"),
                "validate, cold": _command(folder, "validate", without=cache),
                "validate, nothing changed": _command(folder, "validate"),
                "plan, nothing changed": _command(folder, "plan"),
            }
            question = f"1,000 SQL assets of {columns} columns"
            budget = "validate under 5 s cold, under 1 s with nothing changed"
            found.append(compare(question, sides, budget=budget, repeats=3))
    return found


def _write(folder: Path, columns: int) -> None:
    lines = [HEAD % columns]
    for number in range(10):
        lines.append(f"@asset(columns=COLUMNS)\ndef s{number}(): ...\n")
    for model in sql_models(1000, columns=columns):
        sql = model.sql
        for name in model.inputs:
            sql = re.sub(rf"\b{name}\b", f"{{{{ {name} }}}}", sql)
        lines.append(f'@sql_asset\ndef {model.name}():\n    return """{sql}"""\n')
    (folder / "models.py").write_text("\n".join(lines))
    (folder / "vibepiper.toml").write_text(PROJECT)


def _command(folder: Path, *arguments: str, without: Path | None = None) -> Callable[[], object]:
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run() -> object:
        if without is not None:
            without.unlink(missing_ok=True)
        return subprocess.run(
            [PROGRAM, *arguments], cwd=folder, env=kept, check=True, stdout=subprocess.DEVNULL
        )

    return run
