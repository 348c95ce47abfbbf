"""Runs: what is stored, what fails, what is skipped and what the user is told."""

import pytest
from vibepiper import PluginHost
from vibepiper.errors import (
    ConfigError,
    DefinitionError,
    MissingCapability,
    MissingUpstreamData,
    ParameterError,
    UnknownComponent,
)

DIAMOND = """
@asset
def top(): return [{"n": 1}]
@asset
def left(top): raise ValueError("no left")
@asset
def right(top): return top
@asset
def bottom(left, right): return right
@asset
def after(bottom): return bottom
@asset
def apart(): return {"any": "object"}
"""


def statuses(result):
    return {step.asset: (step.status, step.reason) for step in result.steps}


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_failure_stops_only_what_hangs_below_it(project, jobs):
    result = project.write(DIAMOND).run(jobs=jobs)
    found = statuses(result)
    assert result.status == "failed"
    assert {key: status for key, (status, _) in found.items()} == {
        "top": "succeeded",
        "left": "failed",
        "right": "succeeded",
        "bottom": "skipped",
        "after": "skipped",
        "apart": "succeeded",
    }
    assert found["bottom"][1] == "upstream 'left' failed"
    assert found["after"][1] == "upstream 'bottom' was skipped"
    assert [step.asset for step in result.steps] == [s.asset.key for s in project.plan().steps]


def failure(result, asset):
    return next(step.failure for step in result.steps if step.asset == asset)


def test_the_users_traceback_begins_with_the_users_code(project):
    project.write("""
        from other import helper
        @asset
        def a():
            try:
                helper()
            except KeyError as error:
                raise ValueError("bad") from error
    """)
    project.add("other.py", "def helper():\n    {}['lost']\n")
    told = failure(project.run(), "a")
    assert "in helper" in told.traceback
    assert "direct cause" in told.traceback
    assert "step.py" not in told.traceback
    assert told.message.startswith("asset 'a' raised ValueError: bad (")
    assert told.message.endswith("pipeline.py:9)")


def test_the_place_is_the_projects_last_line_not_a_librarys(project):
    project.write("import json\n@asset\ndef a():\n    return json.loads('{')")
    assert "pipeline.py:5)" in failure(project.run(), "a").message


GENERATOR = """
@asset
def a():
    yield {"n": 1}
    yield from inner()

def inner():
    for n in range(20_000):
        yield {"n": n}
    raise RuntimeError("source went away")
"""


@pytest.mark.parametrize("folder", ["project", "shelf"])
def test_what_a_generator_raises_is_the_assets_failure(request, folder):
    """Also where the store made a StoreError of it."""
    told = failure(request.getfixturevalue(folder).write(GENERATOR).run(), "a")
    assert told.message.startswith("asset 'a' raised RuntimeError: source went away")
    first, *_ = [line for line in told.traceback.splitlines() if "File" in line]
    assert 'pipeline.py", line ' in first
    assert "in inner" in told.traceback


def test_a_bad_row_of_a_generator_is_named_by_asset_row_and_column(shelf):
    shelf.write(
        "@asset\ndef a():\n    yield from ({'n': n} for n in range(10_000))\n    yield {'n': 'x'}"
    )
    told = failure(shelf.run(), "a")
    assert "asset 'a': row 10,001, column 'n': expected int64" in told.message
    assert "pipeline.py:" in told.message
    assert not list((shelf.root / "shelf").iterdir())


def test_a_failing_generator_leaves_what_was_published(shelf):
    shelf.write("@asset\ndef a(): return [{'n': 1}]").run()
    shelf.write(GENERATOR, name="other.py")
    shelf.add(
        "vibepiper.toml", (shelf.root / "vibepiper.toml").read_text().replace("pipeline", "other")
    )
    assert shelf.run().status == "failed"
    assert shelf.json("show", "a")["first_rows"] == [{"n": 1}]


CHECKS = """
from shelf import AtLeast
from vibepiper import with_checks

@asset
def other(): return [{{"n": 1}}]

@asset
def below(table): return table

@asset
def table(): return [{{"n": 1}}]
table = with_checks(table, {checks})
"""


def test_a_failing_check_publishes_nothing_and_skips_what_is_below(shelf):
    result = shelf.write(CHECKS.format(checks="AtLeast(2)")).run()
    assert result.only_checks_failed
    assert statuses(result)["below"] == ("skipped", "upstream 'table' failed")
    assert "1 of 1 check failed\n  at_least(2): failed" in failure(result, "table").message
    assert [path.name for path in (shelf.root / "shelf").iterdir()] == ["other.arrow"]


def test_a_warning_is_told_and_the_data_published(shelf):
    done = shelf.write(CHECKS.format(checks="AtLeast(2, 'warn'), AtLeast(1)")).cli("run")
    assert done.returncode == 0
    assert "warning: asset 'table': at_least(2): failed" in done.stderr
    assert (shelf.root / "shelf" / "table.arrow").exists()


