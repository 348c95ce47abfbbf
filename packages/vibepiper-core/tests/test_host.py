"""Plugins that fail are set aside alone. Each is a real distribution on the path."""

import json
import warnings
from importlib.metadata import entry_points
from types import ModuleType

import pytest
from vibepiper import PluginHost
from vibepiper.errors import PluginError, UnknownComponent, UsageError

HOOK = "from vibepiper import ComponentSpec, hookimpl\n@hookimpl\ndef vibepiper_components():\n    "
OK = HOOK + "return [ComponentSpec('io_manager', {!r}, {!r}, 'It.')]"

BROKEN = {
    "import-error": ("raise ImportError('odd')", "importing it raised ImportError: odd"),
    "syntax-error": ("def f(:", "importing it raised SyntaxError"),
    "exits": ("import sys; sys.exit(1)", "importing it raised SystemExit: 1"),
    "raises": ("1/0", "importing it raised ZeroDivisionError"),
    "missing-library": ("import nothing_like_it", "the library 'nothing_like_it' is missing"),
    "misspelt": (
        "from vibepiper import hookimpl\n@hookimpl\ndef vibepiper_component(): return []",
        "it implements a hook 'vibepiper_component' that does not exist",
    ),
    "argument": (
        "from vibepiper import hookimpl\n@hookimpl\ndef vibepiper_components(x): return []",
        "its hooks do not fit",
    ),
    "hook-raises": (HOOK + "raise KeyError('k')", "its hook vibepiper_components raised KeyError"),
    "hook-exits": (HOOK + "raise SystemExit(1)", "its hook vibepiper_components raised SystemExit"),
    "rubbish": (HOOK + "return ['files']", "returned 'files', expected a ComponentSpec"),
    "nothing": (HOOK + "return None", "raised TypeError"),
}


def plugin(name):
    return next(p for p in PluginHost().plugins if p.distribution == name)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_set_aside_alone(site, name):
    source, problem = BROKEN[name]
    site.install(name, source)
    site.install("good", OK.format("good", "good:Store"))
    found = plugin(name)
    assert not found.usable
    assert problem in found.problem
    assert found.mend
    assert plugin("good").usable
    assert PluginHost().spec("io_manager", "memory").name == "memory"


def test_no_broken_plugin_breaks_a_command(project):
    for name, (source, _) in BROKEN.items():
        project.site.install(name, source)
    project.write("@asset\ndef a(): return 1")
    assert [row["asset"] for row in project.json("list")] == ["a"]
    assert project.cli("run").returncode == 0
    told = {row["distribution"]: row["problem"] for row in project.json("plugins")}
    assert all(problem in told[name] for name, (_, problem) in BROKEN.items())
    plain = project.cli("plugins")
    assert (plain.returncode, plain.stderr) == (0, "")
    assert "set aside: the library 'nothing_like_it' is missing" in plain.stdout


def test_a_misspelt_hook_gives_the_right_name(site):
    site.install("misspelt", BROKEN["misspelt"][0])
    assert plugin("misspelt").mend == "Did you mean 'vibepiper_components'?"


def test_pip_mends_a_missing_library(site):
    site.install("missing-library", "import nothing_like_it", requires="nothing-like-it")
    assert plugin("missing-library").mend == "pip install missing-library"


def test_a_name_claimed_twice_is_refused_when_used(site):
    site.install("one", OK.format("store", "one:Store"))
    site.install("two", OK.format("store", "two:Store"))
    with pytest.raises(PluginError, match=r"IO manager 'store' is offered by one and two"):
        PluginHost().spec("io_manager", "store")


def test_an_entry_point_name_claimed_twice_keeps_the_first(site):
    site.install("one", OK.format("a", "one:Store"), entry="same")
    site.install("two", OK.format("b", "two:Store"), entry="same")
    states = {p.distribution: p.problem for p in PluginHost().plugins if p.name == "same"}
    assert set(states.values()) == {None, "another plugin is called 'same' too: that of one"}


def test_an_unknown_component_gives_the_nearest_and_who_is_set_aside(site):
    site.install("missing-library", "import nothing_like_it")
    with pytest.raises(UnknownComponent, match=r"(?s)'memry'.*'memory'.*aside: .*missing-library"):
        PluginHost().spec("io_manager", "memry")


