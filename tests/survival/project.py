"""A copy of the pipeline in a folder of its own, run by processes of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from vibepiper.component import ComponentContext
from vibepiper.data import as_reader
from vibepiper.io_manager import AssetRef
from vibepiper.state import StateStore
from vibepiper.state.records import RunRecord
from vibepiper_duckdb import DuckDBIOManager, DuckDBSettings
from vibepiper_files import FileIOManager, FileSettings
from vibepiper_postgres import PostgresIOManager, PostgresSettings

__all__ = ["PIPELINE", "Mill", "kill"]

PIPELINE = Path(__file__).parent / "pipeline"
_MAIN = "from vibepiper.cli import main; main()"
_URIS = {"orders_page": "out/orders.csv"}
_VIEWS = ("open_orders",)
_SIDE_TABLE = re.compile(r"vp_[0-9a-f]{12}_")

Rows = Counter[str]


@dataclass(frozen=True, slots=True)
class Mill:
    """The pipeline in ``root``, with its tables of PostgreSQL in the database of ``url``."""

    root: Path
    url: str

    @classmethod
    def copied(cls, root: Path, url: str) -> Mill:
        shutil.copytree(PIPELINE, root, ignore=shutil.ignore_patterns("__pycache__"))
        return cls(root, url)

    def set_round(self, number: int) -> None:
        (self.root / "round.txt").write_text(str(number))

    def set_files(self, *, reader_seconds: int) -> None:
        """How long the store of files keeps versions for readers: else how many it has depends
        on how fast the machine is."""
        file = self.root / "vibepiper.toml"
        store = 'use = "files"\n'
        text = file.read_text().replace(store, f"{store}reader_seconds = {reader_seconds}\n")
        file.write_text(text)

    def start(self, *arguments: str, output: str = "output.txt") -> subprocess.Popen[str]:
        """A command in a process group of its own; it writes to the file ``output``."""
        with (self.root / output).open("w") as told:
            return subprocess.Popen(
                [sys.executable, "-c", _MAIN, *arguments],
                cwd=self.root,
                env={**os.environ, "MILL_POSTGRES_URL": self.url, "COLUMNS": "200"},
                stdout=told,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def run(self, *arguments: str, code: int = 0) -> str:
        """Runs a command to its end, which must be ``code``; what it said."""
        process = self.start(*arguments)
        try:
            found = process.wait(timeout=240)
        finally:
            kill(process)
        output = (self.root / "output.txt").read_text()
        assert found == code, f"{' '.join(arguments)} exited with {found}:\n{output[-6000:]}"
        return output

    def output(self) -> str:
        return (self.root / "output.txt").read_text()

    def last_run(self) -> RunRecord | None:
        with self._state() as state:
            return state.last_run()

    def open_leases(self) -> int:
        with self._state() as state:
            facts = state.facts()
            return len(facts.leases) + facts.rows["claims"]

    def executions(self) -> Counter[tuple[str, str, int]]:
        """How often each asset and partition was executed in each round."""
        found: Counter[tuple[str, str, int]] = Counter()
        for line in (self.root / "executions.log").read_text().splitlines():
            asset, partition, number, _ = line.split("\t")
            found[asset, partition, int(number)] += 1
        return found

    def done(self, run_id: str) -> set[tuple[str, str]]:
        """The assets, each with its partitions, whose steps are on record as made."""
        with self._state() as state:
            made = [step for step in state.steps(run_id) if step.status == "succeeded"]
        # A step of two days has both in its name.
        return {(step.asset, day) for step in made for day in step.partition.split("..")}

    def published(self) -> dict[str, Rows]:
        """The rows of every asset; of times that are those of the run, what they mean."""
        with self._state() as state:
            stores = {key: made.store for key, made in state.latest("default").items()}
        with self._stores() as managers:
            return {
                key: _rows(managers[store].load(AssetRef(key, _URIS.get(key))), key)
                for key, store in sorted(stores.items())
                if key not in _VIEWS
            }

    def keep_warehouse(self, name: str) -> None:
        """Copies DuckDB's files as a killed run left them, to look into should rows be missing."""
        kept = self.root / "killed" / name
        kept.mkdir(parents=True)
        for path in (self.root / "data").glob("warehouse.duckdb*"):
            if path.is_file():
                shutil.copy2(path, kept)

    def litter(self) -> list[str]:
        """Files, locks and tables of loads that are not, or no longer, under way."""
        data = self.root / "data"
        staged = [*data.rglob(".staging/**/*"), *data.glob("warehouse.duckdb.locks/vp_*")]
        found = [str(path.relative_to(self.root)) for path in staged if path.is_file()]
        return found + [table for table in self._all_tables() if _SIDE_TABLE.search(table)]

    def tables(self) -> set[str]:
        """The tables of both databases that are no litter."""
        return {table for table in self._all_tables() if not _SIDE_TABLE.search(table)}

    def _all_tables(self) -> list[str]:
        import duckdb

        query = "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        query += " WHERE table_schema NOT IN ('information_schema', 'pg_catalog')"
        with psycopg.connect(self.url) as connection:
            found = [f"postgres {name}" for (name,) in connection.execute(query)]
        path = self.root / "data" / "warehouse.duckdb"
        with closing(duckdb.connect(str(path), read_only=True)) as warehouse:
            return found + [f"duckdb {name}" for (name,) in warehouse.execute(query).fetchall()]

    def files(self) -> Counter[str]:
        """How many files there are in each folder of the store of files."""
        files = (path for path in self.root.joinpath("data").rglob("*") if path.is_file())
        return Counter(
            f"{path.parent.relative_to(self.root)}/*{path.suffix}"
            for path in files
            if not {".staging", "warehouse.duckdb", "warehouse.duckdb.locks"} & {*path.parts}
        )

    def _state(self) -> StateStore:
        return StateStore(self.root / ".vibepiper" / "state.db")

    @contextmanager
    def _stores(self) -> Iterator[dict[str, Any]]:
        context = ComponentContext("default", self.root)
        warehouse = DuckDBSettings(path=Path("data/warehouse.duckdb"))
        managers = {
            "default": FileIOManager(FileSettings(), context),
            "warehouse": DuckDBIOManager(warehouse, context),
            "postgres": PostgresIOManager(PostgresSettings(url=self.url), context),
        }
        try:
            yield managers
        finally:
            for manager in managers.values():
                manager.close()


def kill(process: subprocess.Popen[str]) -> None:
    """Ends a process and its children at once, as the kernel does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Until the last of the killed processes is gone."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)


def _rows(data: object, key: str) -> Rows:
    with as_reader(data) as reader:
        rows = reader.read_all().to_pylist()
    if key.endswith("_history"):
        rows = _masked(rows)
    return Counter(repr(sorted(row.items())) for row in rows)


def _masked(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A history with what its times mean in place of the times, which are those of the run."""
    begins = {(row["id"], row["valid_from"]) for row in rows}
    return [{**row, "valid_from": None, "valid_to": _meaning(row, begins)} for row in rows]


def _meaning(row: dict[str, Any], begins: set[tuple[Any, Any]]) -> str:
    if row["valid_to"] is None:
        return "holds"
    followed = (row["id"], row["valid_to"]) in begins
    return "until the next one" if followed else "until it was gone"
