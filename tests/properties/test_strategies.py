"""Any sequence of changes, late rows, deletes, and runs that fail or are killed, through each
incremental strategy, leaves what a plain model says."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
from vibepiper import PluginHost, Session, StateStore, load_project, make_plan, run_plan
from vibepiper.data import as_reader
from vibepiper.io_manager import AssetRef
from vibepiper_duckdb import DuckDBIOManager
from vibepiper_files import FileIOManager
from vibepiper_postgres import PostgresIOManager

LOOKBACK = 10
KILLED = 9
STORES = {
    "files": ('use = "files"\nroot = "data"\n', FileIOManager),
    "duckdb": ('use = "duckdb"\npath = "warehouse.duckdb"\n', DuckDBIOManager),
    "postgres": (
        'use = "postgres"\nurl = {{ secret = "WORLD_URL" }}\nschema = "{world}"\n',
        PostgresIOManager,
    ),
}
PIPELINE = """
import os
import pickle
from pathlib import Path

import pyarrow as pa
from vibepiper import asset, incremental

SCHEMA = pa.schema(
    [("id", pa.int64()), ("seq", pa.int64()), ("v", pa.string()), ("gone", pa.bool_())]
)


@asset({options})
def feed(cursor):
    rows, fails = pickle.loads(Path("{root}/source.pickle").read_bytes())
    start = cursor.start
    rows = [row for row in rows if start is None or row["seq"] > start]

    def batches():
        for row in rows:
            yield pa.RecordBatch.from_pylist([row], schema=SCHEMA)
            if fails == "in the stream":
                raise OSError("the source went away")
            if fails == "killed in the stream":
                os._exit({KILLED})

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())
"""
_KEYED = "key='id', materialization=incremental('{}', cursor='seq', lookback={}{})"
MODES = {
    "append": "materialization=incremental('append', cursor='seq')",
    "upsert": _KEYED.format("upsert", LOOKBACK, ", deleted='gone'"),
    "delete_insert": _KEYED.format("delete_insert", LOOKBACK, ""),
    "scd2": _KEYED.format("scd2", LOOKBACK, ", deleted='gone'"),
}

Row = dict[str, Any]


@dataclass
class Model:
    """What is published, as plain as can be."""

    mode: str
    table: list[Row] = field(default_factory=list)
    cursor: int | None = None

    def load(self, source: list[Row], *, anew: bool) -> None:
        last = None if anew else self.cursor
        start = None if last is None else last - (0 if self.mode == "append" else LOOKBACK)
        rows = [row for row in source if start is None or row["seq"] > start]
        if anew and rows and self.mode != "scd2":
            self.table = []
        if rows:
            getattr(self, f"_{self.mode}")(rows)
            self.cursor = max([row["seq"] for row in rows] + ([] if last is None else [last]))

    def _append(self, rows: list[Row]) -> None:
        self.table += rows

    def _upsert(self, rows: list[Row]) -> None:
        held = {row["id"]: row for row in self.table}
        for row in sorted(rows, key=lambda row: row["seq"]):
            if row["id"] in held and held[row["id"]]["seq"] > row["seq"]:
                continue
            held[row["id"]] = row
        self.table = [row for row in held.values() if not row["gone"]]

    def _delete_insert(self, rows: list[Row]) -> None:
        given = {row["id"] for row in rows}
        self.table = [row for row in self.table if row["id"] not in given] + rows

    def _scd2(self, rows: list[Row]) -> None:
        for key in {row["id"] for row in rows}:
            versions = [row for row in self.table if row["id"] == key]
            events: dict[int, Row | None] = {row["valid_from"]: row for row in versions}
            for row in versions:
                if row["valid_to"] is not None:
                    events.setdefault(row["valid_to"], None)
            for row in rows:
                if row["id"] == key:
                    events[row["seq"]] = None if row["gone"] else row
            self.table = [row for row in self.table if row["id"] != key]
            self.table += _history(events)


def _history(events: dict[int, Row | None]) -> list[Row]:
    made: list[Row] = []
    is_open = False
    for at, row in sorted(events.items()):
        if row is not None and is_open and made[-1]["v"] == row["v"]:
            continue
        if is_open:
            made[-1]["valid_to"] = at
        if row is not None:
            made.append({**row, "valid_from": at, "valid_to": None})
        is_open = row is not None
    return made


class World:
    """A project of one asset in a folder of its own, run in this process."""

    def __init__(self, root: Path, store: str, mode: str) -> None:
        self.root = root
        self._store, self._mode = store, mode
        place, self._manager = STORES[store]
        config = '[project]\nname = "p"\nmodules = ["pipeline.py"]\n[io_managers.default]\n'
        (root / "vibepiper.toml").write_text(config + place.format(world=root.name))
        pipeline = PIPELINE.format(options=MODES[mode], root=root, KILLED=KILLED)
        (root / "pipeline.py").write_text(pipeline)
        self._project = load_project(root)

    def run(self, source: list[Row], fate: str, *, anew: bool) -> str:
        given = pickle.dumps((source, fate))
        (self.root / "source.pickle").write_bytes(given)
        with (
            Session(self._project, PluginHost()) as session,
            StateStore(self._project.state) as state,
            self._fails(fate),
        ):
            plan = make_plan(session, state, full_refresh=anew)
            return run_plan(plan, session, state).status

    def dies(self, source: list[Row], fate: str, *, anew: bool) -> bool:
        """Runs it in a process of its own, and returns whether that came to its fate: where there
        is nothing to write it ends well."""
        url = os.environ.get("WORLD_URL")
        given = (self.root, self._store, self._mode, url, source, fate, anew)
        process = _PROCESSES.Process(target=_live, args=given)
        process.start()
        process.join()
        assert process.exitcode in (0, KILLED)
        return process.exitcode == KILLED

    @contextmanager
    def _fails(self, fate: str) -> Iterator[None]:
        if "publishing" not in fate:
            yield
            return
        original = self._manager.apply

        def apply(*arguments: Any) -> Any:
            if fate.endswith("after publishing"):
                original(*arguments)
            if fate.startswith("killed"):
                os._exit(KILLED)
            raise OSError("the connection was lost")

        with patch.object(self._manager, "apply", apply):
            yield

    def rows(self) -> list[tuple[object, ...]]:
        with Session(self._project, PluginHost()) as session:
            manager = session.store(self._project.graph["feed"]).manager
            if not manager.exists(AssetRef("feed")):
                return []
            with as_reader(manager.load(AssetRef("feed"))) as reader:
                return _comparable(reader.read_all().to_pylist())


_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])


def _live(
    root: Path, store: str, mode: str, url: str | None, source: list[Row], fate: str, anew: bool
) -> None:
    if url is not None:
        os.environ["WORLD_URL"] = url
    assert World(root, store, mode).run(source, fate, anew=anew) == "succeeded"


def _comparable(rows: list[Row]) -> list[tuple[object, ...]]:
    names = ("id", "v", "gone", "valid_from", "valid_to")
    if rows and "valid_from" not in rows[0]:
        names = ("id", "seq", "v", "gone")
    return sorted((tuple(row[name] for name in names) for row in rows), key=repr)


FAILURES = ["in the stream", "before publishing", "after publishing"]
KILLS = [f"killed {failure}" for failure in FAILURES]
FATES = ["done", "done", "done", *FAILURES, *KILLS]
CHANGES = st.tuples(
    st.integers(1, 3), st.sampled_from("ab"), st.booleans(), st.sampled_from([0, 0, 0, 5, 9])
)
ROUNDS = st.lists(
    st.tuples(st.lists(CHANGES, max_size=3), st.sampled_from(FATES), st.sampled_from([0, 0, 0, 1])),
    min_size=1,
    max_size=5,
)


@contextmanager
def _schema(name: str) -> Iterator[None]:
    """A schema of PostgreSQL for one world, where there is a server."""
    if (url := os.environ.get("WORLD_URL")) is None:
        yield
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
        yield
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(name)))


def _check(store: str, mode: str, rounds: list[Any]) -> None:
    source: list[Row] = []
    model = Model(mode)
    clock = 0
    with tempfile.TemporaryDirectory(prefix="world_") as folder, _schema(Path(folder).name):
        world = World(Path(folder), store, mode)
        for changes, fate, refresh in [*rounds, ([], "done", 0)]:
            for key, value, gone, late in changes:
                clock += 10
                seq = clock - late if mode != "append" else clock
                source.append({"id": key, "seq": seq, "v": value, "gone": gone})
            if fate in KILLS:
                well = not world.dies(source, fate, anew=bool(refresh))
            else:
                well = world.run(source, fate, anew=bool(refresh)) == "succeeded"
            assert well or fate != "done"
            if well or fate.endswith("after publishing"):
                model.load(source, anew=bool(refresh))
            assert world.rows() == _comparable(model.table)


@pytest.fixture(params=list(STORES))
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a store that there is."""
    monkeypatch.delenv("WORLD_URL", raising=False)
    if request.param == "postgres":
        monkeypatch.setenv("WORLD_URL", request.getfixturevalue("postgres_database"))
    return str(request.param)


SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("mode", MODES)
def test_a_strategy_leaves_what_the_model_says(store: str, mode: str) -> None:
    @settings(max_examples=12, deadline=None, suppress_health_check=SLOW, database=None)
    @given(ROUNDS)
    def check(rounds: list[Any]) -> None:
        _check(store, mode, rounds)

    check()


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("mode", MODES)
def test_a_strategy_leaves_what_the_model_says_in_many_sequences(store: str, mode: str) -> None:
    @settings(max_examples=300, deadline=None, suppress_health_check=SLOW)
    @given(ROUNDS)
    def check(rounds: list[Any]) -> None:
        _check(store, mode, rounds)

    check()


@pytest.mark.parametrize("fate", KILLS)
def test_a_run_is_killed_where_its_fate_says(store: str, fate: str) -> None:
    source = [{"id": 1, "seq": 10, "v": "a", "gone": False}]
    with tempfile.TemporaryDirectory(prefix="world_") as folder, _schema(Path(folder).name):
        world = World(Path(folder), store, "upsert")
        assert world.dies(source, fate, anew=False)
        assert len(world.rows()) == (fate == "killed after publishing")
        assert not world.dies(source, "done", anew=False)
        assert len(world.rows()) == 1
