"""Assets: named datasets and the functions that make them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypedDict, TypeVar, Unpack, cast, overload

from vibepiper.checks import Check
from vibepiper.errors import DefinitionError, Location, suggest

__all__ = [
    "Asset",
    "AssetOptions",
    "Parameter",
    "asset",
    "collect_assets",
    "make_asset",
    "with_checks",
]

_KEY = re.compile(r"[A-Za-z_]\w*(/[A-Za-z_]\w*)*")
_CHECKS = "__vibepiper_checks__"

F = TypeVar("F")

_Declared = dict[tuple[str, Callable[..., object]], "Asset"]
_declared: ContextVar[_Declared | None] = ContextVar("vibepiper_declared", default=None)


@contextmanager
def collect_assets() -> Iterator[_Declared]:
    """Within it, every asset that is declared is recorded, by key and function: also those
    that no module variable holds, such as the first of two that share a name."""
    declared: _Declared = {}
    token = _declared.set(declared)
    try:
        yield declared
    finally:
        _declared.reset(token)


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


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an asset's function: an upstream asset, a resource, a run parameter or
    the context; which of them is decided when the graph is built."""

    name: str
    annotation: object
    required: bool


@dataclass(frozen=True, slots=True)
class Asset:
    """A named dataset and the function that makes it. Calling it calls the function.

    ``key`` identifies the asset in its project (``"orders"``, ``"raw/orders"``); ``key_columns``
    identify a row in its data. ``default_input`` is how an upstream arrives when its parameter
    has no annotation, as ``"module:Type"``.
    """

    key: str
    function: Callable[..., object]
    location: Location
    group: str = "default"
    owner: str | None = None
    description: str | None = None
    tags: frozenset[str] = frozenset()
    depends_on: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    io_manager: str | None = None
    uri: str | None = None
    key_columns: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    default_input: str = "pyarrow:Table"
    kind: str = "python"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def name(self) -> str:
        """The key's last part."""
        return self.key.rpartition("/")[2]


def make_asset(
    function: Callable[..., object],
    options: AssetOptions,
    *,
    kind: str = "python",
    default_input: str = "pyarrow:Table",
) -> Asset:
    """Builds the asset that a decorator declares. Raises `DefinitionError` for a bad key, a
    function that cannot be called by parameter names, or options of the wrong type."""
    location = _location(function)
    _refuse_async(function, location)
    if unknown := set(options) - set(AssetOptions.__annotations__):
        raise _unknown_option(sorted(unknown)[0], location)
    key = options.get("name", getattr(function, "__name__", ""))
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise DefinitionError(
            f"asset key {key!r} is not valid: letters, digits and _ in parts separated by /",
            at=location,
            hint="Give it another key: @asset(name=...).",
        )
    made = Asset(
        key=key,
        function=function,
        location=location,
        group=_text(options, "group", location) or "default",
        owner=_text(options, "owner", location),
        description=_text(options, "description", location) or inspect.getdoc(function),
        tags=frozenset(_strings(options.get("tags", ()), "tags", location)),
        depends_on=_keys(options.get("depends_on", ()), location),
        parameters=_parameters(function, location),
        io_manager=_text(options, "io_manager", location),
        uri=_text(options, "uri", location),
        key_columns=_strings(options.get("key", ()), "key", location),
        checks=getattr(function, _CHECKS, ()),
        default_input=default_input,
        kind=kind,
    )
    return _declare(made)


@overload
def asset(function: Callable[..., object], /) -> Asset: ...
@overload
def asset(**options: Unpack[AssetOptions]) -> Callable[[Callable[..., object]], Asset]: ...
def asset(
    function: Callable[..., object] | None = None, /, **options: Unpack[AssetOptions]
) -> Asset | Callable[[Callable[..., object]], Asset]:
    """Declares the function's result as an asset; with or without parentheses.

    The key is the function's name unless ``name`` gives another; the description its
    docstring. Parameters name upstream assets, resources or run parameters. ``depends_on``
    orders the asset after others whose data it does not take. ``io_manager`` names the store
    (the environment's default otherwise), ``uri`` a place in it, ``key`` the columns that
    identify a row.
    """
    if function is not None:
        return make_asset(function, options)
    return lambda function: make_asset(function, options)


def with_checks(target: F, *checks: Check) -> F:
    """``target`` with ``checks`` before those it has; for decorators of validator plugins.

    Works on an asset and on a function that a decorator above will make one.
    """
    if isinstance(target, Asset):
        checked = replace(target, checks=(*checks, *target.checks))
        return cast("F", _declare(checked))
    if not callable(target):
        raise DefinitionError(f"a check decorates an asset or its function, not {target!r}")
    setattr(target, _CHECKS, (*checks, *getattr(target, _CHECKS, ())))
    return target


def _declare(made: Asset) -> Asset:
    declared = _declared.get()
    if declared is not None:
        declared[made.key, made.function] = made
    return made


def _location(function: Callable[..., object]) -> Location:
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        raise DefinitionError(f"an asset is declared by a function, not by {function!r}")
    return Location(code.co_filename, code.co_firstlineno)


def _refuse_async(function: Callable[..., object], location: Location) -> None:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise DefinitionError(
            f"'{function.__name__}' is an async function, which an asset cannot be",
            at=location,
            hint="Declare it with def; run what it awaits with asyncio.run().",
        )


def _text(options: AssetOptions, name: str, location: Location) -> str | None:
    value = options.get(name)
    if value is not None and not isinstance(value, str):
        raise DefinitionError(f"{name} takes text, found {value!r}", at=location)
    return value


def _parameters(function: Callable[..., object], location: Location) -> tuple[Parameter, ...]:
    parameters = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise DefinitionError(
                f"parameter '{parameter}' of '{getattr(function, '__name__', function)}': "
                "upstreams are passed by name, so *args, **kwargs and positional-only "
                "parameters cannot be filled",
                at=location,
            )
        annotation = None if parameter.annotation is parameter.empty else parameter.annotation
        required = parameter.default is parameter.empty
        parameters.append(Parameter(parameter.name, annotation, required))
    return tuple(parameters)


def _keys(value: object, location: Location) -> tuple[str, ...]:
    items = _items(value, "depends_on", location)
    keys = [item.key if isinstance(item, Asset) else item for item in items]
    return _strings(keys, "depends_on", location)


def _items(value: object, option: str, location: Location) -> tuple[Any, ...]:
    if isinstance(value, (str, Asset)):
        return (value,)
    if not isinstance(value, Iterable):
        raise DefinitionError(f"{option} takes names, found {value!r}", at=location)
    return tuple(value)


def _strings(value: object, option: str, location: Location) -> tuple[str, ...]:
    items = _items(value, option, location)
    for item in items:
        if not isinstance(item, str):
            raise DefinitionError(f"{option} takes names, found {item!r}", at=location)
    return items


def _unknown_option(name: str, location: Location) -> DefinitionError:
    return DefinitionError(
        f"'{name}' is not an option of an asset",
        at=location,
        hint=suggest(name, AssetOptions.__annotations__),
    )
