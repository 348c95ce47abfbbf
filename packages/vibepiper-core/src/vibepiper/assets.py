"""Assets: named datasets and the functions that make them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import (
    TYPE_CHECKING,
    Any,
    Protocol,
    TypeVar,
    Unpack,
    cast,
    overload,
    runtime_checkable,
)

from vibepiper.asset_options import AssetOptions, OptionReader
from vibepiper.checks import Check
from vibepiper.columns import Column
from vibepiper.errors import DefinitionError, Location
from vibepiper.io_manager import ChangeMode, Evolution
from vibepiper.materialization import Incremental, MaterializationStrategy
from vibepiper.retries import ErrorStrategy, Retry
from vibepiper.storage_rules import check_storage

if TYPE_CHECKING:
    from vibepiper.partitions import PartitionMapping, Partitions

__all__ = [
    "Asset",
    "HasPlaces",
    "Parameter",
    "asset",
    "collect_assets",
    "make_asset",
    "parameters_of",
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


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an asset's function: an upstream asset, a resource, a run parameter, a
    partition's key, the cursor or the context; which is decided when the graph is built.
    ``upstream`` names the asset that it takes, where its name does not: the asset's own key stands
    for what is published of it, which is None at its first load and in a full refresh."""

    name: str
    annotation: object
    required: bool
    upstream: str | None = None


@runtime_checkable
class HasPlaces(Protocol):
    """What an asset is made by that names its parameters somewhere in the user's files."""

    def place_of(self, parameter: str) -> Location | None: ...


@dataclass(frozen=True, slots=True)
class Asset:
    """A named dataset and the function that makes it. Calling it calls the function.

    ``key`` identifies the asset in its project (``"orders"``, ``"raw/orders"``); ``key_columns``
    identify a row in its data. ``default_input`` is how an upstream arrives when its parameter
    has no annotation, as ``"module:Type"``. With ``gives_data`` the function has to return some;
    without, it may return None when nothing needs them.
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
    gives_data: bool = False
    strategy: MaterializationStrategy | None = None
    incremental: Incremental | None = None
    evolution: Evolution = "evolve"
    columns: Mapping[str, Column] = field(default_factory=dict)
    partitions: Partitions | None = None
    mappings: Mapping[str, PartitionMapping] = field(default_factory=dict)
    ranges: bool = False
    version: str | None = None
    cache: bool | None = None
    retry: Retry | None = None
    on_error: ErrorStrategy | None = None
    pool: str | None = None
    priority: int = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def name(self) -> str:
        """The key's last part."""
        return self.key.rpartition("/")[2]

    @property
    def is_view(self) -> bool:
        """Whether nothing is stored of it."""
        return self.strategy is MaterializationStrategy.VIEW

    def place_of(self, parameter: str) -> Location:
        """Where a parameter is named: its place in a SQL template, else the asset's own."""
        found = self.function.place_of(parameter) if isinstance(self.function, HasPlaces) else None
        return found or self.location

    @property
    def mode(self) -> ChangeMode:
        """How a load changes what is published."""
        if self.incremental is None:
            return "replace"
        if self.incremental.mode is not None:
            return self.incremental.mode
        if self.key_columns:
            return "upsert"
        return "append" if self.partitions is None else "delete_insert"


