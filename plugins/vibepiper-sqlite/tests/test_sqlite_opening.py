"""A file that many open at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vibepiper_sqlite.database import Database


def test_a_new_file_is_made_by_many_at_once(tmp_path: Path) -> None:
    """SQLite refuses, without waiting, all but one of those that turn a file to WAL at once."""

    def open_at_once(path: Path) -> None:
        turn = threading.Barrier(4)

        def work(number: int) -> None:
            turn.wait()
            with Database(path, lock_timeout=10).session() as session, session.transaction():
                session.execute(f"CREATE TABLE t{number} (n INTEGER)")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))

    for number in range(60):
        open_at_once(tmp_path / f"{number}.sqlite")
