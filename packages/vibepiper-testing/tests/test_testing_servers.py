from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from vibepiper_testing import (
    MariaDBServer,
    PostgresServer,
    ServerUnavailable,
    find_mariadb,
    find_postgres,
    start_mariadb,
    start_postgres,
)
from vibepiper_testing.servers import mariadb
from vibepiper_testing.servers.postgres import BIN_VARIABLE

USES_SERVER = "def test_it(postgres_server): assert postgres_server.port > 0\n"


def run_pytest(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(USES_SERVER)
    command = [sys.executable, "-m", "pytest", "-rs", "-q", "--import-mode=importlib", str(folder)]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "CI": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_database_is_new(postgres_server: PostgresServer, postgres_database: str) -> None:
    assert postgres_database.startswith(f"postgresql://postgres:{postgres_server.password}@127.0")
    with pytest.raises(RuntimeError, match="already exists"):
        postgres_server.create_database(postgres_database.rpartition("/")[2])


def test_a_server_ends_with_its_block_and_leaves_no_folder() -> None:
    with pytest.raises(ZeroDivisionError), start_postgres() as server:
        raise ZeroDivisionError
    assert server.process.returncode is not None
    assert not server.folder.exists()


def test_two_servers_do_not_meet() -> None:
    with start_postgres() as first, start_postgres() as second:
        assert first.port != second.port
        first.stop()
        assert second.process.poll() is None


def test_each_mariadb_database_is_new(mariadb_server: MariaDBServer, mariadb_database: str) -> None:
    assert mariadb_database.startswith(f"mysql://tester:{mariadb_server.password}@127.0.0.1")
    with pytest.raises(RuntimeError, match="database exists"):
        mariadb_server.create_database(mariadb_database.rpartition("/")[2])
    assert mariadb_server.password not in repr(mariadb_server)


def test_a_crashed_mariadb_restarts_with_its_data_and_ends_with_its_block() -> None:
    with start_mariadb() as server:
        server.create_database("kept")
        server.crash()
        server.restart()
        with pytest.raises(RuntimeError, match="database exists"):
            server.create_database("kept")
    assert server.process.returncode is not None
    assert not server.folder.exists()


def test_a_folder_without_mariadb_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(mariadb.BIN_VARIABLE, str(tmp_path))
    with pytest.raises(ServerUnavailable, match="no mariadbd, mariadb-install-db, mariadb there"):
        find_mariadb()


def test_a_crashed_server_restarts_with_its_data() -> None:
    with start_postgres() as server:
        server.create_database("kept")
        server.crash()
        server.restart()
        with pytest.raises(RuntimeError, match="already exists"):
            server.create_database("kept")


def test_the_password_is_not_printed(postgres_server: PostgresServer) -> None:
    assert postgres_server.password not in repr(postgres_server)


def test_a_folder_without_a_server_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BIN_VARIABLE, str(tmp_path))
    with pytest.raises(ServerUnavailable, match="no postgres, initdb, createdb there"):
        find_postgres()


def test_without_a_server_tests_are_skipped_with_the_reason(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, **{BIN_VARIABLE: str(tmp_path)})
    assert "no postgres, initdb, createdb there" in done.stdout
    assert "1 skipped" in done.stdout


def test_without_a_server_tests_fail_in_ci(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, CI="true", **{BIN_VARIABLE: str(tmp_path)})
    assert "CI=true needs a PostgreSQL server" in done.stdout
    assert "1 error" in done.stdout


def test_a_killed_test_run_takes_its_server_along(tmp_path: Path) -> None:
    code = (
        "import os, signal\nfrom vibepiper_testing import start_postgres\n"
        "with start_postgres() as server:\n"
        "    print(server.process.pid, server.folder, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    pid, folder = done.stdout.split()
    wait = ["tail", f"--pid={pid}", "-f", "/dev/null"]
    assert subprocess.run(wait, timeout=30, check=False).returncode == 0
    subprocess.run(["rm", "-rf", folder], check=True)


def test_the_pytest_plugin_is_cheap_to_import() -> None:
    code = "import sys, vibepiper_testing.pytest_plugin; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
