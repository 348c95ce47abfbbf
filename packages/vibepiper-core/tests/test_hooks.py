"""What plugins bring beside components: each hook, through the command line."""

import inspect
import json
import tomllib
from pathlib import Path

import pytest
from vibepiper import PluginHost, hookspecs
from vibepiper.project_templates import write_project

COMMANDS = """
import typer
from vibepiper import hookimpl
from vibepiper.declarations import CommandSpec

app = typer.Typer()

@app.command()
def up(to: str): print(f"deploy up to {to}")

@app.command()
def down(): print("deploy down")

def hello(name: str, *, loud: bool = False):
    print(f"hello {name}".upper() if loud else f"hello {name}")

@hookimpl
def vibepiper_commands():
    return [
        CommandSpec("hello", "acme:hello", "Greets."),
        CommandSpec("deploy", "acme:app", "Deploys."),
        CommandSpec("broken", "no_such_module:run", "Never runs."),
        CommandSpec("list", "acme:hello", "Would hide a command of core."),
    ]
"""

SUBSCRIBER = """
import json
from vibepiper import hookimpl
from vibepiper.declarations import EventSubscriberSpec

class Writes:
    def __init__(self, context):
        self.file = context.root / f"events-{context.project}-{context.environment}.txt"
    def on_event(self, event):
        with self.file.open("a") as out:
            print(event.kind, event.asset, file=out)

class Raises:
    def __init__(self, context): self.count = 0
    def on_event(self, event): raise RuntimeError("no connection")

@hookimpl
def vibepiper_event_subscribers():
    return [
        EventSubscriberSpec("writes", "acme:Writes", "Writes a file."),
        EventSubscriberSpec("raises", "acme:Raises", "Raises."),
        EventSubscriberSpec("missing", "no_such_module:X", "Cannot be imported."),
    ]
"""


def test_a_function_is_a_command(project):
    project.site.install("acme", COMMANDS)
    assert project.cli("hello", "you", "--loud").stdout == "HELLO YOU\n"


def test_an_application_is_a_group_of_commands(project):
    project.site.install("acme", COMMANDS)
    assert project.cli("deploy", "up", "prod").stdout == "deploy up to prod\n"


def test_help_lists_commands_without_importing_them(project):
    project.site.install("acme", COMMANDS)
    done = project.cli("--help")
    assert done.returncode == 0
    told = [line.split() for line in done.stdout.splitlines()]
    for command in (["broken", "Never", "runs."], ["deploy", "Deploys."], ["hello", "Greets."]):
        assert command in told


def test_a_command_that_cannot_be_imported_tells_the_mend(project):
    project.site.install("acme", COMMANDS)
    done = project.cli("broken")
    assert done.returncode == 2
    assert "command 'broken' cannot be loaded: the library 'no_such_module'" in done.stderr
    assert "pip install acme" in done.stderr


def test_cores_own_command_stays_its_own(project):
    project.site.install("acme", COMMANDS)
    project.write("@asset\ndef a(): return 1")
    assert [row["asset"] for row in project.json("list")] == ["a"]


def test_a_subscriber_is_told_every_event(project):
    project.site.install("acme", SUBSCRIBER)
    project.write("@asset\ndef a(): return 1")
    assert project.cli("run").returncode == 0
    told = (project.root / "events-test-default.txt").read_text().splitlines()
    assert told == ["run_started None", "step_started a", "step_succeeded a", "run_finished None"]


def test_a_subscriber_that_fails_does_not_stop_a_run(project):
    project.site.install("acme", SUBSCRIBER)
    project.write("@asset\ndef a(): return 1")
    done = project.cli("run")
    assert done.returncode == 0
    raised = "event subscriber 'raises' is told no more of this run: RuntimeError: no connection"
    assert done.stderr.count(raised) == 1
    assert "'missing' is told no more of this run" in done.stderr
    (run,) = project.json("runs")
    log = [e["data"].get("message", "") for e in project.json("runs", run["id"])["events"]]
    assert raised in log


TEMPLATES = """
from vibepiper import hookimpl
from vibepiper.declarations import ProjectTemplateSpec, WebRouteSpec

@hookimpl
def vibepiper_project_templates():
    return [
        ProjectTemplateSpec("shop", "shop_data:start", "A shop."),
        ProjectTemplateSpec("none", "shop_data:stop", "Not there."),
    ]

@hookimpl
def vibepiper_web_routes():
    return [WebRouteSpec("acme", "acme:page", "A page.")]
"""


def template(project):
    folder = project.site.path / "shop_data" / "start" / "src"
    folder.mkdir(parents=True)
    (folder.parent.parent / "__init__.py").write_text("")
    (folder / "$project.py").write_text("name = '$project'; price = '$$5'")
    project.site.install("acme", TEMPLATES)


def test_a_project_begins_from_a_plugins_template(project):
    template(project)
    assert project.cli("init", "my-shop", "--template", "shop").returncode == 0
    written = project.root / "my-shop" / "src" / "my-shop.py"
    assert written.read_text() == "name = 'my-shop'; price = '$5'"


def test_a_new_project_runs(project):
    assert project.json("init", "first")["template"] == "minimal"
    done = project.cli("run", "--project", "first")
    assert (done.returncode, done.stdout.splitlines()[-1].partition(": ")[2]) == (0, "2 succeeded.")


@pytest.mark.parametrize(
    ("stores", "section"),
    [(["files", "memory"], {"default": {"use": "files"}}), (["memory"], None)],
)
def test_a_new_project_names_a_store_that_lasts_if_there_is_one(tmp_path, stores, section):
    minimal = PluginHost().declaration("project_template", "minimal")
    write_project(minimal, tmp_path / "new", stores)
    config = tomllib.loads((tmp_path / "new" / "vibepiper.toml").read_text())
    assert config.get("io_managers") == section


def test_the_command_that_init_prints_can_be_pasted(project):
    assert "\ncd 'Größe x' && vibepiper run" in project.cli("init", "Größe x").stdout


def test_a_file_is_no_folder_for_a_project(project):
    project.add("f", "mine")
    assert "f is a file\n  Name a new folder." in project.cli("init", "f").stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("shp", "there is no project template 'shp'\n  Did you mean 'shop'?"),
        ("none", "but shop_data has no folder 'stop'"),
        ("shop", "exists and is not empty"),
    ],
)
def test_what_cannot_be_begun_is_refused(project, name, message):
    template(project)
    project.add("full/file.txt", "mine")
    done = project.cli("init", "full" if name == "shop" else "new", "--template", name)
    assert (done.returncode, message in done.stderr) == (2, True)
    assert [p.name for p in (project.root / "full").iterdir()] == ["file.txt"]


def test_a_web_route_is_listed(project):
    project.site.install("acme", TEMPLATES)
    assert "web_route:acme" in project.cli("plugins").stdout


@pytest.mark.parametrize("hook", [n for n in hookspecs.__all__ if n.startswith("vibepiper_")])
def test_every_hook_is_documented_with_its_arguments_and_tested(hook):
    spec = getattr(hookspecs, hook)
    for argument in inspect.signature(spec).parameters:
        assert f"``{argument}``" in spec.__doc__
    tests = "".join(p.read_text() for p in Path(__file__).parent.glob("test_*.py"))
    assert f"def {hook}(" in tests


def test_every_kind_of_declaration_is_listed(project):
    project.site.install("acme", COMMANDS)
    rows = json.loads(project.cli("plugins", "--json").stdout)
    offers = next(row["offers"] for row in rows if row["distribution"] == "acme")
    assert {"kind": "command", "name": "hello"} in offers
