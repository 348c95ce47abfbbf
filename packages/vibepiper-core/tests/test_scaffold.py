"""A written plugin is green with nothing edited, and red with one defect planted in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from vibepiper.errors import StoreError, UsageError
from vibepiper.scaffold import KINDS, new_plugin

DEFECTS = {
    "io_manager": (
        "io_manager.py",
        "self._path(ref).unlink(missing_ok=True)",
        "pass",
        "discarded_data_is_gone",
        "Discarded data is gone, cannot be published, and what was published stays.",
    ),
    "analyzer": (
        "analyzer.py",
        'upstream.key, name, "identity"',
        'name, upstream.key, "identity"',
        "sources_are_columns",
        "What columns are made of, and what code names, are columns of the upstreams given.",
    ),
    "database": (
        "connector.py",
        "cursor.close()  # rolls back",
        "cursor.commit()",
        "transaction_that_raises",
        "When a transaction's block raises, nothing of it remains.",
    ),
    "file_format": (
        "file_format.py",
        "missing_ok=True)\n        return rows",
        "missing_ok=True)\n        return 0",
        "writing_tells_its_rows",
        "`write` returns the rows that it wrote, and leaves one file.",
    ),
    "validator": (
        "validator.py",
        "table[check.column].null_count",
        "min(1, table[check.column].null_count)",
        "bad_data_fails",
        "Data that breaks a check fails it, with the number of rows that do.",
    ),
    "executor": (
        "executor.py",
        "call, links)\n",
        "call)\n",
        "a_run_that_lost_its_lease",
        "A step asks its coordinator before it publishes, and does not where that raises.",
    ),
    "expectation_pack": (
        "checks.py",
        "^[A-Z]{2}",
        "^[A-Za-z]{2}",
        "what_fails",
        "A check finds the rows that break it when each is looked at by itself: those, and no "
        "others.",
    ),
    "input": (
        "input.py",
        "read_all()",
        "read_all().slice(0, 3)",
        "many_chunks",
        "A table that is stored in pieces arrives whole, in order.",
    ),
}


def installed(folder: Path) -> Path:
    """The plugin's metadata beside its source, as an editable install has it."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    info = folder / "src" / "acme-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1\n"
    )
    lines = [f"{name} = {where}" for name, where in project["entry-points"]["vibepiper"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[vibepiper]", *lines]))
    return folder


def run_tests(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_kind_of_component_has_a_template():
    from typing import get_args

    from vibepiper.component import Kind

    assert KINDS == tuple(sorted(get_args(Kind))) == tuple(sorted(DEFECTS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_written_plugin_keeps_its_promises(tmp_path, kind):
    folder = installed(new_plugin("vibepiper-acme", kind, tmp_path))
    done = run_tests(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_defect_is_told_by_the_promise_it_breaks(tmp_path, kind):
    file, sound, defect, test, promise = DEFECTS[kind]
    folder = installed(new_plugin("vibepiper-acme", kind, tmp_path))
    source = folder / "src" / "vibepiper_acme" / file
    assert source.read_text().count(sound) == 1
    source.write_text(source.read_text().replace(sound, defect))
    done = run_tests(folder, "-k", test)
    assert done.returncode == 1
    assert f"broken promise: {promise}" in done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_offers_it(tmp_path, project, kind):
    folder = installed(new_plugin("acme-pipes", kind, tmp_path))
    project.environment["PYTHONPATH"] = str(folder / "src")
    (row,) = [p for p in project.json("plugins") if p["distribution"] == "acme-pipes"]
    assert (row["state"], row["problem"]) == ("ok", None)


def test_no_more_than_core_is_imported_at_the_start(tmp_path):
    for kind in KINDS:
        folder = new_plugin("vibepiper-acme", kind, tmp_path / kind)
        code = "import sys, vibepiper_acme.plugin; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(folder / "src")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert not {"pyarrow", "duckdb", "pydantic"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("acme", "io_manger", r"no kind 'io_manger'\n  Did you mean 'io_manager'"),
        ("-acme", "input", "'-acme' is no name of a distribution"),
        ("a/b", "input", "'a/b' is no name of a distribution"),
        ("", "input", "'' is no name"),
        ("json", "input", "the package 'json' exists here already"),
        ("VibePiper", "input", "the package 'vibepiper' exists here already"),
        ("3d", "input", "'3d' cannot be imported"),
        ("class", "input", "'class' cannot be imported"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, name, kind, message):
    with pytest.raises(UsageError, match=message):
        new_plugin(name, kind, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    folder = new_plugin("Acme_Pipes", "input", tmp_path)
    (folder / "README.md").write_text("mine")
    with pytest.raises(UsageError, match="acme-pipes exists"):
        new_plugin("acme.pipes", "validator", tmp_path)
    assert (folder / "README.md").read_text() == "mine"


def test_a_disk_that_refuses_is_left_as_it_was(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        new_plugin("acme", "input", tmp_path / "file" / "below")


def test_the_command_says_what_to_do_next(project):
    done = project.cli("plugins", "new", "acme-pipes", "--kind", "input", "--into", "out")
    assert done.returncode == 0
    assert "out/acme-pipes/src/acme_pipes/input.py" in done.stdout
    assert done.stdout.rstrip().endswith("cd out/acme-pipes && pip install -e '.[test]' && pytest")
    document = project.json("plugins", "new", "other", "-k", "input")
    assert (document["folder"], document["kind"]) == ("other", "input")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_clean(tmp_path, kind):
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    folder = new_plugin("vibepiper-acme", kind, tmp_path)
    for command in (["check", "--no-cache"], ["format", "--check", "--no-cache"]):
        done = subprocess.run(
            [ruff, *command, str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