@pytest.mark.parametrize(
    ("other", "code"), [("return [{'n': 1}]", 3), ("1/0", 1)], ids=["checks", "mixed"]
)
def test_exit_codes_of_failing_checks(shelf, other, code):
    source = CHECKS.format(checks="AtLeast(2)").replace('return [{"n": 1}]', other, 1)
    assert shelf.write(source).cli("run").returncode == code


def test_rows_are_counted_once_although_checks_read_them(shelf):
    seen = []

    class Count:
        def on_event(self, event): ...

        def on_rows(self, asset, rows):
            seen.append(rows)

    from vibepiper import PluginHost, Session, StateStore, make_plan, run_plan

    loaded = shelf.write(CHECKS.format(checks="AtLeast(1)")).load()
    with Session(loaded, PluginHost()) as session, StateStore(loaded.state) as state:
        run_plan(make_plan(session, selectors=["table"]), session, state, observers=[Count()])
    assert seen == [1]


def test_checks_need_a_store_that_stages(shelf):
    source = CHECKS.format(checks="AtLeast(1)").replace(
        "@asset\ndef table", "@asset(io_manager='plain')\ndef table"
    )
    with pytest.raises(MissingCapability, match=r"'table' has checks.*'plain'.*'staging'"):
        shelf.write(source).plan()


def test_an_object_does_not_go_into_a_store_of_tables(shelf):
    told = failure(shelf.write("@asset\ndef a(): return {'b': 1}").run(), "a")
    assert "returned a dict, which is no table, and its store 'default' (shelf)" in told.message


def test_an_upstream_outside_the_selection_must_have_data(shelf):
    shelf.write("@asset\ndef a(): return [{'n': 1}]\n@asset\ndef b(a): return a")
    with pytest.raises(MissingUpstreamData, match=r"'b' needs 'a'.*\n.*--select '\+b'"):
        shelf.plan("b")
    shelf.run("a")
    assert shelf.run("b").status == "succeeded"


def test_none_is_fine_where_nothing_takes_it(project):
    project.write("@asset\ndef a(): pass\n@asset(depends_on='a')\ndef b(): return 1")
    assert project.run().status == "succeeded"


def test_none_is_refused_where_an_asset_takes_it(project):
    project.write("@asset\ndef a(): pass\n@asset\ndef b(a): return 1")
    assert "'a' returned None, but 'b' takes its data" in failure(project.run(), "a").message


def test_a_key_column_must_be_in_the_data(shelf):
    shelf.write("@asset(key='id')\ndef a(): return [{'n': 1}]")
    assert "its key names the column 'id'" in failure(shelf.run(), "a").message


ANNOTATIONS = """
from __future__ import annotations
from typing import TYPE_CHECKING
import pandas as pd, polars as pl, pyarrow as pa
if TYPE_CHECKING:
    from somewhere import Unknown
from vibepiper import asset
@asset
def up(): return [{"n": 1}]
@asset
def down(up: %s) -> Unknown: return [{"type": type(up).__name__}]
"""


@pytest.mark.parametrize(
    ("annotation", "arrives"),
    [
        ("pa.Table", "Table"),
        ("pa.RecordBatchReader", "RecordBatchReader"),
        ("pl.DataFrame", "DataFrame"),
        ("pl.LazyFrame", "LazyFrame"),
        ("pd.DataFrame", "DataFrame"),
        ("list[dict]", "list"),
        ("object", "Table"),
    ],
)
def test_the_annotation_says_how_an_upstream_arrives(shelf, annotation, arrives):
    shelf.write("").add("pipeline.py", ANNOTATIONS % annotation)
    assert shelf.run().status == "succeeded"
    assert shelf.json("show", "down")["first_rows"] == [{"type": arrives}]


@pytest.mark.parametrize("annotation", ["pa.Tabel", "Unknown"])
def test_an_annotation_that_cannot_be_resolved(project, annotation):
    project.write("").add("pipeline.py", ANNOTATIONS % annotation)
    with pytest.raises(
        DefinitionError, match=f"annotation '{annotation}' of parameter 'up' cannot"
    ):
        project.plan()


def test_an_annotation_that_nothing_serves(project):
    project.write("").add("pipeline.py", ANNOTATIONS % "set")
    assert "no plugin gives the table 'up' as that" in failure(project.run(), "down").message


PARAMS = (
    "import datetime\n@asset\ndef a(day: datetime.date, n: int = 1): return [{'day': day, 'n': n}]"
)


def test_run_parameters_are_converted_to_their_annotation(shelf):
    shelf.write(PARAMS, shelf_config("n = 3"))
    done = shelf.cli("run", "--param", "day=2013-01-02")
    assert done.returncode == 0, done.stderr
    assert shelf.json("show", "a", "--env", "default")["first_rows"] == [
        {"day": "2013-01-02", "n": 3}
    ]


def shelf_config(params):
    return f"""
[project]
name = "p"
modules = ["pipeline.py"]
[io_managers.default]
use = "shelf"
[params]
day = "2013-01-01"
{params}
"""


