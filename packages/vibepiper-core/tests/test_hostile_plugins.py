"""What no author means to do to others, and does: damaged files, odd answers, closed streams."""

import json

import pytest
from vibepiper import PluginHost
from vibepiper.errors import PluginError

HOOK = "from vibepiper import ComponentSpec, hookimpl\n@hookimpl\ndef vibepiper_components():\n    "
STORE = HOOK + "return [ComponentSpec('io_manager', 'store', 'ill_store:Store', 'It.')]"
COMMAND = """
from vibepiper import hookimpl
from vibepiper.declarations import CommandSpec

def deploy(): print("deployed by {0}")

@hookimpl
def vibepiper_commands():
    return [CommandSpec("deploy", "{0}:deploy", "Deploys.")]
"""
ONE_FILE = '[project]\nname = "p"\nmodules = ["pipeline.py"]\n'
USED = f'{ONE_FILE}[io_managers.default]\nuse = "store"\n'


def plugin(name):
    return next(p for p in PluginHost().plugins if p.name == name)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("class E(BaseException): pass\nraise E('deep')", "importing it raised E: deep"),
        ("class E(Exception):\n  def __str__(self): 1/0\nraise E", "importing it raised E"),
        ("raise ValueError('a\\x1b[31mb\\nc')", r"raised ValueError: a\x1b[31mb c"),
        (HOOK + "raise type('B', (BaseException,), {})('x')", "vibepiper_components raised B: x"),
    ],
)
def test_whatever_is_raised_sets_the_plugin_aside(site, source, problem):
    site.install("ill", source)
    assert plugin("ill").problem.endswith(problem)


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("'io_manager', ['a'], 'x:Y', 'It.'", "with name=['a'], expected a name without spaces"),
        ("'io_manager', '--help', 'x:Y', 'It.'", "with name='--help', expected a name"),
        ("'io_manager', 'two words', 'x:Y', 'It.'", "with name='two words', expected a name"),
        ("None, 'a', 'x:Y', 'It.'", "with kind=None, expected a name"),
        ("'io_manager', 'a', 'nowhere', 'It.'", "target='nowhere', expected module:attribute"),
        ("'io_manager', 'a', None, 'It.'", "with target=None, expected module:attribute"),
        ("'io_manager', 'a', 'x:Y', None", "with summary=None, expected a text"),
        ("'io_manager', 'a', 'x:Y', 'It.', None", "with capabilities=None, expected a mapping"),
        ("'io_manager', 'a', 'x:Y', 'It.', {'q': 1}", "capabilities={'q': 1}, expected a mapping"),
    ],
)
def test_a_declaration_that_holds_something_else_is_refused(site, spec, problem):
    site.install("ill", f"{HOOK}return [ComponentSpec({spec})]")
    assert plugin("ill").state == "hook_result"
    assert problem in plugin("ill").problem
    assert PluginHost().spec("io_manager", "memory").name == "memory"


def test_a_class_of_the_same_name_is_no_declaration(site):
    site.install(
        "ill",
        "from vibepiper import hookimpl\nclass ComponentSpec: pass\n"
        "@hookimpl\ndef vibepiper_components(): return [ComponentSpec()]",
    )
    assert plugin("ill").problem.endswith("expected a ComponentSpec")


def test_a_name_that_one_plugin_declares_twice_is_told_of_it_alone(site):
    site.install("ill", HOOK + "return [ComponentSpec('io_manager', 'd', 'x:Y', 'It.')] * 2")
    assert plugin("ill").problem == "it declares the io_manager 'd' 2 times"


@pytest.mark.parametrize(
    ("metadata", "problem"),
    [
        (b"Version: 1.0\n", "its METADATA is damaged: it has no name"),
        (b"Name: ill\n", "its METADATA is damaged: it has no version"),
        (b"\xff\xfe\x00Name: ill\n", "its METADATA is damaged: UnicodeDecodeError"),
    ],
)
def test_damaged_metadata_sets_the_plugin_aside(project, metadata, problem):
    project.site.install("ill", STORE)
    (project.site.path / "ill-1.0.dist-info" / "METADATA").write_bytes(metadata)
    told = {row["name"]: row for row in project.json("plugins")}
    assert (told["ill"]["state"], told["core"]["state"]) == ("metadata", "ok")
    assert told["ill"]["problem"].startswith(problem)
    (report,) = [r for r in project.json("plugins", "doctor") if r["name"] == "ill"]
    assert [finding["kind"] for finding in report["findings"]] == ["metadata"]


@pytest.mark.parametrize("text", [b"[vibepiper]\nno equals sign\n", b"\xff\xfe"])
def test_damaged_entry_points_of_one_distribution_leave_the_others(site, text):
    site.install("ill", STORE)
    site.install("well", STORE)
    (site.path / "ill-1.0.dist-info" / "entry_points.txt").write_bytes(text)
    assert plugin("ill").problem.startswith("its entry_points.txt is damaged: ")
    assert plugin("ill").mend == "pip install --force-reinstall ill"
    assert plugin("well").usable
    assert plugin("core").usable


