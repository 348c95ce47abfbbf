"""What a function's parameter receives of the partitions that are made."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from vibepiper.errors import DefinitionError, suggest
from vibepiper.partitions.partition_key import PartitionKey
from vibepiper.partitions.partition_set import PartitionSet
from vibepiper.partitions.slicing import one_range
from vibepiper.partitions.span import Span

__all__ = ["convert"]


def convert(partitions: PartitionSet, dimension: str, annotation: object) -> object:
    if dimension not in partitions.partitions.dimensions:
        raise DefinitionError(
            f"there is no dimension '{dimension}' of these partitions",
            hint=suggest(dimension, partitions.partitions.dimensions),
        )
    wanted = _without_none(annotation)
    if wanted is PartitionSet:
        return partitions
    if wanted is Span:
        return one_range(partitions)
    if (collect := _of_keys(wanted)) is not None:
        return collect(partitions)
    texts = _texts(partitions, dimension)
    if len(texts) != 1 or (wanted is PartitionKey and partitions.count() != 1):
        raise DefinitionError(
            f"parameter '{dimension}' receives the key of one partition as it is annotated "
            f"({_shown(wanted)}), and the step makes {partitions.count():,} at once",
            hint="Annotate it with PartitionSet, Span or list[PartitionKey].",
        )
    return _of_one(partitions, dimension, texts[0], wanted)


def _of_one(partitions: PartitionSet, dimension: str, text: str, wanted: Any) -> object:
    time = partitions.partitions.time
    if wanted in (str, inspect.Parameter.empty, Any, object, None):
        return text
    if wanted is PartitionKey:
        return next(iter(partitions))
    if time is not None and partitions.partitions.time_name == dimension:
        local = time.grid.zone.datetime(one_range(partitions).begin)
        if wanted is datetime:
            return local
        if wanted is date:
            return local.date()
    return _validated(dimension, text, wanted)


def _validated(dimension: str, text: str, wanted: Any) -> object:
    from pydantic import PydanticSchemaGenerationError, TypeAdapter, ValidationError

    try:
        return TypeAdapter(wanted).validate_python(text)
    except (PydanticSchemaGenerationError, ValidationError) as error:
        raise DefinitionError(
            f"parameter '{dimension}': the key {text!r} cannot be converted to {_shown(wanted)}",
            hint="Annotate it with str, PartitionKey or a type that its keys can be read as.",
        ) from error


def _texts(partitions: PartitionSet, dimension: str) -> list[str]:
    """The keys of a dimension, at most two: whether there are several is what matters."""
    span, declared = one_range(partitions), partitions.partitions
    if dimension in declared.labelled:
        keys = zip(declared.labelled, span.label.split("/"), strict=True)
        return [key for name, key in keys if name == dimension]
    return [key.keys[dimension] for key in partitions.first(2)]


def _without_none(annotation: Any) -> Any:
    """``X`` of ``X | None``."""
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation
    kinds = [each for each in typing.get_args(annotation) if each is not type(None)]
    return kinds[0] if len(kinds) == 1 else annotation


def _of_keys(wanted: Any) -> Callable[[Iterable[PartitionKey]], object] | None:
    if wanted == list[PartitionKey]:
        return list
    return tuple if wanted == tuple[PartitionKey, ...] else None


def _shown(wanted: Any) -> str:
    if wanted is inspect.Parameter.empty:
        return "not at all"
    return getattr(wanted, "__name__", None) or str(wanted)
