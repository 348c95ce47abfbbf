"""What commands print, and the public face."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import pytest
import typer
import vibepiper
from vibepiper.cli.app import app
from vibepiper.cli.group import called_alone
from vibepiper.cli.output import jsonable

VALUES = """
import datetime as d
import math
from decimal import Decimal

@asset
def values():
    '''Values of many types.

    The second paragraph.'''
    return [{
        "nan": math.nan, "decimal": Decimal("1.20"), "bytes": b"\\xff", "big": 2**62,
        "at": d.datetime(2020, 1, 2, tzinfo=d.UTC), "day": d.date(2020, 1, 2), "none": None,
        "wide": "日本語", "nested": {"a": [1]},
    }]
"""


def test_show_as_json(shelf):
    shelf.write(VALUES).cli("run")
    shown = shelf.json("show", "values")
    assert shown["first_rows"] == [
        {
            "nan": None,
            "decimal": "1.20",
            "bytes": "/w==",
            "big": 2**62,
            "at": "2020-01-02T00:00:00+00:00",
            "day": "2020-01-02",
            "none": None,
            "wide": "日本語",
            "nested": {"a": [1]},
        }
    ]
    assert shown["rows"] == 1
    assert shown["schema"][1] == {"name": "decimal", "type": "decimal128(3, 2)", "nullable": True}


def test_show_as_text_aligns_wide_characters_and_cuts_nothing(shelf):
    shelf.write("@asset\ndef a(): return [{'x': '日本', 'y': 'one'}, {'x': 'ab', 'y': 'z' * 300}]")
    shelf.cli("run")
    *_, header, first, second = shelf.cli("show", "a").stdout.splitlines()
    assert (header, first, second) == ("x     y", "日本  one", "ab    " + "z" * 300)


def test_of_a_wide_table_a_terminal_is_shown_as_many_columns_as_can_be_read(shelf, monkeypatch):
    names = [f"column_{number:02}" for number in range(20)]
    shelf.write(f"@asset\ndef a(): return [dict.fromkeys({names}, 'some words of text')]").cli(
        "run"
    )
    assert shelf.cli("show", "a").stdout.splitlines()[-2].split() == names
    for variable, value in {"TTY_COMPATIBLE": "1", "NO_COLOR": "1", "COLUMNS": "80"}.items():
        monkeypatch.setenv(variable, value)
    shown = shelf.cli("show", "a").stdout
    assert "of text" in shown
    assert "some words" in shown
    assert f"... 13 more columns: {', '.join(names[7:])}" in shown
    head = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert re.search(r" +".join(names[:7]), head)


def test_letters_that_the_output_does_not_have_are_escaped(shelf, monkeypatch):
    shelf.write("@asset\ndef a(): return [{'名前': 'é😀'}]").cli("run")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    assert "\\u540d\\u524d" in shelf.cli("show", "a").stdout
    assert shelf.json("show", "a")["first_rows"] == [{"名前": "é😀"}]


@pytest.mark.parametrize("command", ["run", "plan", "validate", "list"])
def test_an_asset_that_is_named_without_select_is_refused_with_that_hint(project, command):
    done = project.write("@asset\ndef a(): return 1").cli(command, "a", "b")
    assert done.returncode == 2
    assert f"`vibepiper {command}` takes options only, found 'a b'" in done.stderr
    assert "--select a --select b" in done.stderr


def test_show_of_no_rows(shelf):
    shelf.write(
        "import pyarrow as pa\n@asset\ndef a(): return pa.table({'n': pa.array([], pa.int8())})"
    )
    shelf.cli("run")
    for arguments in (("show", "a"), ("show", "a", "--rows", "0")):
        assert shelf.json(*arguments)["first_rows"] == []
        assert shelf.cli(*arguments).stdout.splitlines()[-4:] == [
            "column  type",
            "n       int8",
            "",
            "n",
        ]


def test_show_of_a_wrong_name_gives_the_nearest(project):
    done = project.write("@asset\ndef orders(): return 1").cli("show", "order")
    assert done.returncode == 2
    assert "there is no asset 'order'\n  Did you mean 'orders'?" in done.stderr


def test_show_of_what_memory_forgot(project):
    project.write("@asset\ndef a(): return 1").cli("run")
    error = project.json("show", "a")["error"]
    assert error["type"] == "NotMaterialized"
    assert '[io_managers.default] use = "files"' in error["hint"]


def test_show_of_what_is_gone_says_what_makes_it(shelf):
    config = shelf.config + "[environments.prod]\n"
    shelf.write("@asset\ndef a(): return [{'n': 1}]", config).cli("run", "--env", "prod")
    (shelf.root / "shelf" / "a.arrow").unlink()
    hint = shelf.json("show", "a", "--env", "prod")["error"]["hint"]
    assert hint == "Make it: vibepiper run --env prod --select +a"


SHOUTING = """
print("at import")
@asset
def a():
    print("while it runs")
    return [{"n": 1}]
