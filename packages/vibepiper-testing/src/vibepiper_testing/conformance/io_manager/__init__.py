"""The suite of IO managers."""

from __future__ import annotations

from vibepiper_testing.conformance.io_manager.changing import ChangeSuite
from vibepiper_testing.conformance.io_manager.durability import DurabilitySuite
from vibepiper_testing.conformance.io_manager.naming import NamingSuite
from vibepiper_testing.conformance.io_manager.objects import ObjectsSuite
from vibepiper_testing.conformance.io_manager.partitions import PartitionsSuite
from vibepiper_testing.conformance.io_manager.queries import QuerySuite
from vibepiper_testing.conformance.io_manager.saving import SavingSuite
from vibepiper_testing.conformance.io_manager.staging import StagingSuite

__all__ = ["IOManagerSuite"]


class IOManagerSuite(
    SavingSuite,
    NamingSuite,
    StagingSuite,
    ChangeSuite,
    PartitionsSuite,
    DurabilitySuite,
    QuerySuite,
    ObjectsSuite,
):
    """What every IO manager promises; with `staging`, the modes of changes, `partitions`,
    `durable`, `query` and `objects`, more.

    ::

        class TestAcme(IOManagerSuite):
            component = "acme"
            changes = {"uint64": pa.decimal128(20, 0)}
            refuses = {"union"}

            @pytest.fixture
            def settings(self, tmp_path):
                return {"root": str(tmp_path)}
    """
