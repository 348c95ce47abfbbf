"""Databases that are locked, on a full disk, or in a folder that is only read."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from vibepiper.errors import StateError
from vibepiper.state import StateStore

from .conftest import event, make


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def held(path):
    """Another connection with the lock to write; what is called lets go of it."""
    StateStore(path).close()
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


def test_a_database_that_is_locked_for_a_moment_is_waited_for(path, held, begin):
    threading.Timer(1.0, held.rollback).start()
    started = time.monotonic()
    with StateStore(path) as store:
        begin(store, "a")
    assert time.monotonic() - started > 0.5


def test_a_database_that_stays_locked_is_named(path, held, begin):
    said = rf"{path} cannot be used: database is locked\n  Another process .* `fuser {path}`"
    with StateStore(path, wait_seconds=0.2) as store, pytest.raises(StateError, match=said):
        begin(store, "a")


def test_a_lock_is_waited_for_when_the_tables_are_made(path):
    """Also by the very first process."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, connection.rollback).start()
    StateStore(path).close()
    connection.close()


def test_a_new_database_is_made_by_many_at_once(tmp_path, begin):
    """SQLite refuses, without waiting, all but one of those that turn a file to WAL at once."""

    def open_at_once(path):
        turn = threading.Barrier(4)

        def work(number):
            turn.wait()
            with StateStore(path) as store:
                begin(store, f"a{number}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))

    for number in range(40):
        open_at_once(tmp_path / str(number) / "state.db")


def test_what_could_not_be_written_is_written_by_the_next_commit(path, begin):
    with StateStore(path, wait_seconds=0.2) as store:
        lease = begin(store, "a")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        store.end_step(event(lease, "a"), rows=1)
        with pytest.raises(StateError, match="locked"):
            store.commit()
        other.close()
        store.commit()
        assert [e.kind for e in store.events(lease.run_id)] == ["step_succeeded"]


def test_a_table_that_is_locked_on_a_server_is_named(postgres_database, begin):
    import psycopg

    with StateStore(postgres_database, wait_seconds=0.5) as store:
        lease = begin(store, "a")
        with psycopg.connect(postgres_database) as other:
            other.execute("LOCK TABLE vibepiper.events IN EXCLUSIVE MODE")
            store.record_event(event(lease, "a", "log"))
            with pytest.raises(StateError, match=r"lock timeout\n  Another session holds a lock"):
                store.commit()
        store.commit()
        assert len(store.events(lease.run_id)) == 1


def test_a_server_that_restarts_during_a_run_is_told_and_the_run_resumed(postgres_server, begin):
    url = postgres_server.create_database("restarted")
    store = StateStore(url)
    lease = begin(store, "a", "b")
    make(store, lease, "a", "l1")
    postgres_server.stop()
    postgres_server.restart()
    with pytest.raises(StateError, match=r"state database postgresql://.* cannot be used"):
        make(store, lease, "b", "l2")
    store.close()
    with StateStore(url) as again:
        again.resume_run(lease.run_id, claims=[])
        assert [key.asset for key in again.unfinished_steps(lease.run_id)] == ["b"]


@pytest.fixture
def small_disk(tmp_path):
    """20 MB, which are unmounted at the end."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def integrity(path):
    connection = sqlite3.connect(path)
    found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    connection.close()
    return found


def fill(store, lease):
    """Commits two events at a time; returns how often that went well, and the error."""
    for written in range(10_000):
        store.record_event(event(lease, "a", "log", message="x" * 100_000))
        store.record_event(event(lease, "a", "log", message="y" * 100_000))
        try:
            store.commit()
        except StateError as error:
            return written, str(error)
    return None


def test_a_full_disk_is_told_and_leaves_whole_steps(small_disk, begin):
    path = small_disk / "state.db"
    with StateStore(path) as store:
        lease = begin(store, "a")
        written, said = fill(store, lease)
    assert "state.db cannot be used: " in said
    assert "Check the disk" in said
    assert 0 < written < 200
    assert integrity(path) == "ok"
    with StateStore(path) as store:
        assert len(store.events(lease.run_id)) == 2 * written


def test_a_disk_that_is_full_from_the_start_is_told(small_disk):
    subprocess.run(["dd", "if=/dev/zero", f"of={small_disk}/filler", "bs=64k"], capture_output=True)
    with pytest.raises(StateError, match=r"state.db cannot be used: "):
        StateStore(small_disk / "state.db")
    (small_disk / "filler").unlink()
    StateStore(small_disk / "state.db").close()


def test_a_disk_that_is_only_read_is_told(small_disk, begin):
    path = small_disk / "state.db"
    with StateStore(path) as store:
        store.end_run(begin(store, "a").run_id, "succeeded")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StateError, match=r"state.db cannot be used: .*\n.* .* is read-only"):
        begin(StateStore(path), "a")
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert integrity(path) == "ok"
    with StateStore(path) as store:
        begin(store, "a")
