"""The suite of stores, for those that are planted. Not collected by itself: run by test_suites.py,
beside planted_suites.py."""

import planted_plugin as planted
from vibepiper_testing.conformance import IOManagerSuite
from vibepiper_testing.conformance.io_manager.changing import ChangeSuite
from vibepiper_testing.conformance.io_manager.partitions import PartitionsSuite


def store_suite(name, refuses, suite=IOManagerSuite):
    members = {"component": name, "refuses": refuses, "kills": 2, "patience": 1}
    return type(name, (suite,), members)


for name, capabilities in planted.STORES.items():
    held_in_files = "durable" in capabilities
    refused = planted.NOT_IN_PARQUET if held_in_files else frozenset()
    globals()[f"Test{name}"] = store_suite(name, refused)

for name in planted.CHANGING:
    globals()[f"Test{name}"] = store_suite(name, planted.NOT_IN_PARQUET, ChangeSuite)

for name in planted.PARTITIONED:
    globals()[f"Test{name}"] = store_suite(name, planted.NOT_IN_PARQUET, PartitionsSuite)
