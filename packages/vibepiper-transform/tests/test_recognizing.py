"""Which data is a relation of an engine."""

from __future__ import annotations

import sys
from types import ModuleType

import pyarrow as pa
import pytest
from vibepiper_transform import DuckDBBackend, from_arrow, relation_at

ROWS = pa.table({"n": [1]})


def test_a_relation_is_known_by_its_engine() -> None:
    rows = from_arrow(ROWS)
    assert relation_at(rows, rows.backend) is rows
    assert relation_at(rows, DuckDBBackend()) is rows
    assert relation_at(ROWS, rows.backend) is None


def test_while_another_thread_imports_the_builder_nothing_is_a_relation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "vibepiper_transform.relation"
    monkeypatch.setitem(sys.modules, module, ModuleType(module))
    assert relation_at(ROWS, DuckDBBackend()) is None