@pytest.mark.parametrize(
    ("target", "source", "message"),
    [
        ("lazy_driver:Store", None, "library 'lazy_driver' is missing\n  pip install lazy"),
        ("lazy:Store", "", "but lazy has no 'Store'"),
        ("lazy:Store", "Store = 3", "is no class"),
        ("lazy_driver:Store", "1/0", "importing it raised ZeroDivisionError"),
    ],
)
def test_a_component_that_cannot_be_loaded_is_refused_when_used(site, target, source, message):
    site.install("lazy", OK.format("lazy", target) + f"\n{source or ''}" * (target[4] == ":"))
    if source is not None and target.startswith("lazy_driver"):
        (site.path / "lazy_driver.py").write_text(source)
    host = PluginHost()
    with pytest.raises(PluginError, match=message):
        host.load(host.spec("io_manager", "lazy"))


@pytest.mark.parametrize(
    ("config", "code"),
    [('[io_managers.default]\nuse = "lazy"', 2), ("", 0)],
)
def test_a_plugin_without_its_driver_fails_only_who_uses_it(project, config, code):
    project.site.install("lazy", OK.format("lazy", "lazy_driver:Store"))
    project.write(
        "@asset\ndef a(): return 1", f'[project]\nname="p"\nmodules=["pipeline.py"]\n{config}'
    )
    done = project.cli("run", "--json")
    assert done.returncode == code
    assert ("pip install lazy" in json.dumps(json.loads(done.stdout))) == (code == 2)


STATES = {
    "import-error": "import_error",
    "syntax-error": "syntax_error",
    "exits": "exits",
    "raises": "raises",
    "missing-library": "missing_library",
    "misspelt": "unknown_hook",
    "argument": "hook_arguments",
    "hook-raises": "hook_raises",
    "rubbish": "hook_result",
}


@pytest.mark.parametrize("name", STATES)
def test_each_failure_is_told_apart(site, name):
    site.install(name, BROKEN[name][0])
    assert plugin(name).state == STATES[name]


def test_a_plugin_for_another_core_is_set_aside_before_it_is_imported(site):
    site.install("old", "1/0", requires="vibepiper-core>=99")
    found = plugin("old")
    assert found.state == "wrong_api_version"
    assert found.problem.startswith("it was made for vibepiper-core >=99, found ")
    assert found.mend == "pip install --upgrade old"


def test_a_plugin_may_not_take_a_name_of_core(site):
    site.install("greedy", OK.format("memory", "greedy:Store"))
    assert plugin("greedy").state == "name_taken"
    assert plugin("greedy").problem == "it takes the name of core's own IO manager 'memory'"
    assert PluginHost().spec("io_manager", "memory").target.startswith("vibepiper.")


@pytest.mark.parametrize("name", ["bad", "the-entry"])
def test_a_plugin_is_switched_off_by_its_name_or_its_distribution(site, monkeypatch, name):
    site.install("bad", "raise KeyboardInterrupt", entry="the-entry")
    off = {p.distribution: p.state for p in PluginHost(blocked=[name]).plugins}
    assert off["bad"] == "blocked"
    monkeypatch.setenv("VIBEPIPER_DISABLE_PLUGINS", f"else, {name}")
    assert plugin("bad").state == "blocked"


def test_only_what_exists_is_switched_off():
    with pytest.raises(UsageError, match=r"no:memry: there is no such plugin"):
        _ = PluginHost(blocked=["memry"]).plugins
    with pytest.raises(UsageError, match=r"core cannot be switched off"):
        _ = PluginHost(blocked=["core"]).plugins


def test_a_command_runs_without_a_plugin_that_is_switched_off(project):
    project.site.install("deadly", "import os; os._exit(9)")
    project.write("@asset\ndef a(): return 1")
    assert project.cli("run").returncode == 9
    assert project.cli("-p", "no:deadly", "run").returncode == 0


def test_the_project_says_which_of_two_offers_it_means(site):
    site.install("one", OK.format("store", "one:Store"))
    site.install("two", OK.format("store", "two:Store"))
    host = PluginHost().preferring({"io_manager:store": "two"})
    assert host.spec("io_manager", "store").target == "two:Store"
    assert host.conflicts(host.plugin("one")) == []
    with pytest.raises(PluginError, match=r'\[prefer\] "io_manager:store" = "one"'):
        PluginHost().spec("io_manager", "store")


def test_sessions_of_one_host_have_the_same_plugins(site):
    site.install("one", OK.format("store", "one:Store"))
    host = PluginHost()
    assert host.preferring({}).spec("io_manager", "store").target == "one:Store"
    assert host.preferring({}).plugin("one").problem is None
    assert host.plugins is host.preferring({}).plugins


def test_a_preference_in_the_project_file_counts(shelf):
    shelf.site.install("two", OK.format("shelf", "two:Store"))
    shelf.write("@asset\ndef a(): return [{'x': 1}]")
    refused = shelf.cli("run")
    assert (refused.returncode, "is offered by shelf and two" in refused.stderr) == (2, True)
    config = (shelf.root / "vibepiper.toml").read_text()
    shelf.add("vibepiper.toml", config + '[prefer]\n"io_manager:shelf" = "shelf"\n')
    assert shelf.cli("run").returncode == 0


