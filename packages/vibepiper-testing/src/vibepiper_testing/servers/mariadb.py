"""MariaDB, which stands for MySQL as well."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from vibepiper_testing.servers.account import (
    Account,
    ServerUnavailable,
    end_process,
    free_port,
    new_folder,
    tied,
)

__all__ = ["BIN_VARIABLE", "MariaDBServer", "find_mariadb", "start_mariadb"]

BIN_VARIABLE = "VIBEPIPER_TEST_MARIADB_BIN"
_SERVER, _INSTALL, _CLIENT = "mariadbd", "mariadb-install-db", "mariadb"
_START_SECONDS = 60
_ATTEMPTS = 3
_APT = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq", "-y"]


@dataclass(frozen=True, slots=True)
class Programs:
    server: Path
    install: Path
    client: Path


def find_mariadb() -> Programs:
    """The programs of a MariaDB server.

    Looks at ``$VIBEPIPER_TEST_MARIADB_BIN``, else ``PATH`` and ``/usr/sbin``; where they are
    missing, root on Debian or Ubuntu installs the package ``mariadb-server``. Raises
    `ServerUnavailable`.
    """
    named = os.environ.get(BIN_VARIABLE)
    found = _programs(named)
    if found is None and named is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = _programs(None)
    if found is None:
        where = f"{BIN_VARIABLE}={named}" if named else "PATH and /usr/sbin"
        raise ServerUnavailable(
            f"{where}: no {_SERVER}, {_INSTALL}, {_CLIENT} there; "
            "mend it with: apt-get install --no-install-recommends mariadb-server"
        )
    return found


def _programs(named: str | None) -> Programs | None:
    path = named or os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/bin"])
    found = [shutil.which(name, path=path) for name in (_SERVER, _INSTALL, _CLIENT)]
    return None if None in found else Programs(*(Path(name) for name in found if name))


@cache
def _install() -> None:
    """Debian's package; it starts no service where there is no init system."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    package = [*_APT, "install", "--no-install-recommends", "mariadb-server"]
    for command in (package, [*_APT, "update"], package):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if command is package and done.returncode == 0:
            return
    raise ServerUnavailable(f"{' '.join(package)}: {done.stderr.strip()[-500:]}")


@dataclass(slots=True)
class MariaDBServer:
    """A running server. ``user`` may do everything."""

    programs: Programs = field(repr=False)
    folder: Path
    port: int
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)
    account: Account = field(repr=False)
    host: str = "127.0.0.1"
    user: str = "tester"

    def url_of(self, database: str) -> str:
        """``mysql://user:password@host:port/database``."""
        return f"mysql://{self.user}:{self.password}@{self.host}:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Creates an empty database and returns its URL."""
        self._client(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        self._client(f"DROP DATABASE IF EXISTS `{name}`")

    def stop(self) -> None:
        """Ends the server in order."""
        end_process(self.process, signal.SIGTERM)

    def crash(self) -> None:
        """Ends the server at once, as a power cut would."""
        end_process(self.process, signal.SIGKILL)

    def restart(self) -> None:
        """Starts a server that has ended again, on the same port with the same data."""
        self.process = _launch(self.programs, self.folder, self.account, self.port)
        if not _is_ready(self.process, self.port):
            raise ServerUnavailable(f"the server did not restart: {_log(self.folder)}")

    def _client(self, statement: str) -> None:
        place = ["-h", self.host, "-P", str(self.port), "-u", self.user, "--protocol=tcp"]
        command = [str(self.programs.client), "--no-defaults", *place, "-e", statement]
        environment = {**os.environ, "MYSQL_PWD": self.password}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{statement}: {done.stderr.strip()}")


@contextmanager
def start_mariadb() -> Iterator[MariaDBServer]:
    """A new server on a free port with its data in a temporary folder; both are gone afterwards.

    As root it runs as ``nobody``. Durability is off: it is for tests. Raises `ServerUnavailable`.
    """
    programs = find_mariadb()
    account = Account.choose()
    folder = new_folder(account, "vp-my-")
    try:
        password = secrets.token_hex(12)
        _init(programs, folder, account)
        server = _start(programs, folder, account, password)
        try:
            yield server
        finally:
            server.crash()  # its data is thrown away, so nothing need be written first
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _init(programs: Programs, folder: Path, account: Account) -> None:
    options = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
    command = [str(programs.install), *options, f"--datadir={folder / 'db'}"]
    # Its account may not write to the temporary folder of this process.
    environment = {**os.environ, "TMPDIR": str(folder)}
    process = account.popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )
    output, _ = process.communicate(timeout=_START_SECONDS)
    if process.returncode != 0:
        raise ServerUnavailable(f"{command[0]} failed: {output.decode(errors='replace').strip()}")


def _start(programs: Programs, folder: Path, account: Account, password: str) -> MariaDBServer:
    made = f"CREATE OR REPLACE USER 'tester'@'%' IDENTIFIED BY '{password}';\n"
    made += "GRANT ALL ON *.* TO 'tester'@'%' WITH GRANT OPTION;\n"
    made += "DROP USER IF EXISTS ''@localhost;\n"
    orders = folder / "init.sql"
    orders.write_text(made)
    orders.chmod(0o600)
    if account.is_other:
        os.chown(orders, account.uid, account.gid)
    for _ in range(_ATTEMPTS):
        port = free_port()
        process = _launch(programs, folder, account, port)
        if _is_ready(process, port):
            return MariaDBServer(programs, folder, port, password, process, account)
    raise ServerUnavailable(f"{programs.server} did not start: {_log(folder)}")


def _launch(
    programs: Programs, folder: Path, account: Account, port: int
) -> subprocess.Popen[bytes]:
    settings = {
        "datadir": str(folder / "db"),
        "port": str(port),
        "bind-address": "127.0.0.1",
        "socket": str(folder / "s.sock"),
        "pid-file": str(folder / "server.pid"),
        "init-file": str(folder / "init.sql"),
        "tmpdir": str(folder),  # a server that starts removes what others have in a shared one
        "innodb-flush-log-at-trx-commit": "0",
        "innodb-buffer-pool-size": "64M",
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    command = tied([str(programs.server), "--no-defaults", *options], "KILL")
    with (folder / "server.log").open("ab") as log:
        return account.popen(command, stdout=log, stderr=log)


def _is_ready(process: subprocess.Popen[bytes], port: int) -> bool:
    """Waits until the process greets on its port, which it does after its first orders; False
    when it ended instead."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
                if probe.recv(5)[4:5] == b"\x0a":  # the protocol's version, in the first packet
                    return True
        except OSError:
            pass
        time.sleep(0.05)
    process.kill()
    process.wait()
    return False


def _log(folder: Path) -> str:
    return (folder / "server.log").read_text(errors="replace")[-2000:].strip()
