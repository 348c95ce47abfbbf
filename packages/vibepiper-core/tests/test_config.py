"""The project file, good and bad, as TOML and as YAML."""

import pytest
from vibepiper.config import find_project_file, read_config
from vibepiper.errors import ConfigError, Location

AT = Location("x")
GOOD = """
[project]
name = "p"
modules = ["a.py"]
default_environment = "dev"

[params]
day = 1
limit = 2

[io_managers.default]
use = "files"
root = "data"

[environments.dev.params]
day = 3

[environments.prod.io_managers.default]
use = "postgres"
"""

GOOD_YAML = """
project:
  name: p
  modules: [a.py]
  default_environment: dev
params: {day: 1, limit: 2}
io_managers:
  default: {use: files, root: data}
environments:
  dev: {params: {day: 3}}
  prod: {io_managers: {default: {use: postgres}}}
"""


def read(tmp_path, text, name="vibepiper.toml"):
    path = tmp_path / name
    path.write_text(text)
    return read_config(path)[0]


@pytest.mark.parametrize(
    ("text", "name"), [(GOOD, "vibepiper.toml"), (GOOD_YAML, "vibepiper.yaml")]
)
def test_environments_replace_components_and_single_params(tmp_path, text, name):
    config = read(tmp_path, text, name)
    chosen, dev = config.environment(None, AT)
    assert (chosen, dict(dev.params)) == ("dev", {"day": 3, "limit": 2})
    assert dev.io_managers["default"].settings == {"root": "data"}
    _, prod = config.environment("prod", AT)
    assert prod.io_managers["default"].use == "postgres"
    assert prod.io_managers["default"].settings == {}


def test_toml_and_yaml_say_the_same(tmp_path):
    assert read(tmp_path, GOOD) == read(tmp_path, GOOD_YAML, "vibepiper.yml")


def test_an_environment_that_does_not_exist(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no environment 'prd'\n.*'prod'"):
        read(tmp_path, GOOD).environment("prd", AT)


PROJECT = '[project]\nname = "p"\nmodules = ["a.py"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"vibepiper.toml: 'project' is missing"),
        ('[projct]\nname = "p"', r"'project' is missing\n.*'project' where it says 'projct'"),
        ("[project]\nname = 'p'\n", r"toml:1: 'project.modules' is missing"),
        (PROJECT + "ower = 1", r"toml:4: unknown key 'project.ower'"),
        (PROJECT + "moduls = 1", r"toml:4: unknown key 'project.moduls'\n.*'modules'"),
        (PROJECT + "[io_manager.x]\nuse='f'", r"toml:4: unknown key 'io_manager'\n.*'io_managers'"),
        (
            PROJECT + "[environments.y.io_manager.x]\nuse='f'",
            r"toml:4: unknown key 'environments.y.io_manager'\n.*'io_managers'",
        ),
        (
            PROJECT + "[io_managers.x]\nues='f'",
            r"toml:4: 'io_managers.x.use' is missing\n.*'use' where it says 'ues'",
        ),
        (PROJECT + "[io_managers.x]\nuse=3", r"toml:5: 'io_managers.x.use': .*string, found 3"),
        (PROJECT + "[[io_managers.x]]\nuse='pw'", r"found a list"),
        ('[project]\nname = 3\nmodules = ["a"]', r"toml:2: 'project.name': .*string, found 3"),
        ('[project]\nname = "p"\nmodules = []', r"toml:3: 'project.modules': .*at least 1 item"),
        (
            '[project]\nname = "p"\nmodules = "a.py"',
            r"toml:3: 'project.modules': expected a list, found 'a.py'\n.*\[\"a.py\"\]",
        ),
        ("[project\n", r"vibepiper.toml: not valid TOML: .*line 1"),
        ("[project]\n[project]", r"not valid TOML: Cannot declare \('project',\) twice"),
        ("a = 1\na = 2\n", r"not valid TOML: Cannot overwrite a value \(at line 2"),
    ],
)
def test_wrong_toml_names_file_line_and_the_nearest_key(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


YAML = "project:\n  name: p\n  modules: [a.py]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "vibepiper.yaml: expected a table of keys, found nothing"),
        ("- a\n- b", "expected a table of keys, found a list"),
        (YAML + "parms: {}", r"yaml:4: unknown key 'parms'\n.*'params'"),
        (YAML + "  moduls: 1", r"yaml:4: unknown key 'project.moduls'\n.*'modules'"),
        (YAML + "project: {}", r"yaml:4: the key 'project' stands twice, first in line 1"),
        (
            YAML + "io_managers:\n  x:\n    use: a\n    use: b",
            r"yaml:7: the key 'io_managers.x.use' stands twice, first in line 6",
        ),
        ("project: {name", "not valid YAML: .*line 1"),
        ("project: !!python/object:os.system {}", "not valid YAML: .*could not determine"),
    ],
)
def test_wrong_yaml_names_file_line_and_the_nearest_key(tmp_path, text, message):
    with pytest.raises(ConfigError, match=r"(?s)" + message):
        read(tmp_path, text, "vibepiper.yaml")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "vibepiper.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(ConfigError, match=r"vibepiper.toml: not valid TOML: .*utf-8"):
        read_config(tmp_path / "vibepiper.toml")


def test_the_project_file_is_found_above(tmp_path):
    (tmp_path / "vibepiper.yml").write_text(YAML)
    (below := tmp_path / "a" / "b").mkdir(parents=True)
    assert find_project_file(below) == tmp_path / "vibepiper.yml"


def test_two_project_files_are_refused(tmp_path):
    for name in ("vibepiper.toml", "vibepiper.yaml"):
        (tmp_path / name).touch()
    with pytest.raises(ConfigError, match=r"has vibepiper.toml and vibepiper.yaml; keep one"):
        find_project_file(tmp_path)


def test_no_project_file(tmp_path):
    with pytest.raises(ConfigError, match=r"no vibepiper.toml or .*yaml in .*\n.*--project.*init"):
        find_project_file(tmp_path)
