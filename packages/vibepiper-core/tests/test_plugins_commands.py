"""``vibepiper plugins`` and what stands below it, as a user runs them."""

import ensurepip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from vibepiper.errors import ConfigError
from vibepiper.requirements import read_lock

HOOK = "from vibepiper import ComponentSpec, hookimpl\n@hookimpl\ndef vibepiper_components():\n    "
STORE = HOOK + "return [ComponentSpec('io_manager', 'store', 'lazy_store:Store', 'It.')]"
PIP = [sys.executable, "-W", "ignore", "-m", "pip"]
PROJECT = '[project]\nname = "p"\nmodules = ["pipeline.py"]\n'


def found(project, command, name):
    return next(row for row in project.json("plugins", *command) if row["distribution"] == name)


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("import time; time.sleep(60)", "hangs"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crashes"),
        ("import os; os._exit(3)", "crashes"),
        ("import nothing_like_it", "missing_library"),
        (STORE, "import_error"),
    ],
)
def test_the_doctor_survives_what_it_examines(project, source, state):
    project.site.install("ill", source)
    report = found(project, ["doctor", "--timeout", "2"], "ill")
    assert [finding["kind"] for finding in report["findings"]] == [state]
    assert project.cli("plugins", "doctor", "--timeout", "2").returncode == 1


def test_the_doctor_says_which_requirement_is_not_met(project):
    project.site.install("picky", "", requires="pluggy>=99")
    (finding,) = found(project, ["doctor"], "picky")["findings"]
    assert finding["problem"].startswith("it requires pluggy: wanted >=99, found 1.")
    assert finding["mend"] == "pip install 'pluggy>=99'"


def test_the_doctor_finds_nothing_at_a_sound_environment(project):
    assert project.cli("plugins", "doctor").returncode == 0


def test_show_gives_settings_types_defaults_and_secrets(shelf):
    (plugin,) = shelf.json("plugins", "show", "shelf")
    store = next(c for c in plugin["components"] if c["name"] == "shelf")
    assert store["capabilities"] == {"staging": "full"}
    told = [tuple(s[k] for k in ("name", "type", "default", "secret")) for s in store["settings"]]
    assert told == [
        ("folder", "Path", "'shelf'", False),
        ("password", "str | none", "none", True),
    ]
    assert "staging full" in shelf.cli("plugins", "show", "shelf").stdout


def test_show_tells_why_a_component_cannot_be_loaded(project):
    project.site.install("ill", STORE)
    done = project.cli("plugins", "show", "ill")
    assert (done.returncode, "library 'lazy_store' is missing" in done.stdout) == (0, True)


def test_show_of_nothing_gives_the_nearest_name(shelf):
    done = shelf.cli("plugins", "show", "shelve")
    assert done.returncode == 2
    assert "there is no plugin 'shelve'\n  Did you mean 'shelf'?" in done.stderr


@pytest.mark.parametrize(
    ("plugins", "message"),
    [
        ('shelf = ">=2"', "[plugins] shelf: wanted >=2, found 1.0\n  pip install 'shelf>=2'"),
        ('other = "*"', "[plugins] other: wanted any version, it is not installed"),
        ('shelf = "two"', "'plugins.shelf': expected a range such as >=1.2,<2 or *, found 'two'"),
    ],
)
def test_a_project_is_refused_where_its_pins_do_not_hold(shelf, plugins, message):
    shelf.write("@asset\ndef a(): return 1", f"{PROJECT}[plugins]\n{plugins}\n")
    done = shelf.cli("list")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "vibepiper.toml:5:" in done.stderr


def test_a_project_starts_where_its_pins_hold(shelf):
    shelf.write("@asset\ndef a(): return 1", f'{PROJECT}[plugins]\nshelf = ">=1,<2"\n')
    assert shelf.cli("list").returncode == 0


def test_a_lock_is_checked(project):
    project.site.install("ours", "")
    assert project.cli("plugins", "lock").returncode == 0
    assert project.cli("plugins", "check").returncode == 0
    info = project.site.path / "ours-1.0.dist-info" / "METADATA"
    info.write_text(info.read_text().replace("Version: 1.0", "Version: 1.1"))
    project.site.install("another", "")
    done = project.cli("plugins", "check")
    assert done.returncode == 2
    assert "ours: wanted ==1.0, found 1.1\n" in done.stderr
    assert "another: wanted none, found 1.0\n" in done.stderr


def test_pip_takes_a_lock(project):
    """pip itself, from the wheel that Python carries for ensurepip."""
    wheels = list((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    if not wheels:
        pytest.skip("this Python carries no pip")
    project.cli("plugins", "lock")
    done = subprocess.run(
        [*PIP, "install", "--dry-run", "--no-index", "-c", "constraints.txt", "pluggy"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(wheels[0])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_lock_that_is_no_lock_is_refused_by_line(tmp_path):
    path = tmp_path / "constraints.txt"
    path.write_text("# pins\npluggy==1.0\npyarrow>=3\n")
    with pytest.raises(ConfigError, match=r"txt:3: expected name==version, found 'pyarrow>=3'"):
        read_lock(path)
    with pytest.raises(ConfigError, match=r"cannot be read(.|\n)*plugins lock"):
        read_lock(tmp_path / "none.txt")


@pytest.mark.parametrize("command", ["list", "validate", "plugins"])
def test_what_is_switched_off_exists(project, command):
    project.write("@asset\ndef a(): return 1")
    done = project.cli("-p", "no:cor", command)
    assert (done.returncode, done.stdout) == (2, "")
    assert "-p no:cor: there is no such plugin\n  Did you mean 'core'?" in done.stderr


def test_what_is_switched_off_is_spelt_out(project):
    done = project.cli("-p", "core", "plugins")
    assert (done.returncode, "--plugin core: expected no:NAME" in done.stderr) == (2, True)
