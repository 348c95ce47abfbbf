"""The plugin host: finds plugins by entry-point metadata and sets bad ones aside."""

from __future__ import annotations

import importlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import TypeVar

from vibepiper import hookspecs
from vibepiper.component import ComponentSpec
from vibepiper.declarations import Declaration
from vibepiper.discovery import Hooks, Plugin, core_info
from vibepiper.errors import PluginError, UnknownComponent, UsageError, nearest, suggest
from vibepiper.faults import REPORT, Fault, PluginFault, import_fault
from vibepiper.known_components import KNOWN
from vibepiper.plugin_entry import CORE, GROUP, PluginEntry, canonical, installed_entries

__all__ = ["DISABLED", "GROUP", "Offer", "Plugin", "PluginHost"]

DISABLED = "VIBEPIPER_DISABLE_PLUGINS"
"""The environment variable that switches plugins off: names separated by commas."""

DeclarationT = TypeVar("DeclarationT", bound=Declaration)


@dataclass(frozen=True, slots=True)
class Offer:
    """A declaration and whose it is."""

    plugin: Plugin
    declaration: Declaration


class PluginHost:
    """The plugins of this environment. An object, not a global: make one a session.

    Nothing is imported until something is asked for; then every plugin's declaration module is
    imported by itself, and one that fails is set aside with its reason. ``blocked`` names plugins
    or distributions that are not imported at all, beside those of ``VIBEPIPER_DISABLE_PLUGINS``.
    ``around`` is entered while code of plugins is imported.
    """

    def __init__(
        self,
        found: Iterable[EntryPoint] | None = None,
        *,
        blocked: Iterable[str] = (),
        prefer: Mapping[str, str] | None = None,
        specs: ModuleType = hookspecs,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._found = found
        self._blocked = frozenset(blocked)
        self._prefer = dict(prefer or {})
        self._around = around
        self._hooks = Hooks(specs, around)
        self._origin: PluginHost | None = None

    def preferring(self, prefer: Mapping[str, str]) -> PluginHost:
        """The same plugins, where ``prefer`` maps ``kind:name`` to the distribution whose offer
        is meant when several make it."""
        preferred = {**self._prefer, **prefer}
        host = PluginHost(self._found, blocked=self._blocked, prefer=preferred, around=self._around)
        host._origin = self
        return host

    @cached_property
    def entries(self) -> tuple[PluginEntry, ...]:
        """The entry points found: core's first, so that nobody takes its names, then by name.
        Raises `UsageError` when a plugin to block does not exist."""
        given = self._found
        found = installed_entries() if given is None else map(PluginEntry.read, given)
        entries = tuple(sorted(found, key=_order))
        self._refuse_unknown_blocks(entries)
        return entries

    @cached_property
    def plugins(self) -> tuple[Plugin, ...]:
        """Every plugin found, usable or not, by name."""
        if self._origin is not None:
            return self._origin.plugins
        loaded: list[Plugin] = []
        for entry in self.entries:
            loaded.append(self._load(entry, loaded))
        return tuple(sorted(loaded, key=lambda plugin: plugin.name))

    def plugin(self, name: str) -> Plugin:
        """The plugin of an entry point's or a distribution's name. Raises `PluginError`."""
        asked = canonical(name)
        found = [p for p in self.plugins if asked in map(canonical, (p.name, p.distribution))]
        if not found:
            known = {n for p in self.plugins for n in (p.name, p.distribution)}
            raise PluginError(f"there is no plugin '{name}'", hint=suggest(name, known))
        return found[0]

    @property
    def switched_off(self) -> frozenset[str]:
        """The plugins that this host does without."""
        return self._blocked

    def blocked(self, entry: PluginEntry) -> Fault | None:
        """Why the user does not want a plugin to be imported, or None."""
        if entry.is_called(self._blocked):
            return Fault("blocked", "it is switched off", f"Leave out -p no:{entry.name}")
        if not entry.is_core and entry.is_called(_disabled()):
            return Fault("blocked", "it is switched off", f"Take it out of ${DISABLED}.")
        return None

    def names(self, kind: str) -> list[str]:
        """The names of what is offered of one kind."""
        return sorted(name for (of, name) in self._offers if of == kind)

    def specs(self, kind: str) -> list[ComponentSpec]:
        """The components of one kind that exactly one plugin offers, or a preferred one."""
        chosen = (self._choice(k, n) for k, n in self._offers if k == kind)
        return [o.declaration for o in chosen if o and isinstance(o.declaration, ComponentSpec)]

    def declared(self, wanted: type[DeclarationT]) -> list[DeclarationT]:
        """What is declared of one type, names taken twice left out."""
        chosen = (self._choice(kind, name) for kind, name in self._offers)
        return [o.declaration for o in chosen if o and isinstance(o.declaration, wanted)]

    def spec(self, kind: str, name: str) -> ComponentSpec:
        """The declaration of a component. Raises `UnknownComponent` with the nearest name or the
        distribution that would bring it, and `PluginError` when two plugins claim the name."""
        declaration = self.declaration(kind, name)
        if not isinstance(declaration, ComponentSpec):
            raise self._unknown(kind, name)
        return declaration

    def declaration(self, kind: str, name: str) -> Declaration:
        """What is declared under a name; raises as `spec` does."""
        if (kind, name) not in self._offers:
            raise self._unknown(kind, name)
        if (chosen := self._choice(kind, name)) is None:
            claims = self.claims(kind, name)
            example = f'[prefer] "{kind}:{name}" = "{claims[0]}"'
            raise PluginError(
                f"{_words(kind)} '{name}' is offered by {' and '.join(claims)}",
                hint=f"Say which in the project file: {example}",
            )
        return chosen.declaration

    def claims(self, kind: str, name: str) -> list[str]:
        """The distributions that offer a name, where it is several and none is preferred."""
        if (kind, name) not in self._offers or self._choice(kind, name) is not None:
            return []
        return [offer.plugin.distribution for offer in self._offers[kind, name]]

    def conflicts(self, plugin: Plugin) -> list[Offer]:
        """The other plugins' offers whose names this one takes too, unless one is preferred."""
        return [
            offer
            for (kind, name), offers in self._offers.items()
            if self._choice(kind, name) is None and any(o.plugin is plugin for o in offers)
            for offer in offers
            if offer.plugin is not plugin
        ]

    def load(self, spec: ComponentSpec) -> type:
        """Imports a component's class. Raises `PluginError` with the mend when it cannot be."""
        target = self.target(spec)
        if not isinstance(target, type):
            raise PluginError(f"{spec.target} is no class, so it cannot be a {_words(spec.kind)}")
        return target

    def target(self, spec: Declaration) -> object:
        """Imports what a declaration names. Raises `PluginError` with the mend."""
        name, _, attribute = spec.target.partition(":")
        try:
            with self._around():
                module = importlib.import_module(name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # Whatever a component's module raises is the plugin's failure, told as one.
            fault = import_fault(error, self.owner(spec))
            raise PluginError(
                f"{_words(spec.kind)} '{spec.name}' cannot be loaded: {fault.problem}",
                hint=fault.mend,
            ) from error
        if (target := getattr(module, attribute, None)) is None:
            raise PluginError(
                f"{_words(spec.kind)} '{spec.name}' is declared as {spec.target}, "
                f"but {name} has no '{attribute}'",
                hint=REPORT,
            )
        return target

    def owner(self, spec: Declaration) -> str:
        """The distribution that makes a declaration."""
        offers = self._offers.get((spec.kind, spec.name), [])
        owners = [o.plugin.distribution for o in offers if o.declaration is spec]
        return owners[0] if owners else spec.target.partition(".")[0]

    @cached_property
    def _offers(self) -> dict[tuple[str, str], list[Offer]]:
        offers: dict[tuple[str, str], list[Offer]] = defaultdict(list)
        for plugin in self.plugins:
            for declaration in plugin.declarations:
                offers[declaration.kind, declaration.name].append(Offer(plugin, declaration))
        return dict(offers)

    def _choice(self, kind: str, name: str) -> Offer | None:
        offers = self._offers[kind, name]
        if len(offers) == 1:
            return offers[0]
        preferred = canonical(self._prefer.get(f"{kind}:{name}", ""))
        return next((o for o in offers if canonical(o.plugin.distribution) == preferred), None)

    def _unknown(self, kind: str, name: str) -> UnknownComponent:
        message = f"there is no {_words(kind)} '{name}'"
        if (distribution := KNOWN.get((kind, name))) is not None:
            aside = [
                p for p in self.plugins if canonical(p.distribution) == distribution and p.fault
            ]
            if aside:
                problem = f"{message}: {distribution} offers it, but {aside[0].problem}"
                return UnknownComponent(problem, hint=aside[0].mend)
            message = f"{message} here: {distribution} offers it and is not installed"
            return UnknownComponent(message, hint=f"pip install {distribution}")
        known = {n for k, n in KNOWN if k == kind}
        near = nearest(name, {*self.names(kind), *known})
        hint = f"Did you mean '{near}'?" if near else suggest(name, self.names(kind))
        if broken := [plugin for plugin in self.plugins if not plugin.usable]:
            aside_names = ", ".join(plugin.distribution for plugin in broken)
            hint += f" Set aside: {aside_names}; see `vibepiper plugins`."
        return UnknownComponent(message, hint=hint)

    def _load(self, entry: PluginEntry, before: list[Plugin]) -> Plugin:
        plugin = Plugin.of(entry)
        try:
            if (fault := self.blocked(entry) or entry.fault) is not None:
                return replace(plugin, fault=fault)
            _refuse_taken_entry(plugin, before)
            declarations, deprecations = self._hooks.ask(entry, core_info())
            _refuse_cores_names(plugin, declarations, before)
        except PluginFault as refused:
            return replace(plugin, fault=refused.fault)
        return replace(plugin, declarations=tuple(declarations), deprecations=tuple(deprecations))

    def _refuse_unknown_blocks(self, entries: Iterable[PluginEntry]) -> None:
        for name in sorted(self._blocked):
            meant = [entry for entry in entries if entry.is_called([name])]
            if not meant:
                known = {n for entry in entries for n in (entry.name, entry.distribution)}
                raise UsageError(
                    f"-p no:{name}: there is no such plugin", hint=suggest(name, known)
                )
            if any(entry.is_core for entry in meant):
                raise UsageError(f"-p no:{name}: core cannot be switched off")


def _order(entry: PluginEntry) -> tuple[bool, str, str]:
    return not entry.is_core, entry.name, entry.distribution


def _disabled() -> set[str]:
    return {name.strip() for name in os.environ.get(DISABLED, "").split(",")} - {""}


def _refuse_taken_entry(plugin: Plugin, before: list[Plugin]) -> None:
    for other in before:
        if other.name == plugin.name:
            raise PluginFault(
                "name_taken",
                f"another plugin is called '{plugin.name}' too: that of {other.distribution}",
                f"Uninstall one of them, or run with -p no:{other.distribution}.",
            )


def _refuse_cores_names(
    plugin: Plugin, declarations: Iterable[Declaration], before: list[Plugin]
) -> None:
    """What core offers keeps its meaning, whatever is installed."""
    core = {(d.kind, d.name) for p in before if p.distribution == CORE for d in p.declarations}
    for declaration in declarations:
        if (declaration.kind, declaration.name) in core:
            taken = f"{_words(declaration.kind)} '{declaration.name}'"
            raise PluginFault("name_taken", f"it takes the name of core's own {taken}")


def _words(kind: str) -> str:
    return "IO manager" if kind == "io_manager" else kind.replace("_", " ")
