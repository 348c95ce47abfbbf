"""One plugin: found by its entry point, imported by itself, asked what it declares."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, version
from types import ModuleType
from typing import TypeVar, cast

import pluggy

from vibepiper import hookspecs
from vibepiper.component import ComponentSpec
from vibepiper.core_range import unmet_core_range
from vibepiper.declarations import CoreInfo, Declaration
from vibepiper.errors import suggest
from vibepiper.faults import Fault, FaultKind, PluginFault, describe, import_fault

__all__ = ["CORE", "FEATURES", "GROUP", "Hooks", "Plugin", "core_info"]

GROUP = "vibepiper"
CORE = "vibepiper-core"
FEATURES = frozenset({"commands", "event_subscribers", "project_templates", "web_routes"})

DeclarationT = TypeVar("DeclarationT", bound=Declaration)


@cache
def core_info() -> CoreInfo:
    return CoreInfo(version(CORE), FEATURES)


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: what it offers, or why it was set aside and how to mend it.

    ``deprecations`` names what it uses that a later core will not have.
    """

    name: str
    distribution: str
    version: str
    declarations: tuple[Declaration, ...] = ()
    fault: Fault | None = None
    deprecations: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: EntryPoint) -> Plugin:
        """A plugin that has not been imported."""
        if entry.dist is None:
            return cls(entry.name, entry.value, "")
        return cls(entry.name, entry.dist.name, entry.dist.version)

    @property
    def usable(self) -> bool:
        return self.fault is None

    @property
    def problem(self) -> str | None:
        return self.fault.problem if self.fault else None

    @property
    def mend(self) -> str | None:
        return self.fault.mend if self.fault else None

    @property
    def state(self) -> FaultKind | str:
        """``ok``, else the kind of its fault."""
        return self.fault.kind if self.fault else "ok"

    @property
    def components(self) -> tuple[ComponentSpec, ...]:
        return self.of_type(ComponentSpec)

    def of_type(self, wanted: type[DeclarationT]) -> tuple[DeclarationT, ...]:
        """What it declares of one type."""
        return tuple(d for d in self.declarations if isinstance(d, wanted))


class Hooks:
    """The hooks of this core, and the plugins that implement them."""

    def __init__(self, specs: ModuleType = hookspecs) -> None:
        self._specs = pluggy.PluginManager(GROUP)
        self._specs.add_hookspecs(specs)
        self._known = sorted(n for n in vars(specs) if n.startswith("vibepiper_"))

    def ask(self, entry: EntryPoint, core: CoreInfo) -> tuple[list[Declaration], list[str]]:
        """Imports a plugin and returns its declarations, and what it uses that is deprecated.
        Raises `PluginFault`; the plugin is then not registered."""
        _require_this_core(entry)
        module = _import(entry)
        deprecations = self._register(entry, module)
        try:
            return [d for name in self._known for d in self._call(name, module, core)], deprecations
        except PluginFault:
            self._specs.unregister(module)
            raise

    def _register(self, entry: EntryPoint, module: ModuleType) -> list[str]:
        if self._specs.is_registered(module):
            raise PluginFault("name_taken", f"{entry.value} is already loaded under another name")
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                self._specs.register(module, entry.name)
            self._refuse_unknown_hooks(module)
            return _tell_deprecations(entry, caught)
        except pluggy.PluginValidationError as error:
            self._forget(module)
            raise PluginFault(
                "hook_arguments",
                f"its hooks do not fit: {_one_line(error)}",
                "An argument that an older core does not know needs a default value.",
            ) from error
        except PluginFault:
            self._forget(module)
            raise

    def _forget(self, module: ModuleType) -> None:
        if self._specs.is_registered(module):
            self._specs.unregister(module)

    def _refuse_unknown_hooks(self, module: ModuleType) -> None:
        for caller in self._specs.get_hookcallers(module) or ():
            optional = all(
                implementation.optionalhook
                for implementation in caller.get_hookimpls()
                if implementation.plugin is module
            )
            if not caller.has_spec() and not optional:
                raise PluginFault(
                    "unknown_hook",
                    f"it implements a hook '{caller.name}' that does not exist",
                    suggest(caller.name, self._known),
                )

    def _call(self, name: str, module: ModuleType, core: CoreInfo) -> Iterator[Declaration]:
        caller = getattr(self._specs.hook, name)
        known = {"core": core}
        for implementation in caller.get_hookimpls():
            if implementation.plugin is not module:
                continue
            takes = (*implementation.argnames, *implementation.kwargnames)
            arguments = {argument: known[argument] for argument in takes if argument in known}
            try:
                answer = list(cast("Iterable[object]", implementation.function(**arguments)))
            except (Exception, SystemExit) as error:
                # A plugin's code may raise anything, and must stop only that plugin.
                problem = f"its hook {name} raised {describe(error)}"
                raise PluginFault("hook_raises", problem) from error
            yield from (_declaration(name, item) for item in answer)


_RETURNS = {
    name: getattr(hookspecs, name).__annotations__["return"].removeprefix("Iterable[")[:-1]
    for name in hookspecs.__all__
    if name.startswith("vibepiper_")
}


def _declaration(hook: str, item: object) -> Declaration:
    wanted = _RETURNS.get(hook, "a declaration")
    if type(item).__name__ != wanted:
        raise PluginFault("hook_result", f"its hook {hook} returned {item!r}, expected a {wanted}")
    return cast("Declaration", item)


def _require_this_core(entry: EntryPoint) -> None:
    if entry.dist is None or entry.dist.name == CORE:
        return
    found = core_info().version
    if (wanted := unmet_core_range(entry.dist, found)) is not None:
        raise PluginFault(
            "wrong_api_version",
            f"it was made for {CORE} {wanted}, found {found}",
            f"pip install --upgrade {entry.dist.name}",
        )


def _import(entry: EntryPoint) -> ModuleType:
    try:
        module = entry.load()
    except (Exception, SystemExit) as error:
        # Whatever a plugin's module raises, sys.exit included, must stop only that plugin.
        fault = import_fault(error, entry.dist.name if entry.dist else entry.name)
        raise PluginFault(fault.kind, fault.problem, fault.mend) from error
    if not isinstance(module, ModuleType):
        raise PluginFault("no_module", f"its entry point {entry.value} is no module")
    return module


def _tell_deprecations(entry: EntryPoint, caught: list[warnings.WarningMessage]) -> list[str]:
    """Warns the plugin's authors by name, at the place in their file."""
    told = [w for w in caught if issubclass(w.category, DeprecationWarning)]
    for warning in told:
        text = f"{_whose(entry)}: {warning.message}"
        try:
            warnings.warn_explicit(text, DeprecationWarning, warning.filename, warning.lineno)
        except DeprecationWarning as error:  # under -W error
            raise PluginFault("deprecated", str(warning.message)) from error
    return [str(warning.message) for warning in told]


def _whose(entry: EntryPoint) -> str:
    return entry.name if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
