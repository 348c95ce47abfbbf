"""The suite of inputs: upstreams as the types that functions ask for."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import pyarrow as pa
import pytest
from vibepiper import AssetRef, ComponentContext, ComponentSpec, IOManager, PluginHost
from vibepiper.component import Kind
from vibepiper.inputs import InputSource

from vibepiper_testing.conformance.suite import DeclaredSuite, load

__all__ = ["InputSuite"]

COLUMNS = {
    "bool": pa.array([True, None, False]),
    "int64": pa.array([2**53 + 1, 7, -1]),
    "float": pa.array([1.5, -0.5, 2.25]),
    "string": pa.array(["é", None, ""]),
    "date": pa.array(["2024-02-29", None, "1969-07-20"]).cast(pa.date32()),
}


class InputSuite(DeclaredSuite):
    """What every input promises. A subclass says how rows are had of what it gives.

    ::

        class TestAcmeFrame(InputSuite):
            component = "acme:Frame"

            def rows(self, given):
                return given.to_dicts()
    """

    kind: ClassVar[Kind] = "input"
    columns: ClassVar[Sequence[str]] = tuple(COLUMNS)
    """Which of `COLUMNS` come back with the same values."""

    def rows(self, given: Any) -> list[dict[str, object]]:
        raise TypeError(f"{type(self).__name__} does not say how rows are had of what it gives")

    @pytest.fixture
    def source(self, host: PluginHost, tmp_path: Path) -> InputSource:
        """An asset in core's memory store, where there is none yet."""
        spec = host.spec("io_manager", "memory")
        component = load(host, spec)
        made = component(component.settings_model(), ComponentContext("memory", tmp_path))
        store = cast("IOManager", made)
        return InputSource(AssetRef("upstream"), store, spec)

    @pytest.fixture
    def adapter(self, host: PluginHost, spec: ComponentSpec) -> Any:
        return host.load(spec)()

    def test_it_gives_the_type_it_is_named_for(
        self, adapter: Any, source: InputSource, spec: ComponentSpec
    ) -> None:
        """A parameter with this annotation gets an object of that type."""
        source.store.save(source.ref, pa.table({"n": [1]}))
        module, _, name = spec.name.partition(":")
        assert isinstance(adapter.load(source), getattr(importlib.import_module(module), name))

    @pytest.mark.parametrize("column", COLUMNS)
    def test_values_and_nulls_arrive(self, adapter: Any, source: InputSource, column: str) -> None:
        """Values arrive as they are, and nulls as nulls."""
        if column not in self.columns:
            pytest.skip(f"{type(self).__name__} claims only {', '.join(self.columns)}")
        table = pa.table({column: COLUMNS[column]})
        source.store.save(source.ref, table)
        assert self.rows(adapter.load(source)) == table.to_pylist()

    def test_an_empty_table_arrives(self, adapter: Any, source: InputSource) -> None:
        """A table without rows arrives, without rows."""
        source.store.save(source.ref, pa.table({"n": pa.array([], pa.int64())}))
        assert self.rows(adapter.load(source)) == []

    def test_a_table_of_many_chunks_arrives_whole(self, adapter: Any, source: InputSource) -> None:
        """A table that is stored in pieces arrives whole, in order."""
        pieces = [pa.table({"n": [start, start + 1]}) for start in range(0, 100, 2)]
        source.store.save(source.ref, pa.concat_tables(pieces))
        assert [row["n"] for row in self.rows(adapter.load(source))] == list(range(100))

    def test_the_stored_data_is_left_as_it_is(self, adapter: Any, source: InputSource) -> None:
        """What was given once can be given again."""
        source.store.save(source.ref, pa.table({"n": [1, 2]}))
        first = self.rows(adapter.load(source))
        assert self.rows(adapter.load(InputSource(source.ref, source.store, source.spec))) == first
