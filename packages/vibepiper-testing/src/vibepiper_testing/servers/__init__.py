"""Real servers that tests start, on ports and folders of their own, and stop again."""

from vibepiper_testing.servers.account import ServerUnavailable
from vibepiper_testing.servers.mariadb import MariaDBServer, find_mariadb, start_mariadb
from vibepiper_testing.servers.postgres import PostgresServer, find_postgres, start_postgres

__all__ = [
    "MariaDBServer",
    "PostgresServer",
    "ServerUnavailable",
    "find_mariadb",
    "find_postgres",
    "start_mariadb",
    "start_postgres",
]