@pytest.mark.parametrize("value", [":", "m ill:::", ".ill", "~ill"])
def test_an_entry_point_that_names_no_module_is_told(site, value):
    site.install("ill", STORE)
    points = site.path / "ill-1.0.dist-info" / "entry_points.txt"
    points.write_text(f"[vibepiper]\nill = {value}\n")
    assert plugin("ill").problem == f"its entry point {value!r} names no module"


@pytest.mark.parametrize("name", ["Acme_Pipes", "acme.pipes", "acme-pipes"])
def test_a_distribution_is_meant_however_it_is_spelt(site, monkeypatch, name):
    site.install("acme-pipes", STORE, entry="other")
    assert PluginHost().plugin(name).name == "other"
    assert PluginHost(blocked=[name]).plugin("other").state == "blocked"
    monkeypatch.setenv("VIBEPIPER_DISABLE_PLUGINS", name)
    assert PluginHost().plugin("other").state == "blocked"


@pytest.mark.parametrize(
    "source",
    [
        "print('noise')",
        "import os; os.write(1, b'noise')",
        "import subprocess; subprocess.run(['echo', 'noise'])",
        "import sys; sys.stdout.close()",
        "import sys; sys.stdout = None",
        "import os; os.close(1)",
    ],
)
def test_standard_output_stays_the_commands_own(project, source):
    project.site.install("ill", f"{source}\n{STORE}")
    assert "ill" in {row["name"] for row in project.json("plugins")}
    assert "noise" not in project.cli("--help").stdout
    assert project.cli("--help").returncode == 0


def test_help_is_given_where_two_plugins_offer_a_command(project):
    for name in ("one", "two"):
        project.site.install(name, COMMAND.format(name))
    done = project.cli("--help")
    assert done.returncode == 0
    assert "Offered by one and two" in done.stdout
    refused = project.cli("deploy")
    assert refused.returncode == 2
    assert "command 'deploy' is offered by one and two\n  Say which" in refused.stderr


def test_the_project_says_whose_command_it_means(project):
    for name in ("one", "two"):
        project.site.install(name, COMMAND.format(name))
    project.write("", f'{ONE_FILE}[prefer]\n"command:deploy" = "two"\n')
    assert project.cli("deploy").stdout == "deployed by two\n"


@pytest.mark.parametrize(
    ("component", "problem"),
    [
        ("class Store: pass", "ill_store:Store has no settings_model"),
        (
            "from pydantic import BaseModel\nfrom vibepiper import Component\n"
            "class S(BaseModel): pass\n"
            "class Store(Component[S]):\n    settings_model = S\n"
            "    def __init__(self, *given): raise SystemExit(0)",
            "'io_managers.default' (store) cannot be made: SystemExit: 0",
        ),
        (
            "from pydantic import BaseModel, Field\nfrom vibepiper import Component\n"
            "def home(): raise OSError('no home')\n"
            "class S(BaseModel): at: str = Field(default_factory=home)\n"
            "class Store(Component[S]): settings_model = S",
            "'io_managers.default' (store) cannot be made: OSError: no home",
        ),
    ],
)
def test_a_component_that_cannot_be_made_refuses_the_run(project, component, problem):
    project.site.install("ill", STORE)
    (project.site.path / "ill_store.py").write_text(component)
    project.write("@asset\ndef a(): return 1", USED)
    done = project.cli("run", "--json")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert problem in json.loads(done.stdout)["error"]["message"]
    assert project.cli("plugins", "show", "ill").returncode == 0


def test_a_class_is_needed(site):
    site.install("ill", STORE)
    (site.path / "ill_store.py").write_text("raise BaseException('deep')")
    host = PluginHost()
    with pytest.raises(PluginError, match="importing it raised BaseException: deep"):
        host.load(host.spec("io_manager", "store"))


def test_the_doctor_reaches_what_is_no_component(project):
    project.site.install("ill", COMMAND.replace("{0}:deploy", "nowhere:deploy").format("ill"))
    (report,) = [r for r in project.json("plugins", "doctor") if r["name"] == "ill"]
    assert "the library 'nowhere' is missing" in report["findings"][0]["problem"]


def test_an_environment_that_cannot_be_read_whole_is_not_locked(project):
    project.site.install("ill", STORE)
    (project.site.path / "ill-1.0.dist-info" / "METADATA").write_text("Version: 1.0\n")
    done = project.cli("plugins", "lock")
    assert done.returncode == 2
    assert "ill-1.0.dist-info: an installed distribution does not tell its name" in done.stderr
    assert not (project.root / "constraints.txt").exists()


def test_a_lock_goes_where_it_can_be_written(project):
    done = project.cli("plugins", "lock", "-o", "no/such/folder.txt")
    assert (done.returncode, "cannot be written: No such file" in done.stderr) == (2, True)
    (project.root / "lock.bin").write_bytes(b"\xff\xfe")
    refused = project.cli("plugins", "check", "lock.bin")
    assert "the lock file cannot be read: it is no text" in refused.stderr