def make_asset(
    function: Callable[..., object],
    options: AssetOptions,
    *,
    kind: str = "python",
    default_input: str = "pyarrow:Table",
    gives_data: bool = False,
    parameters: Iterable[Parameter] | None = None,
    at: Location | None = None,
) -> Asset:
    """Builds the asset that a decorator declares. Raises `DefinitionError` for a bad key, a
    function that cannot be called by parameter names, or options of the wrong type.

    ``parameters`` and ``at`` are those of the function, unless told: of a callable object that
    is no function, both must be."""
    location = at or _location(function)
    _refuse_async(function, location)
    taken = parameters_of(function, location) if parameters is None else tuple(parameters)
    read = OptionReader(options, location)
    key = options.get("name", getattr(function, "__name__", ""))
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise DefinitionError(
            f"asset key {key!r} is not valid: letters, digits and _ in parts separated by /",
            at=location,
            hint="Give it another key: @asset(name=...).",
        )
    strategy, declared = read.materialization()
    made = Asset(
        key=key,
        function=function,
        location=location,
        group=read.text("group") or "default",
        owner=read.text("owner"),
        description=read.text("description") or (function.__doc__ and inspect.getdoc(function)),
        tags=frozenset(read.names("tags")),
        depends_on=read.keys("depends_on"),
        parameters=taken,
        io_manager=read.text("io_manager"),
        uri=read.text("uri"),
        key_columns=read.names("key"),
        checks=getattr(function, _CHECKS, ()),
        default_input=default_input,
        kind=kind,
        gives_data=gives_data,
        strategy=strategy,
        incremental=declared,
        evolution=read.evolution(),
        columns=read.columns(),
        partitions=read.partitions(),
        mappings=read.mappings(),
        ranges=read.flag("ranges") or False,
        version=read.text("version"),
        cache=read.flag("cache"),
        retry=read.retry(),
        on_error=read.on_error(),
        pool=read.text("pool"),
        priority=read.number("priority") or 0,
    )
    check_storage(made)
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
    docstring. Parameters name upstream assets, resources, run parameters or the dimensions of
    its partitions. ``depends_on`` orders the asset after others whose data it does not take.

    Where and how it is stored: ``io_manager`` names the store (the environment's default
    otherwise), ``uri`` a place in it, ``key`` the columns that identify a row,
    ``materialization`` the strategy (`MaterializationStrategy`, or `incremental(...)`),
    ``evolution`` what becomes of columns that change, ``columns`` what is said of columns
    (`vibepiper.Column`: types, tags, sources), ``partitions`` its slices, ``mappings``
    which partitions of an upstream one of its own needs, ``ranges`` that one call may make
    several partitions that follow each other.

    When it is made: a run leaves out what was made by the same code of the same inputs and
    parameters. That cannot be known of an asset without upstreams, of one that takes a resource
    or a cursor, or reads a view that does: they are made in every run that selects them, unless
    ``cache=True``; ``cache=False`` has the others made so too. ``version`` stands for the code in
    place of a digest of it. ``pool`` and ``priority`` order it among others.

    When it fails: ``retries``, ``backoff``, ``delay``, ``max_delay``, ``jitter``, ``retry_on`` and
    ``timeout`` as `vibepiper.retries.Retry` has them; ``on_error`` is what a failure does to the
    run (`vibepiper.retries.ErrorStrategy`).
    """
    if function is not None:
        return make_asset(function, options)
    return lambda function: make_asset(function, options)


def with_checks(target: F, *checks: Check) -> F:
    """``target`` with ``checks`` before those it has, each once; for decorators of validator
    plugins.

    Works on an asset and on a function that a decorator above will make one.
    """
    if isinstance(target, Asset):
        checked = replace(target, checks=_once((*checks, *target.checks)))
        return cast("F", _declare(checked))
    if not callable(target):
        raise DefinitionError(f"a check decorates an asset or its function, not {target!r}")
    setattr(target, _CHECKS, _once((*checks, *getattr(target, _CHECKS, ()))))
    return target


def _once(checks: tuple[Check, ...]) -> tuple[Check, ...]:
    """Without those that are equal to one before. They need not be hashable."""
    return tuple(check for at, check in enumerate(checks) if check not in checks[:at])


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


def parameters_of(function: Callable[..., object], location: Location) -> tuple[Parameter, ...]:
    """What the function takes. Raises `DefinitionError` for what cannot be passed by name."""
    if _takes_nothing(function):
        return ()
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


def _takes_nothing(function: Callable[..., object]) -> bool:
    """Of a plain function without parameters, for whose signature `inspect` makes many objects."""
    if not isinstance(function, FunctionType) or vars(function):
        return False
    code = function.__code__
    counts = code.co_argcount + code.co_posonlyargcount + code.co_kwonlyargcount
    return counts == 0 and not code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