def test_a_parameter_of_the_wrong_type_is_refused(project):
    project.write(
        "@asset\ndef a(n: int): return n",
        "[project]\nname='p'\nmodules=['pipeline.py']\n[params]\nn = 'x'",
    )
    with pytest.raises(ParameterError, match=r"parameter 'n' takes int, found 'x'"):
        project.plan()


def test_a_text_is_read_as_json_where_that_is_of_the_type(project):
    config = "[project]\nname='p'\nmodules=['pipeline.py']\n[params]\nn = '[1, 2]'"
    project.write("@asset\ndef a(n: list[int]): return n", config)
    assert project.plan().steps[0].of.arguments == {"n": [1, 2]}
    project.write("@asset\ndef a(n: list[int]): return n", config.replace("[1, 2]", "1, 2"))
    with pytest.raises(ParameterError, match=r"'n' takes list\[int\], found '1, 2'"):
        project.plan()


def test_a_parameter_of_a_type_that_no_text_becomes_is_refused(project):
    config = "[project]\nname='p'\nmodules=['pipeline.py']\n[params]\nn = 1"
    project.write("class T: ...\n@asset\ndef a(n: T): return n", config)
    with pytest.raises(ParameterError, match=r"'n' is annotated pipeline\.T,"):
        project.plan()


def test_a_resources_missing_secret_is_refused_before_anything_runs(shelf):
    store = "ComponentSpec('io_manager', 'plain'"
    plugin = shelf.site.path / "shelf.py"
    as_database = store.replace("io_manager", "database").replace("plain", "link")
    plugin.write_text(
        plugin.read_text().replace('ComponentSpec("io_manager", "plain"', as_database)
    )
    config = shelf_config("")[:-1].replace('day = "2013-01-01"', "") + (
        "[resources.db]\nuse = 'link'\npassword = { secret = 'NOT_SET' }\n"
    )
    shelf.write("@asset\ndef a(db): return [{'n': 1}]", config)
    with pytest.raises(ConfigError, match=r"'resources.db.password': the secret 'NOT_SET'"):
        shelf.plan()


def test_a_parameter_that_nothing_takes_is_refused(project):
    project.write("@asset\ndef a(limit=3): return limit")
    done = project.cli("run", "-p", "limt=4")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no asset takes the parameter 'limt'\n  Did you mean 'limit'?" in done.stderr


def test_a_configured_parameter_that_nothing_takes_is_refused(project):
    config = "[project]\nname='p'\nmodules=['pipeline.py']\n[params]\nlimt = 4"
    project.write("@asset\ndef a(limit=3): return limit", config)
    with pytest.raises(ParameterError, match=r"toml:5: no asset takes .* 'limt'\n.*'limit'"):
        project.plan()


def test_an_io_managers_wrong_name_gives_the_nearest(project):
    project.write("@asset(io_manager='memry')\ndef a(): return 1")
    with pytest.raises(UnknownComponent, match=r"pipeline.py:2: asset 'a'.*'memry'\n.*'memory'"):
        project.plan()


def test_an_io_manager_without_a_section_is_told_of_it_and_of_what_is_installed(shelf):
    shelf.write("@asset(io_manager='wharehouse')\ndef a(): return 1")
    installed = ", ".join(PluginHost().names("io_manager")[:8])
    told = rf"'wharehouse'\n.*no section \[io_managers.wharehouse\].* There are: {installed}"
    with pytest.raises(UnknownComponent, match=told):
        shelf.plan()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'use = "shelf"\nfolder = "${DATA_ROOT}/x"',
            r"toml:7: .*folder': \$\{DATA_ROOT\} is not .*\n.*secret = \"DATA_ROOT\".*environments",
        ),
        ('use = "shlf"', r"toml:6: asset 'a': there is no IO manager 'shlf'\n.*'shelf'"),
        (
            'use = "shelf"\nfoldr = "x"',
            r"toml:7: unknown key 'io_managers.default.foldr'\n.*'folder'",
        ),
        ('use = "shelf"\nfolder = 3', r"toml:7: 'io_managers.default.folder': .*path"),
        (
            'use = "shelf"\npassword = { secret = "NOT_SET" }',
            r"toml:7: .*'NOT_SET' is not set\n.*Set",
        ),
    ],
)
def test_wrong_settings_are_refused_with_file_and_line(shelf, line, message):
    shelf.write(
        "@asset\ndef a(): return 1",
        f'\n[project]\nname = "p"\nmodules = ["pipeline.py"]\n[io_managers.default]\n{line}\n',
    )
    with pytest.raises((UnknownComponent, ConfigError), match=message):
        shelf.plan()


def test_context_knows_the_run_and_keeps_a_log(project):
    project.write("""
        @asset
        def a(context):
            context.log(f"{context.asset} in {context.environment}")
            return 1
    """)
    run = project.json("run")["run_id"]
    logged = [
        e["data"]["message"] for e in project.json("runs", run)["events"] if e["kind"] == "log"
    ]
    assert logged == ["a in default"]
