"""--full-refresh makes an incremental asset from nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from vibepiper_testing import PluginSite, ProjectFolder

STORES = {
    "files": 'use = "files"\nroot = "data"\n',
    "duckdb": 'use = "duckdb"\npath = "warehouse.duckdb"\n',
}
CHUNKS = """
from vibepiper import asset, incremental


@asset(key="n", materialization=incremental("upsert", cursor="n", chunks=True))
def numbers(cursor):
    first = {first} if cursor.last is None else cursor.last + 1
    for begin in range(first, {end}, 2):
        if begin == {dies_at}:
            raise OSError("the source went away")
        yield [{{"n": n}} for n in range(begin, min(begin + 2, {end}))]
"""

ROWS = """
import json
from pathlib import Path

import pyarrow as pa
from vibepiper import asset, incremental

SCHEMA = pa.schema([("id", pa.int64()), ("seen", pa.int64()), ("gone", pa.bool_())])


@asset(key="id", materialization=incremental({options}))
def rows(cursor):
    found = json.loads(Path("rows.json").read_text())
    found = [row for row in found if cursor.last is None or row["seen"] > cursor.last]
    return pa.Table.from_pylist(found, schema=SCHEMA)
"""


class Project:
    def __init__(self, folder: ProjectFolder, store: str) -> None:
        self.folder = folder
        self.config = (
            f'[project]\nname = "test"\nmodules = ["pipeline.py"]\n[io_managers.default]\n{store}'
        )

    def run(
        self, *arguments: str, first: int, more: int = 6, dies_at: int = -1, code: int = 0
    ) -> None:
        pipeline = CHUNKS.format(first=first, end=first + more, dies_at=dies_at)
        self.folder.write(pipeline, self.config)
        done = self.folder.vibepiper("run", *arguments)
        assert done.returncode == code, done.stdout + done.stderr

    def make(self, rows: list[tuple[object, int, bool]], *arguments: str, code: int = 0) -> str:
        given = [dict(zip(("id", "seen", "gone"), row, strict=True)) for row in rows]
        (self.folder.root / "rows.json").write_text(json.dumps(given))
        done = self.folder.vibepiper("run", *arguments)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def declare(self, options: str) -> Project:
        self.folder.write(ROWS.format(options=options), self.config)
        return self

    def rows(self) -> list[tuple[object, ...]]:
        shown = self.folder.json("show", "rows", "--rows", "100")
        return sorted(tuple(row.values()) for row in shown["first_rows"])

    def numbers(self) -> list[int]:
        shown = self.folder.json("show", "numbers", "--rows", "100")
        return sorted(row["n"] for row in shown["first_rows"])


@pytest.fixture(params=list(STORES))
def project(request: pytest.FixtureRequest, tmp_path: Path, plugin_site: PluginSite) -> Project:
    root = tmp_path / "project"
    root.mkdir()
    return Project(ProjectFolder(root, plugin_site), STORES[request.param])


def test_every_chunk_of_a_full_refresh_is_kept_and_nothing_from_before(project: Project) -> None:
    project.run(first=0)
    project.run("--full-refresh", first=100)
    assert project.numbers() == [100, 101, 102, 103, 104, 105]


def test_a_full_refresh_that_died_between_chunks_is_resumed(project: Project) -> None:
    project.run(first=0)
    project.run("--full-refresh", first=100, dies_at=104, code=1)
    project.run("--resume", first=100)
    assert project.numbers() == [100, 101, 102, 103, 104, 105]


UPSERT = "'upsert', cursor='seen', deleted='gone'"


def test_a_full_refresh_follows_the_rules_of_the_mode(project: Project) -> None:
    project.declare(UPSERT).make([(9, 1, False)])
    project.make([(1, 1, False), (1, 2, False), (2, 1, False), (2, 2, True)], "--full-refresh")
    assert project.rows() == [(1, 2, False)]
    project.make([(1, 2, False), (3, 3, False)])
    assert project.rows() == [(1, 2, False), (3, 3, False)]


def test_a_full_refresh_refuses_what_a_first_run_would(project: Project) -> None:
    project.declare(UPSERT).make([(9, 1, False)])
    said = project.make([(1, 1, False), (None, 2, False)], "--full-refresh", code=1)
    assert "'id' is null in 1" in said
    assert project.rows() == [(9, 1, False)]


def test_a_full_refresh_may_change_types(project: Project) -> None:
    project.declare(UPSERT).make([(9, 1, False)])
    project.folder.write(
        ROWS.format(options=UPSERT).replace('("id", pa.int64())', '("id", pa.string())'),
        project.config,
    )
    project.make([("a", 1, False)], "--full-refresh")
    assert project.rows() == [("a", 1, False)]


def test_a_full_refresh_reads_all_rows_for_a_history_and_loses_none(project: Project) -> None:
    """What is closed in a history cannot be fetched again."""
    project.declare("'scd2', cursor='seen'").make([(1, 1, False), (2, 1, False)])
    project.make([(1, 5, True)])
    project.make([(3, 4, False)], "--full-refresh")
    kept = [row[:3] for row in project.rows()]
    assert kept == [(1, 1, False), (1, 5, True), (2, 1, False), (3, 4, False)]