"""


def test_json_is_the_only_thing_on_standard_output(shelf):
    """Also where the user's code prints."""
    shelf.write(SHOUTING)
    for command in ("list", "plan", "run", "show a", "runs", "plugins"):
        done = shelf.cli(*command.split(), "--json")
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("list --select x", "SelectionError"),
        ("plan --select x", "SelectionError"),
        ("run --env x", "ConfigError"),
        ("show x", "UnknownUpstream"),
        ("runs x", "StateError"),
        ("plugins --wrong", "UsageError"),
        ("run --jobs 0", "UsageError"),
    ],
)
def test_an_error_is_one_json_document_too(project, command, kind):
    project.write("@asset\ndef a(): return 1")
    done = project.cli(*command.split(), "--json")
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["type"] == kind
    assert error["message"].splitlines()[0] in done.stderr


@pytest.mark.parametrize("arguments", [("lst",), ("run", "--jbos", "1"), ("run", "--jobs", "x")])
def test_wrong_usage_exits_with_2(project, arguments):
    assert project.cli(*arguments).returncode == 2


def test_a_plan_runs_nothing(shelf):
    shelf.write("@asset(tags=['t'])\ndef a(): return [{'n': 1}]\n@asset\ndef b(a): return a")
    planned = shelf.json("plan")
    assert [(s["asset"], s["upstream"], s["reason"]) for s in planned["steps"]] == [
        ("a", [], "never made"),
        ("b", ["a"], "never made"),
    ]
    assert not (shelf.root / "shelf").exists()


@pytest.mark.parametrize(("told", "found"), [(None, "1"), ("3", "3")])
@pytest.mark.parametrize("command", ["list", "plan", "validate"])
def test_to_look_at_a_project_starts_no_threads_for_matrices(
    project, monkeypatch, command, told, found
):
    name = "OPENBLAS_NUM_THREADS"
    monkeypatch.delenv(name, raising=False) if told is None else monkeypatch.setenv(name, told)
    project.write(f"import os\nprint('threads', os.environ[{name!r}])\n@asset\ndef a(): ...")
    assert f"threads {found}\n" in project.cli(command).stderr
    assert os.environ.get(name) == told


def test_list_as_text_and_json(project):
    project.write(VALUES)
    assert "values  default  python" in project.cli("list").stdout
    (row,) = project.json("list")
    assert (row["asset"], row["checks"], row["upstream"]) == ("values", [], [])
    assert row["location"].endswith("pipeline.py:7")


def test_progress_and_failures_go_to_standard_error(project):
    done = project.write("@asset\ndef a(): return [{'n': 1}]\n@asset\ndef b(): 1/0").cli("run")
    assert done.returncode == 1
    assert done.stdout.count("\n") == 1
    assert "1 succeeded, 1 failed" in done.stdout
    assert "a  succeeded             1 rows" in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_jsonable_knows_what_json_does_not():
    value = {1: {Decimal("0.1")}, "d": timedelta(minutes=1), "i": float("inf"), "t": (None, True)}
    assert jsonable(value) == {"1": ["0.1"], "d": 60.0, "i": None, "t": [None, True]}


def imported_by(code):
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


HEAVY = {"pyarrow", "pydantic", "sqlalchemy", "duckdb", "polars", "pandas", "yaml"}


def test_import_is_cheap():
    assert not imported_by("import vibepiper") & HEAVY


HELP = """
import sys
sys.argv[1:] = ["--help"]
from vibepiper.cli import main
try: main()
except SystemExit: pass
"""


def test_help_is_cheap():
    found = imported_by(HELP)
    assert "typer" in found
    assert not found & HEAVY


def test_all_is_sorted_and_every_name_is_there():
    assert list(vibepiper.__all__) == sorted(vibepiper.__all__)
    for name in vibepiper.__all__:
        assert getattr(vibepiper, name).__module__.startswith("vibepiper.") or name == "hookimpl"
    with pytest.raises(AttributeError, match=r"no attribute 'nothing'"):
        vibepiper.nothing  # noqa: B018


def test_all_is_exact():
    """What is public is a promise: a change here is one of the changelog too."""
    assert vibepiper.__all__ == [
        *("Analyzer", "Asset", "AssetContext", "AssetGraph", "AssetOptions", "AssetRef"),
        *("Change", "ChangeIOManager", "Check", "CheckContext", "CheckResult", "Column"),
        *("ColumnLineage", "Committed", "Component", "ComponentContext", "ComponentSpec"),
        *("Cursor", "DatabaseConnector", "DatabaseTransaction", "ErrorStrategy", "Executor"),
        *("FileFormat", "IOManager", "Incremental", "Lineage", "MaterializationStrategy", "Plan"),
        *("PluginHost", "Project", "QueryIOManager", "Retry", "RunResult", "Session", "Slice"),
        *("StagingIOManager", "StateStore", "StepResult", "Stored", "StoredVersion", "Validator"),
        *("VersionedIOManager", "VibePiperError", "analyze_project", "asset", "hookimpl"),
        *("incremental", "load_project", "make_asset", "make_plan", "run_plan"),
        *("validate_project", "with_checks"),
    ]


@pytest.mark.parametrize("called", ["plan", "why-not", "list", "state"])
def test_a_command_is_built_without_the_others(called):
    command = typer.main.get_command(called_alone(app, [called, "--help"]))
    assert list(command.commands) == [called]
    assert len(typer.main.get_command(app).commands) > 10


@pytest.mark.parametrize("arguments", [[], ["--help"], ["pln"], ["--plugin", "plan"]])
def test_all_commands_are_built_where_none_is_called(arguments):
    assert called_alone(app, arguments) is app
