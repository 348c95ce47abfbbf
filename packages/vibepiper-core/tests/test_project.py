"""Importing the user's modules."""

import importlib.util
import os
import sys

import pytest
from vibepiper.errors import ConfigError, DefinitionError, DuplicateAsset, UnknownUpstream

TWO = '[project]\nname = "p"\nmodules = [{}]\n'


def modules(*names):
    return TWO.format(", ".join(f'"{name}"' for name in names))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def f(:", r"pipeline.py:2: importing 'pipeline.py' raised SyntaxError"),
        ("\nimport nothing_like_it", r"pipeline.py:3: .*ModuleNotFoundError: No module named"),
        ("import sys; sys.exit(3)", r"pipeline.py:2: .*raised SystemExit: 3"),
        ("import json\njson.loads('{')", r"pipeline.py:3: .*raised JSONDecodeError"),
        (
            "from vibepiper import incremental as i\ni('apend')",
            r"pipeline.py:3: 'apend' is no mode .*\n.*'append'",
        ),
        ("x = 1", r"vibepiper.toml:4: no asset is declared in pipeline.py\n.*@asset"),
    ],
)
def test_a_module_that_fails_is_refused_at_the_users_line(project, source, message):
    with pytest.raises((DefinitionError, ConfigError), match=message):
        project.write(source).load()


@pytest.mark.parametrize("name", ["missing.py", "missing.mod"])
def test_a_module_that_does_not_exist_is_refused_at_the_project_files_line(project, name):
    project.write("", modules(name))
    with pytest.raises((DefinitionError, ConfigError), match=r"vibepiper.toml:3: .*missing"):
        project.load()


@pytest.mark.parametrize("name", [".", "src/", "..pipeline"])
def test_what_is_no_name_of_a_module_is_refused_with_the_form(project, name):
    project.write("", modules(name))
    with pytest.raises(ConfigError, match=r"vibepiper.toml:3: .* is no module\n.*pipeline.py"):
        project.load()


def test_modules_of_a_package_and_files_of_one_name(project):
    project.write("@asset\ndef a(): return 1", modules("pipeline.py", "sub/pipeline.py", "pkg.mod"))
    project.add("sub/pipeline.py", "from vibepiper import asset\n@asset\ndef b(a): return 2")
    project.add("pkg/__init__.py", "")
    project.add("pkg/mod.py", "from vibepiper import asset\n@asset\ndef c(b): return 3")
    assert project.load().graph.keys == ("a", "b", "c")


def test_a_file_may_have_the_name_of_a_standard_module(project):
    project.write("@asset\ndef a(): return 1", modules("calendar.py"), name="calendar.py")
    assert project.load().graph.keys == ("a",)


def test_assets_of_a_factory_are_found_at_every_load(project):
    project.write("""
        def make(n):
            @asset(name=f"table_{n}")
            def table(): return n

        for n in range(3): make(n)
    """)
    for _ in range(2):
        assert project.load().graph.keys == ("table_0", "table_1", "table_2")


def test_a_second_function_of_one_name_is_refused_with_both_places(project):
    project.write("@asset\ndef a(): return 1\n\n@asset\ndef a(): return 2")
    with pytest.raises(DuplicateAsset, match=r"pipeline.py:5: .*already .*pipeline.py:2"):
        project.load()


def test_an_asset_imported_into_another_module_is_one_asset(project):
    project.write("@asset\ndef a(): return 1", modules("pipeline.py", "other.py"))
    project.add(
        "other.py",
        "from vibepiper import asset\nfrom pipeline import a\n@asset\ndef b(a): return 2",
    )
    assert project.load().graph.keys == ("a", "b")


def test_params_of_the_command_line_are_known_to_the_graph(project):
    project.write("@asset\ndef a(day): return day")
    assert project.load(params=["day"]).graph.bindings("a")[0].source == "param"
    with pytest.raises(UnknownUpstream, match=r"parameter 'day' is no asset"):
        project.load()


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(project, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    project.write("@asset\ndef a(): return 1")
    first = project.load()
    file = project.root / "pipeline.py"
    before = file.stat()
    file.write_text(file.read_text().replace("return 1", "return 2"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    del sys.modules[first.graph["a"].function.__module__]
    later = project.load()
    assert [loaded.graph["a"].function() for loaded in (first, later)] == [1, 2]


def test_bytecode_is_kept_of_a_file_that_has_settled(project, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    project.write("@asset\ndef a(): return 1")
    file = project.root / "pipeline.py"
    os.utime(file, (1_700_000_000, 1_700_000_000))
    project.load()
    assert os.path.exists(importlib.util.cache_from_source(str(file)))
