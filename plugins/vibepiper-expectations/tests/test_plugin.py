from __future__ import annotations

import subprocess
import sys

import vibepiper_expectations
from vibepiper.host import PluginHost
from vibepiper_expectations import ExpectationValidator


def test_the_host_finds_and_loads_the_validator() -> None:
    host = PluginHost()
    assert host.load(host.spec("validator", "expectations")) is ExpectationValidator


def test_the_declaration_imports_no_driver() -> None:
    heavy = "{'pyarrow', 'duckdb', 'sqlglot', 'pydantic', 'vibepiper_transform'}"
    code = f"import sys, vibepiper_expectations.plugin; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_declaring_checks_imports_no_query_engine() -> None:
    heavy = "{'duckdb', 'sqlglot', 'vibepiper_transform'}"
    names = "expect, validate, Schema, Field"
    code = (
        f"import sys; from vibepiper_expectations import {names}; print({heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_every_exported_name_exists() -> None:
    assert vibepiper_expectations.__all__ == sorted(vibepiper_expectations._HOME)
    for name in vibepiper_expectations.__all__:
        assert getattr(vibepiper_expectations, name) is not None
