"""How an upstream arrives: by the annotation of the parameter that names it."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

from vibepiper.assets import Asset, Parameter
from vibepiper.component import ComponentSpec
from vibepiper.data import as_reader, is_table
from vibepiper.errors import DataError, DefinitionError
from vibepiper.host import PluginHost
from vibepiper.io_manager import AssetRef, IOManager
from vibepiper.lazy import imported

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

__all__ = [
    "InputAdapter",
    "InputSource",
    "PandasFrame",
    "PolarsFrame",
    "PolarsLazyFrame",
    "Reader",
    "Rows",
    "Table",
    "annotation_of",
    "find_input",
    "load_input",
]


@dataclass(frozen=True)
class InputSource:
    """Where an upstream's data lies, for an `InputAdapter` to read."""

    ref: AssetRef
    store: IOManager
    spec: ComponentSpec

    def supports(self, capability: str) -> bool:
        return self.spec.supports(capability)

    @cached_property
    def data(self) -> object:
        return self.store.load(self.ref)

    def reader(self) -> pa.RecordBatchReader:
        return as_reader(self.data)


class InputAdapter(Protocol):
    """A component of kind ``input``: gives an upstream's table as the type it is named for.

    Its class is constructed without arguments. It is asked only for tables; an object that is
    no table passes as it is.
    """

    def load(self, source: InputSource) -> object: ...


class Table:
    """``pyarrow.Table``: the whole table in memory."""

    def load(self, source: InputSource) -> pa.Table:
        import pyarrow as pa

        return source.data if isinstance(source.data, pa.Table) else source.reader().read_all()


class Reader:
    """``pyarrow.RecordBatchReader``: a one-pass stream in constant memory."""

    def load(self, source: InputSource) -> pa.RecordBatchReader:
        return source.reader()


class PolarsFrame:
    """``polars.DataFrame``."""

    def load(self, source: InputSource) -> pl.DataFrame:
        import polars as pl

        return cast("pl.DataFrame", pl.from_arrow(source.reader().read_all()))


class PolarsLazyFrame(PolarsFrame):
    """``polars.LazyFrame`` over the table in memory."""

    def load(self, source: InputSource) -> pl.LazyFrame:  # type: ignore[override]
        return super().load(source).lazy()


class PandasFrame:
    """``pandas.DataFrame``, by pyarrow's own conversion."""

    def load(self, source: InputSource) -> pd.DataFrame:
        return source.reader().read_all().to_pandas()


class Rows:
    """``list[dict]``: the rows as Python values."""

    def load(self, source: InputSource) -> list[dict[str, object]]:
        return cast("list[dict[str, object]]", source.reader().read_all().to_pylist())


def find_input(host: PluginHost, asset: Asset, parameter: Parameter) -> ComponentSpec | None:
    """The adapter that serves the parameter's annotation; None when the stored data passes as
    it is. Raises `DefinitionError` for an annotation that cannot be resolved."""
    if parameter.annotation is None:
        return host.spec("input", asset.default_input)
    wanted = annotation_of(asset, parameter)
    if typing.get_origin(wanted) is not None:
        wanted = typing.get_origin(wanted)
    for spec in host.specs("input"):
        module, _, name = spec.name.partition(":")
        if wanted is imported(module, name):
            return spec
    return None


def load_input(
    adapter: Callable[[], InputAdapter] | None, source: InputSource, asset: Asset, name: str
) -> object:
    """An upstream's data for a parameter. Raises `DataError` when a table meets an annotation
    that no adapter serves, or an object one that is for tables."""
    annotation = next(p.annotation for p in asset.parameters if p.name == name)
    if adapter is not None and (source.supports("query") or is_table(source.data)):
        return adapter().load(source)
    if adapter is None and is_table(source.data) and annotation not in (object, Any, "object"):
        raise DataError(
            f"asset '{asset.key}': parameter '{name}' is annotated {annotation!r}, and no "
            f"plugin gives the table '{source.ref.key}' as that",
            at=asset.location,
            hint="Annotate it pa.Table, pa.RecordBatchReader, list[dict], or another type that "
            "an installed plugin serves (see `vibepiper plugins`).",
        )
    return source.data


def annotation_of(asset: Asset, parameter: Parameter) -> object:
    """The parameter's annotation as a type. Raises `DefinitionError` when it cannot be had."""
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    # Only this one: the others may name what is imported for the type checker alone.
    only = types.SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    names = getattr(inspect.unwrap(asset.function), "__globals__", {})
    try:
        return typing.get_type_hints(only, names)[parameter.name]
    except (NameError, AttributeError, SyntaxError, TypeError) as error:
        raise DefinitionError(
            f"asset '{asset.key}': the annotation '{parameter.annotation}' of parameter "
            f"'{parameter.name}' cannot be resolved: {error}",
            at=asset.location,
            hint="It says how the data arrives, so import it outside `if TYPE_CHECKING`.",
        ) from error
