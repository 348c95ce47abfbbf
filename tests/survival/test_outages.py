"""Disks that are full or only read, and servers that go away, in the middle of a run."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from vibepiper_testing import PluginSite, ProjectFolder
from vibepiper_testing.servers import PostgresServer, start_postgres

CONFIG = """
[project]
name = "outages"
modules = ["pipeline.py"]

[io_managers.default]
"""
STORES = {
    "files": 'use = "files"\nroot = "data"\n',
    "duckdb": 'use = "duckdb"\npath = "data/warehouse.duckdb"\n',
}
# Texts of 20 kB that do not compress, each from its number.
ROWS = """
import random
from pathlib import Path

from vibepiper import asset, incremental


def text(n):
    return random.Random(n).randbytes(10_000).hex()


@asset(materialization=incremental("append", cursor="n", chunks=True))
def rows(cursor):
    first = 0 if cursor.last is None else cursor.last + 1
    for begin in range(first, int(Path("upto.txt").read_text()), 10):
        yield [{"n": n, "text": text(n)} for n in range(begin, begin + 10)]


@asset
def copied(rows):
    return rows
"""


class Project:
    """A project in ``root``; ``upto`` is how many rows its source has."""

    def __init__(self, folder: ProjectFolder) -> None:
        self.folder = folder

    def run(self, *arguments: str, upto: int | None = None) -> tuple[int, str]:
        if upto is not None:
            (self.folder.root / "upto.txt").write_text(str(upto))
        done = self.folder.vibepiper("run", *arguments)
        return done.returncode, done.stdout + done.stderr

    def numbers(self, asset: str) -> list[int]:
        shown = self.folder.json("show", asset, "--rows", "10000")
        return [row["n"] for row in shown["first_rows"]]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """20 MB, which are unmounted at the end."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def project(tmp_path: Path, plugin_site: PluginSite) -> Project:
    (tmp_path / "project").mkdir()
    return Project(ProjectFolder(tmp_path / "project", plugin_site))


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("state", ["beside", "elsewhere"])
def test_a_disk_that_fills_up_during_a_run_loses_nothing(
    small_disk: Path, tmp_path: Path, plugin_site: PluginSite, store: str, state: str
) -> None:
    project = Project(ProjectFolder(small_disk, plugin_site))
    place = "" if state == "beside" else f'state = "{tmp_path}/state.db"\n'
    config = CONFIG.replace("\n\n[io", f"\n{place}\n[io")
    project.folder.write(ROWS, config + STORES[store])
    assert project.run(upto=30)[0] == 0
    filler = small_disk / "filler"
    free = shutil.disk_usage(small_disk).free
    filler.write_bytes(bytes(free - 1_500_000))

    code, said = project.run(upto=200)
    assert code in (1, 2), said
    assert "No space left" in said or "disk is full" in said, said
    assert "Traceback" not in said, said
    filler.unlink()
    before = project.numbers("rows")
    assert before == list(range(len(before)))
    assert len(before) >= 30

    code, said = project.run("--resume") if "--resume" in said else project.run()
    assert code == 0, said
    assert project.run()[0] == 0
    for asset in ("rows", "copied"):
        assert sorted(project.numbers(asset)) == list(range(200))


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("read_only", ["the data", "all"])
def test_a_disk_that_is_only_read_is_named_and_loses_nothing(
    small_disk: Path, project: Project, plugin_site: PluginSite, store: str, read_only: str
) -> None:
    if read_only == "all":
        project = Project(ProjectFolder(small_disk, plugin_site))
    else:
        (project.folder.root / "data").symlink_to(small_disk)
    project.folder.write(ROWS, CONFIG + STORES[store])
    assert project.run(upto=20)[0] == 0
    (project.folder.root / "upto.txt").write_text("40")
    remount(small_disk, "ro")
    code, said = project.run()
    remount(small_disk, "rw")
    assert code in (1, 2), said
    assert "ead-only" in said, said
    assert "Traceback" not in said, said
    assert project.numbers("rows") == list(range(20))

    code, said = project.run("--resume") if "--resume" in said else project.run()
    assert code == 0, said
    assert project.numbers("rows") == list(range(40))


def test_state_that_another_process_locks_for_a_while_is_waited_for(project: Project) -> None:
    project.folder.write(ROWS, CONFIG + STORES["files"])
    assert project.run(upto=10)[0] == 0
    other = sqlite3.connect(
        project.folder.root / ".vibepiper" / "state.db", check_same_thread=False
    )
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(3, other.rollback)
    release.start()
    code, said = project.run(upto=30)
    release.join()
    other.close()
    assert code == 0, said
    assert project.numbers("rows") == list(range(30))


AWAY = """
import time
from pathlib import Path

import pyarrow as pa
from vibepiper import asset, incremental


@asset(materialization=incremental("append", cursor="n"), retries={retries}, delay=2)
def rows(cursor):
    first = 0 if cursor.last is None else cursor.last + 1
    Path("entered").touch()
    while not Path("away").exists():
        time.sleep(0.05)
    return [{{"n": n}} for n in range(first, first + 10)]


@asset
def copied(rows):
    return rows
"""
POSTGRES = 'use = "postgres"\nurl = { secret = "OUTAGE_URL" }\n'


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One of its own, to be stopped."""
    with start_postgres() as server:
        yield server


def be_away(server: PostgresServer, root: Path, how: str) -> None:
    """Stops the server once the run has entered its asset, and starts it 5 seconds later."""
    end = time.monotonic() + 60
    while not (root / "entered").exists() and time.monotonic() < end:
        time.sleep(0.05)
    getattr(server, how)()
    (root / "away").touch()
    time.sleep(5)
    server.restart()


@pytest.mark.parametrize("how", ["stop", "crash"])
@pytest.mark.parametrize("retries", [6, 0])
def test_a_store_that_is_away_for_five_seconds_loses_nothing(
    project: Project,
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    retries: int,
) -> None:
    monkeypatch.setenv("OUTAGE_URL", server.create_database("outage"))
    project.folder.write(AWAY.format(retries=retries), CONFIG + POSTGRES)
    with ThreadPoolExecutor() as other:
        run = other.submit(project.run)
        be_away(server, project.folder.root, how)
        code, said = run.result()
    if not retries:
        assert code == 1, said
        assert "asset 'rows'" in said
        assert server.password not in said
        code, said = project.run("--resume")
    assert code == 0, said
    for asset in ("rows", "copied"):
        assert sorted(project.numbers(asset)) == list(range(10))
