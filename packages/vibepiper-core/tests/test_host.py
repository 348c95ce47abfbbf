"""Plugins that fail are set aside alone. Each is a real distribution on the path."""

import json

import pytest
from vibepiper import PluginHost
from vibepiper.errors import PluginError, UnknownComponent

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
    assert sorted(states.values(), key=str) == [None, "another plugin is called 'same' too"]


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
