"""The suite of stores, for those that are planted. Not collected by itself: run by test_suites.py,
beside planted_suites.py."""

import planted_plugin as planted
from vibepiper_testing.conformance import IOManagerSuite


def store_suite(name, refuses):
    members = {"component": name, "refuses": refuses, "kills": 2, "patience": 1}
    return type(name, (IOManagerSuite,), members)


for name, capabilities in planted.STORES.items():
    held_in_files = "durable" in capabilities
    refused = planted.NOT_IN_PARQUET if held_in_files else frozenset()
    globals()[f"Test{name}"] = store_suite(name, refused)
