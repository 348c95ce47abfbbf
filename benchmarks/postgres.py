"""PostgreSQL to Parquet and back, against the ADBC driver itself and the server's bare COPY."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import adbc_driver_postgresql.dbapi as adbc
import pyarrow.parquet as pq
from pydantic import SecretStr
from vibepiper import AssetRef, ComponentContext
from vibepiper_files import FileIOManager, FileSettings
from vibepiper_postgres import PostgresIOManager, PostgresSettings
from vibepiper_testing import find_postgres, start_postgres

from benchmarks.data import FOLDER, orders_parquet
from benchmarks.measure import Measure, compare

ROWS = 2_000_000
REF = AssetRef("orders")
STAGED = AssetRef("orders", load_id="0123456789abcdef")


def measure() -> list[Measure]:
    source = orders_parquet(ROWS)
    with start_postgres() as server, TemporaryDirectory(dir=FOLDER) as folder:
        context = ComponentContext("default", Path(folder))
        files = FileIOManager(FileSettings(root=folder), context)
        store = PostgresIOManager(PostgresSettings(url=SecretStr(server.url)), context)
        table = pq.read_table(source)

        def ingest() -> None:
            with adbc.connect(server.url) as connection, connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS bare")
                cursor.adbc_ingest("bare", table.to_reader())
                connection.commit()

        def load() -> None:
            store.publish(STAGED, store.stage(STAGED, table))

        def fetch() -> None:
            with adbc.connect(server.url) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT * FROM bare")
                reader = cursor.fetch_record_batch()
                with pq.ParquetWriter(
                    Path(folder) / "bare.parquet", reader.schema, compression="zstd"
                ) as writer:
                    for batch in reader:
                        writer.write_batch(batch)

        def unload() -> None:
            files.publish(STAGED, files.stage(STAGED, store.load(REF)))

        into = compare(
            f"{ROWS:,} rows x 12 columns into PostgreSQL",
            {"ADBC ingest": ingest, "the IO manager": load},
            budget="at most ADBC's time",
        )
        copy = {"psql COPY to nowhere": lambda: _copy(server.url)} if _psql() else {}
        out = compare(
            f"{ROWS:,} rows x 12 columns out of PostgreSQL into Parquet",
            {"ADBC and pyarrow": fetch, "the IO managers": unload} | copy,
            budget="at most ADBC's time",
        )
        store.close()
        files.close()
    return [into, out]


def _psql() -> Path | None:
    program = find_postgres() / "psql"
    return program if program.exists() else None


def _copy(url: str) -> None:
    statement = "COPY bare TO STDOUT (FORMAT binary)"
    subprocess.run([str(_psql()), url, "-c", statement], check=True, stdout=subprocess.DEVNULL)
