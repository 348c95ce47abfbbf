"""For tests of VibePiper plugins and pipelines: fixtures, assertions, fake data, stand-ins for
components, real servers, and in `vibepiper_testing.conformance` the suites that components pass.

pytest loads the fixtures by itself wherever this distribution is installed. Names are imported on
first use, so that pytest starts as fast as without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_testing.assertions import assert_check_failed as assert_check_failed
    from vibepiper_testing.assertions import assert_lineage as assert_lineage
    from vibepiper_testing.assertions import assert_materialized as assert_materialized
    from vibepiper_testing.assertions import assert_schema as assert_schema
    from vibepiper_testing.assertions import assert_tables_equal as assert_tables_equal
    from vibepiper_testing.assertions import assert_valid_asset as assert_valid_asset
    from vibepiper_testing.context import RecordingContext as RecordingContext
    from vibepiper_testing.fake import fake_breaking as fake_breaking
    from vibepiper_testing.fake import fake_table as fake_table
    from vibepiper_testing.materialization import MaterializationFailed as MaterializationFailed
    from vibepiper_testing.materialization import Materialized as Materialized
    from vibepiper_testing.materialization import materialize as materialize
    from vibepiper_testing.memory import FixedInput as FixedInput
    from vibepiper_testing.memory import MemoryFileFormat as MemoryFileFormat
    from vibepiper_testing.memory import ScriptedValidator as ScriptedValidator
    from vibepiper_testing.memory import memory_io_manager as memory_io_manager
    from vibepiper_testing.memory_database import MemoryDatabase as MemoryDatabase
    from vibepiper_testing.projects import PluginSite as PluginSite
    from vibepiper_testing.projects import ProjectFolder as ProjectFolder
    from vibepiper_testing.recording import EventRecorder as EventRecorder
    from vibepiper_testing.scripted_executor import ScriptedExecutor as ScriptedExecutor
    from vibepiper_testing.servers import MariaDBServer as MariaDBServer
    from vibepiper_testing.servers import PostgresServer as PostgresServer
    from vibepiper_testing.servers import ServerUnavailable as ServerUnavailable
    from vibepiper_testing.servers import find_mariadb as find_mariadb
    from vibepiper_testing.servers import find_postgres as find_postgres
    from vibepiper_testing.servers import start_mariadb as start_mariadb
    from vibepiper_testing.servers import start_postgres as start_postgres
    from vibepiper_testing.strategies import tables as tables
    from vibepiper_testing.transform_check import check_transform as check_transform

_HOME = {
    "EventRecorder": "recording",
    "FixedInput": "memory",
    "MariaDBServer": "servers",
    "MaterializationFailed": "materialization",
    "Materialized": "materialization",
    "MemoryDatabase": "memory_database",
    "MemoryFileFormat": "memory",
    "PluginSite": "projects",
    "PostgresServer": "servers",
    "ProjectFolder": "projects",
    "RecordingContext": "context",
    "ScriptedExecutor": "scripted_executor",
    "ScriptedValidator": "memory",
    "ServerUnavailable": "servers",
    "assert_check_failed": "assertions",
    "assert_lineage": "assertions",
    "assert_materialized": "assertions",
    "assert_schema": "assertions",
    "assert_tables_equal": "assertions",
    "assert_valid_asset": "assertions",
    "check_transform": "transform_check",
    "fake_breaking": "fake",
    "fake_table": "fake",
    "find_mariadb": "servers",
    "find_postgres": "servers",
    "materialize": "materialization",
    "memory_io_manager": "memory",
    "start_mariadb": "servers",
    "start_postgres": "servers",
    "tables": "strategies",
}

__all__ = [
    "EventRecorder",
    "FixedInput",
    "MariaDBServer",
    "MaterializationFailed",
    "Materialized",
    "MemoryDatabase",
    "MemoryFileFormat",
    "PluginSite",
    "PostgresServer",
    "ProjectFolder",
    "RecordingContext",
    "ScriptedExecutor",
    "ScriptedValidator",
    "ServerUnavailable",
    "assert_check_failed",
    "assert_lineage",
    "assert_materialized",
    "assert_schema",
    "assert_tables_equal",
    "assert_valid_asset",
    "check_transform",
    "fake_breaking",
    "fake_table",
    "find_mariadb",
    "find_postgres",
    "materialize",
    "memory_io_manager",
    "start_mariadb",
    "start_postgres",
    "tables",
]


__getattr__ = lazy_attributes(__name__, _HOME)
