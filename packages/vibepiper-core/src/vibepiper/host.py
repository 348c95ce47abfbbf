"""The plugin host: finds plugins by entry-point metadata and sets bad ones aside."""

from __future__ import annotations

import importlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import cast

import pluggy

from vibepiper import hookspecs
from vibepiper.component import ComponentSpec
from vibepiper.errors import PluginError, UnknownComponent, suggest

__all__ = ["GROUP", "Plugin", "PluginHost"]

GROUP = "vibepiper"

_REPORT = "Report this to the plugin's authors."


@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point: what it offers, or why it was set aside and how to mend it."""

    name: str
    distribution: str
    version: str
    components: tuple[ComponentSpec, ...] = ()
    problem: str | None = None
    mend: str | None = None

    @property
    def usable(self) -> bool:
        return self.problem is None


class PluginHost:
    """The plugins of this environment. An object, not a global: make one a session.

    Nothing is imported until something is asked for; then every plugin's declaration module is
    imported by itself, and one that fails is set aside with its reason.
    """

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        self._found = found
        self._hooks = pluggy.PluginManager(GROUP)
        self._hooks.add_hookspecs(hookspecs)

    @cached_property
    def plugins(self) -> tuple[Plugin, ...]:
        """Every plugin found, usable or not, by name."""
        found = entry_points(group=GROUP) if self._found is None else self._found
        return tuple(self._load(entry) for entry in sorted(found, key=lambda e: e.name))

    def names(self, kind: str) -> list[str]:
        """The names of the components of one kind."""
        return sorted(name for (of, name) in self._offers if of == kind)

    def specs(self, kind: str) -> list[ComponentSpec]:
        """The components of one kind that exactly one plugin offers."""
        return [o[0][1] for (of, _), o in self._offers.items() if of == kind and len(o) == 1]

    def spec(self, kind: str, name: str) -> ComponentSpec:
        """The declaration of a component. Raises `UnknownComponent` with the nearest name, and
        `PluginError` when two plugins claim the name."""
        offers = self._offers.get((kind, name), [])
        if len(offers) > 1:
            claims = " and ".join(plugin.distribution for plugin, _ in offers)
            raise PluginError(
                f"{_words(kind)} '{name}' is offered by {claims}",
                hint="Uninstall one of them.",
            )
        if not offers:
            raise self._unknown(kind, name)
        return offers[0][1]

    def load(self, spec: ComponentSpec) -> type:
        """Imports a component's class. Raises `PluginError` with the mend when it cannot be."""
        name, _, attribute = spec.target.partition(":")
        try:
            module = importlib.import_module(name)
        except (Exception, SystemExit) as error:
            # Whatever a component's module raises is the plugin's failure, told as one.
            problem, mend = _import_problem(error, self._distribution(spec))
            raise PluginError(
                f"{_words(spec.kind)} '{spec.name}' cannot be loaded: {problem}", hint=mend
            ) from error
        target = getattr(module, attribute, None)
        if target is None:
            raise PluginError(
                f"{_words(spec.kind)} '{spec.name}' is declared as {spec.target}, "
                f"but {name} has no '{attribute}'",
                hint=_REPORT,
            )
        if not isinstance(target, type):
            raise PluginError(f"{spec.target} is no class, so it cannot be a {_words(spec.kind)}")
        return target

    @cached_property
    def _offers(self) -> dict[tuple[str, str], list[tuple[Plugin, ComponentSpec]]]:
        offers: dict[tuple[str, str], list[tuple[Plugin, ComponentSpec]]] = defaultdict(list)
        for plugin in self.plugins:
            for spec in plugin.components:
                offers[spec.kind, spec.name].append((plugin, spec))
        return dict(offers)

    def _distribution(self, spec: ComponentSpec) -> str:
        offers = self._offers.get((spec.kind, spec.name), [])
        return offers[0][0].distribution if offers else spec.target.partition(".")[0]

    def _unknown(self, kind: str, name: str) -> UnknownComponent:
        hint = suggest(name, self.names(kind))
        broken = [plugin for plugin in self.plugins if not plugin.usable]
        if broken:
            aside = ", ".join(plugin.distribution for plugin in broken)
            hint += f" Set aside: {aside}; see `vibepiper plugins`."
        return UnknownComponent(f"there is no {_words(kind)} '{name}'", hint=hint)

    def _load(self, entry: EntryPoint) -> Plugin:
        distribution = entry.dist.name if entry.dist else entry.value
        version = entry.dist.version if entry.dist else ""
        try:
            components = self._components(entry)
        except PluginError as error:
            return Plugin(entry.name, distribution, version, (), error.message, error.hint)
        return Plugin(entry.name, distribution, version, components)

    def _components(self, entry: EntryPoint) -> tuple[ComponentSpec, ...]:
        module = _import(entry)
        self._register(entry, module)
        found: list[ComponentSpec] = []
        for implementation in self._hooks.hook.vibepiper_components.get_hookimpls():
            if implementation.plugin is not module:
                continue
            try:
                found.extend(cast("Iterable[ComponentSpec]", implementation.function()))
            except (Exception, SystemExit) as error:
                # A plugin's code may raise anything, and must stop only that plugin.
                raise PluginError(
                    f"its hook vibepiper_components raised {_describe(error)}", hint=_REPORT
                ) from error
        for spec in found:
            if not isinstance(spec, ComponentSpec):
                raise PluginError(
                    f"its hook vibepiper_components returned {spec!r}, expected a ComponentSpec",
                    hint=_REPORT,
                )
        return tuple(found)

    def _register(self, entry: EntryPoint, module: ModuleType) -> None:
        if self._hooks.is_registered(module):
            raise PluginError(f"{entry.value} is already loaded under another name")
        if self._hooks.get_plugin(entry.name) is not None:
            raise PluginError(
                f"another plugin is called '{entry.name}' too", hint="Uninstall one of them."
            )
        try:
            self._hooks.register(module, entry.name)
        except pluggy.PluginValidationError as error:
            if self._hooks.is_registered(module):
                self._hooks.unregister(module)
            raise PluginError(f"its hooks do not fit: {error}", hint=_REPORT) from error
        known = [n for n in vars(hookspecs) if n.startswith("vibepiper_")]
        for caller in self._hooks.get_hookcallers(module) or ():
            if not caller.has_spec():
                self._hooks.unregister(module)
                raise PluginError(
                    f"it implements a hook '{caller.name}' that does not exist",
                    hint=suggest(caller.name, known),
                )


def _import(entry: EntryPoint) -> ModuleType:
    try:
        module = entry.load()
    except (Exception, SystemExit) as error:
        # Whatever a plugin's module raises, sys.exit included, must stop only that plugin.
        problem, mend = _import_problem(error, entry.dist.name if entry.dist else entry.name)
        raise PluginError(problem, hint=mend) from error
    if not isinstance(module, ModuleType):
        raise PluginError(f"its entry point {entry.value} is no module")
    return module


def _import_problem(error: BaseException, distribution: str) -> tuple[str, str]:
    """What is wrong and how to mend it. pip installs what an installed distribution lacks."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the library '{error.name}' is missing", f"pip install {distribution}"
    if isinstance(error, ImportError):
        problem = f"importing it raised {_describe(error)}"
        return problem, f"pip install --upgrade {distribution}"
    return f"importing it raised {_describe(error)}", _REPORT


def _describe(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _words(kind: str) -> str:
    return {"io_manager": "IO manager", "file_format": "file format"}.get(kind, kind)