def core_only(**options):
    found = [e for e in entry_points(group="vibepiper") if e.name == "core"]
    return PluginHost(found, **options)


def test_a_known_component_that_is_not_installed_names_its_distribution():
    with pytest.raises(UnknownComponent) as refused:
        core_only().spec("io_manager", "postgres")
    assert refused.value.message == (
        "there is no IO manager 'postgres' here: vibepiper-postgres offers it and is not installed"
    )
    assert refused.value.hint == "pip install vibepiper-postgres"


def test_a_name_like_a_known_component_is_corrected():
    with pytest.raises(UnknownComponent, match="Did you mean 'postgres'"):
        core_only().spec("io_manager", "postgers")


def test_a_known_component_of_a_plugin_that_is_set_aside_tells_why(site, monkeypatch):
    site.install("vibepiper-files", OK.format("files", "nowhere:Store"))
    monkeypatch.setenv("VIBEPIPER_DISABLE_PLUGINS", "vibepiper-files")
    with pytest.raises(UnknownComponent, match="vibepiper-files offers it, but it is switched off"):
        PluginHost().spec("io_manager", "files")


def test_an_asset_stored_by_what_is_not_installed_says_what_to_install(project):
    project.write("@asset(io_manager='postgres')\ndef a(): return 1")
    project.site.install("vibepiper-postgres", OK.format("postgres", "nowhere:Store"))
    project.environment["VIBEPIPER_DISABLE_PLUGINS"] = "vibepiper-postgres"
    done = project.cli("run")
    assert "vibepiper-postgres offers it, but it is switched off" in done.stderr
    assert "Take it out of $VIBEPIPER_DISABLE_PLUGINS." in done.stderr


def test_an_asset_with_a_wrong_store_is_corrected_at_its_line(project):
    project.write("@asset(io_manager='memroy')\ndef a(): return 1")
    done = project.cli("run")
    assert done.returncode == 2
    assert "pipeline.py:2: asset 'a': there is no IO manager 'memroy'" in done.stderr
    assert "Did you mean 'memory'?" in done.stderr


ARGUMENT = """
from vibepiper import ComponentSpec, hookimpl
@hookimpl
def vibepiper_components({}):
    return [ComponentSpec("io_manager", {}, "x:Y", "It.", {{"time-travel": "full"}})]
"""


def test_an_implementation_takes_any_of_a_hooks_arguments(site):
    site.install("some", ARGUMENT.format("core", "core.version"))
    version = next(p.version for p in PluginHost().plugins if p.name == "core")
    assert [c.name for c in plugin("some").components] == [version]


def test_a_newer_plugin_runs_on_this_core(site):
    newer = ARGUMENT.format("core, region='eu'", "region")
    site.install("newer", newer + "@hookimpl(optionalhook=True)\ndef vibepiper_new(x): return 1")
    assert [c.name for c in plugin("newer").components] == ["eu"]


def test_an_older_plugin_runs_on_a_newer_core(site):
    """The newer core has one more hook argument; an implementation without it is as it was."""
    site.install("older", ARGUMENT.format("", "'older'"))
    newer = ModuleType("newer_hookspecs")
    exec(NEWER_SPECS, vars(newer))
    host = PluginHost(specs=newer)
    assert [c.name for c in host.plugin("older").components] == ["older"]


NEWER_SPECS = """
from vibepiper.hookspecs import hookspec

@hookspec(warn_on_impl_args={"core": DeprecationWarning("take 'region' instead of 'core'")})
def vibepiper_components(core, region): ...

@hookspec(warn_on_impl=DeprecationWarning("vibepiper_commands ends with 2.0"))
def vibepiper_commands(core): ...
"""


def test_a_deprecation_names_the_plugin(site):
    site.install("dated", ARGUMENT.format("core", "'dated'"))
    newer = ModuleType("newer_hookspecs")
    exec(NEWER_SPECS, vars(newer))
    with pytest.warns(DeprecationWarning, match=r"dated 1\.0: take 'region' instead of 'core'"):
        found = PluginHost(entry_points(name="dated"), specs=newer).plugin("dated")
    assert found.usable
    assert found.deprecations == ("take 'region' instead of 'core'",)


def test_a_deprecation_that_is_an_error_sets_the_plugin_aside(site):
    site.install("dated", ARGUMENT.format("core", "'dated'"))
    newer = ModuleType("newer_hookspecs")
    exec(NEWER_SPECS, vars(newer))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        host = PluginHost(entry_points(name="dated"), specs=newer)
        assert host.plugin("dated").state == "deprecated"
