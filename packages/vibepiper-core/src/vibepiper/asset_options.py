"""The options of ``@asset``, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, get_args

from vibepiper.columns import Column, read_columns
from vibepiper.errors import DefinitionError, Location, suggest
from vibepiper.io_manager import Evolution
from vibepiper.materialization import Incremental, MaterializationStrategy
from vibepiper.retries import ErrorStrategy, Retry

if TYPE_CHECKING:
    from datetime import timedelta

    from vibepiper.assets import Asset
    from vibepiper.partitions import PartitionMapping, Partitions

__all__ = ["AssetOptions", "OptionReader"]

_RETRY = ("retries", "backoff", "delay", "max_delay", "jitter", "retry_on", "timeout")

T = TypeVar("T")


class AssetOptions(TypedDict, total=False):
    """What ``@asset`` takes, and what other asset decorators pass on to `make_asset`."""

    name: str
    group: str
    owner: str
    description: str
    tags: Iterable[str]
    depends_on: Iterable[str | Asset]
    io_manager: str
    uri: str
    key: str | Iterable[str]
    materialization: str | MaterializationStrategy | Incremental
    evolution: Evolution
    columns: Mapping[str, Column]
    partitions: Partitions
    mappings: Mapping[str, PartitionMapping]
    ranges: bool
    version: str
    cache: bool | None
    retries: int | Retry
    backoff: str
    delay: float | timedelta
    max_delay: float | timedelta
    jitter: float
    retry_on: type[BaseException] | Iterable[type[BaseException]]
    timeout: float | timedelta
    on_error: str | ErrorStrategy
    pool: str
    priority: int


_KNOWN = AssetOptions.__annotations__.keys()
_EVOLUTIONS = get_args(Evolution)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class OptionReader:
    """Reads options, and says where the asset stands when one is wrong. Every method raises
    `DefinitionError`."""

    def __init__(self, options: AssetOptions, at: Location) -> None:
        self._options: Mapping[str, Any] = {**options}
        self._at = at
        for name in sorted(options.keys() - _KNOWN):
            raise DefinitionError(
                f"'{name}' is not an option of an asset",
                at=at,
                hint=suggest(name, _KNOWN),
            )

    def text(self, name: str) -> str | None:
        found = self._typed(name, str, "text")
        if found is not None and _LONE_SURROGATE.search(found):
            raise DefinitionError(
                f"{name} {found!a} holds half of a letter (a lone surrogate), which neither "
                "stores nor the state can write",
                at=self._at,
            )
        return found

    def number(self, name: str) -> int | None:
        return self._typed(name, int, "a whole number")

    def flag(self, name: str) -> bool | None:
        return self._typed(name, bool, "True or False")

    def names(self, name: str, value: object = None) -> tuple[str, ...]:
        """One name or several; ``value`` in place of the option's."""
        items = self.items(name) if value is None else value
        for item in (found := tuple(items if isinstance(items, Iterable) else ())):
            if not isinstance(item, str):
                raise DefinitionError(f"{name} takes names, found {item!r}", at=self._at)
        return found

    def items(self, name: str) -> tuple[Any, ...]:
        """One or several, of whatever they are."""
        value = self._options.get(name, ())
        if isinstance(value, str) or not isinstance(value, Iterable):
            if not isinstance(value, str) and not hasattr(value, "key"):
                raise DefinitionError(f"{name} takes names, found {value!r}", at=self._at)
            return (value,)
        return tuple(value)

    def keys(self, name: str) -> tuple[str, ...]:
        """Assets, each named or given itself, by their keys."""
        return self.names(name, [getattr(item, "key", item) for item in self.items(name)])

    def choice(self, name: str, choices: Iterable[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in (known := tuple(choices)):
            raise DefinitionError(
                f"{name} '{value}' is not known", at=self._at, hint=suggest(value, known)
            )
        return value

    def evolution(self) -> Evolution:
        found: Any = self.choice("evolution", _EVOLUTIONS)
        return found or "evolve"

    def materialization(self) -> tuple[MaterializationStrategy | None, Incremental | None]:
        """The strategy, and what it declares where it is incremental."""
        value = self._options.get("materialization")
        if isinstance(value, Incremental):
            return MaterializationStrategy.INCREMENTAL, value
        chosen = self.choice("materialization", MaterializationStrategy)
        if chosen is None:
            return None, None
        strategy = MaterializationStrategy(chosen)
        declared = Incremental() if strategy is MaterializationStrategy.INCREMENTAL else None
        return strategy, declared

    def columns(self) -> Mapping[str, Column]:
        return read_columns(self._options.get("columns", {}), self._at)

    def partitions(self) -> Partitions | None:
        value = self._options.get("partitions")
        if value is None:
            return None
        from vibepiper.partitions import Partitions

        if not isinstance(value, Partitions):
            raise DefinitionError(
                f"partitions takes what daily(), static() and the like give, found {value!r}",
                at=self._at,
            )
        return value

    def mappings(self) -> Mapping[str, PartitionMapping]:
        value = self._options.get("mappings", {})
        if not isinstance(value, Mapping):
            raise DefinitionError(
                f"mappings takes upstream names and their mappings, found {value!r}", at=self._at
            )
        if not value:
            return {}
        from vibepiper.partitions import as_mapping

        try:
            return {name: as_mapping(mapping) for name, mapping in value.items()}
        except DefinitionError as error:
            raise DefinitionError(error.message, at=self._at, hint=error.hint) from None

    def retry(self) -> Retry | None:
        """None where the asset says nothing of retries."""
        given = {name: self._options[name] for name in _RETRY if name in self._options}
        if not given:
            return None
        if not isinstance(given.get("retries"), Retry):
            return self._placed(given)
        if len(given) > 1:
            other = next(name for name in given if name != "retries")
            raise DefinitionError(f"give {other} to Retry(...), not beside it", at=self._at)
        found: Retry = given["retries"]
        return found

    def on_error(self) -> ErrorStrategy | None:
        found = self.choice("on_error", ErrorStrategy)
        return None if found is None else ErrorStrategy(found)

    def _placed(self, given: Mapping[str, Any]) -> Retry:
        try:
            return Retry(**given)
        except DefinitionError as error:
            raise DefinitionError(error.message, at=self._at, hint=error.hint) from error

    def _typed(self, name: str, kind: type[T], what: str) -> T | None:
        value = self._options.get(name)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise DefinitionError(f"{name} takes {what}, found {value!r}", at=self._at)
        return value
