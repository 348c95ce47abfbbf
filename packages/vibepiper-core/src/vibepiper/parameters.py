"""Run parameters: which there are, and their values as an asset's annotations ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from inspect import formatannotation
from typing import Any, cast

from pydantic import JsonValue, PydanticUserError, TypeAdapter, ValidationError

from vibepiper.assets import Asset
from vibepiper.errors import ParameterError, suggest
from vibepiper.graph import AssetGraph, Binding
from vibepiper.inputs import annotation_of
from vibepiper.session import Session
from vibepiper.uris import run_fields

__all__ = ["argument", "check_params"]


def check_params(session: Session, given: Mapping[str, JsonValue]) -> None:
    """Raises `ParameterError` for a parameter that nothing takes. One of the project file passes
    when an asset takes the context, through which it may read any."""
    graph = session.project.graph
    bindings = [b for key in graph.keys for b in graph.bindings(key)]
    taken = {b.name for b in bindings if b.source == "param"}
    taken |= {name for asset in graph for name in run_fields(asset)}
    for name in given:
        if name not in taken:
            raise ParameterError(
                f"no asset takes the parameter '{name}'",
                hint=suggest(name, taken | _free_names(graph)),
            )
    if any(b.source == "context" for b in bindings):
        return
    for name in session.project.params:
        if name not in taken:
            raise ParameterError(
                f"no asset takes the parameter '{name}'",
                at=session.project.param_place(name),
                hint=suggest(name, taken | _free_names(graph)),
            )


def argument(asset: Asset, binding: Binding, value: JsonValue) -> object:
    """A parameter's value, converted to its annotation; a text that is none is read as JSON where
    that is of it. Raises `ParameterError`."""
    annotation = annotation_of(asset, binding.parameter)
    if annotation is None:
        return value
    wanted = formatannotation(annotation)
    try:
        adapter: TypeAdapter[object] = TypeAdapter(cast("Any", annotation))
        return _converted(adapter, value)
    except PydanticUserError as error:
        raise ParameterError(
            f"asset '{asset.key}': parameter '{binding.name}' is annotated {wanted}, "
            "to which no text can be converted",
            at=asset.location,
        ) from error
    except ValidationError as error:
        raise ParameterError(
            f"asset '{asset.key}': parameter '{binding.name}' takes {wanted}, "
            f"found {value!r}: {error.errors()[0]['msg']}",
            at=asset.location,
        ) from error


def _converted(adapter: TypeAdapter[object], value: JsonValue) -> object:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        if not isinstance(value, str):
            raise
        with suppress(ValidationError):
            return adapter.validate_json(value)
        raise


def _free_names(graph: AssetGraph) -> set[str]:
    """Parameters that now take their default, and could be given."""
    bound = {key: {b.parameter.name for b in graph.bindings(key)} for key in graph.keys}
    return {p.name for asset in graph for p in asset.parameters} - set().union(*bound.values())
