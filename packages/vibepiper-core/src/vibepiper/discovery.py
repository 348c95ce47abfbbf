"""One plugin: found by its entry point, imported by itself, asked what it declares."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from types import ModuleType
from typing import TypeVar, cast

import pluggy

from vibepiper.component import ComponentSpec
from vibepiper.core_range import unmet_core_range
from vibepiper.declaration_checks import checked
from vibepiper.declarations import CoreInfo, Declaration
from vibepiper.errors import suggest
from vibepiper.faults import Fault, FaultKind, PluginFault, describe, import_fault, one_line
from vibepiper.plugin_entry import CORE, GROUP, PluginEntry

__all__ = ["FEATURES", "Hooks", "Plugin", "core_info"]

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
    def of(cls, entry: PluginEntry) -> Plugin:
        """A plugin that has not been imported."""
        return cls(entry.name, entry.distribution, entry.version, fault=entry.fault)

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
    """The hooks of this core, and the plugins that implement them.

    ``around`` is entered while a plugin's code runs."""

    def __init__(
        self, specs: ModuleType, around: Callable[[], AbstractContextManager[object]]
    ) -> None:
        self._around = around
        self._specs = pluggy.PluginManager(GROUP)
        self._specs.add_hookspecs(specs)
        self._known = sorted(n for n in vars(specs) if n.startswith("vibepiper_"))

    def ask(self, entry: PluginEntry, core: CoreInfo) -> tuple[list[Declaration], list[str]]:
        """Imports a plugin and returns its declarations, and what it uses that is deprecated.
        Raises `PluginFault`; the plugin is then not registered."""
        _require_this_core(entry)
        with self._around():
            module = _import(entry)
            deprecations = self._register(entry, module)
            try:
                answers = [d for name in self._known for d in self._call(name, module, core)]
                _refuse_repetition(answers)
            except PluginFault:
                self._specs.unregister(module)
                raise
        return answers, deprecations

    def _register(self, entry: PluginEntry, module: ModuleType) -> list[str]:
        if self._specs.is_registered(module):
            raise PluginFault(
                "name_taken", f"{module.__name__} is already loaded under another name"
            )
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
                f"its hooks do not fit: {one_line(str(error))}",
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

    def _call(self, name: str, module: ModuleType, core: CoreInfo) -> list[Declaration]:
        caller = getattr(self._specs.hook, name)
        known = {"core": core}
        answers: list[Declaration] = []
        for implementation in caller.get_hookimpls():
            if implementation.plugin is not module:
                continue
            takes = (*implementation.argnames, *implementation.kwargnames)
            arguments = {argument: known[argument] for argument in takes if argument in known}
            try:
                answer = list(cast("Iterable[object]", implementation.function(**arguments)))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # A plugin's code may raise anything, and must stop only that plugin.
                problem = f"its hook {name} raised {describe(error)}"
                raise PluginFault("hook_raises", problem) from error
            answers += checked(name, answer)
        return answers


def _refuse_repetition(declarations: Iterable[Declaration]) -> None:
    for (kind, name), times in Counter((d.kind, d.name) for d in declarations).items():
        if times > 1:
            raise PluginFault("hook_result", f"it declares the {kind} '{name}' {times} times")


def _require_this_core(entry: PluginEntry) -> None:
    if entry.is_core:
        return
    found = core_info().version
    if (wanted := unmet_core_range(entry.requires, found)) is not None:
        raise PluginFault(
            "wrong_api_version",
            f"it was made for {CORE} {wanted}, found {found}",
            f"pip install --upgrade {entry.distribution}",
        )


def _import(entry: PluginEntry) -> ModuleType:
    try:
        module = entry.point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # Whatever a plugin's module raises, sys.exit included, must stop only that plugin.
        fault = import_fault(error, entry.distribution)
        raise PluginFault(fault.kind, fault.problem, fault.mend) from error
    if not isinstance(module, ModuleType):
        raise PluginFault("no_module", f"its entry point {entry.point.value} is no module")
    return module


def _tell_deprecations(entry: PluginEntry, caught: list[warnings.WarningMessage]) -> list[str]:
    """Warns the plugin's authors by name, at the place in their file."""
    told = [w for w in caught if issubclass(w.category, DeprecationWarning)]
    for warning in told:
        text = f"{entry.distribution} {entry.version}: {warning.message}"
        try:
            warnings.warn_explicit(text, DeprecationWarning, warning.filename, warning.lineno)
        except DeprecationWarning as error:  # under -W error
            raise PluginFault("deprecated", str(warning.message)) from error
    return [str(warning.message) for warning in told]
