"""Which analyzer looks into an asset, and what its answers rest on."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import PackageNotFoundError, requires, version
from typing import cast

from vibepiper.analysis import Analyzer
from vibepiper.component import ComponentSpec
from vibepiper.host import PluginHost
from vibepiper.planned import PlannedAsset
from vibepiper.plugin_entry import CORE

__all__ = ["Analyzers"]

_NAME = re.compile(r"[A-Za-z0-9._-]+")


class Analyzers:
    """The analyzers of a host, imported when one is first asked."""

    def __init__(self, host: PluginHost) -> None:
        self._host = host
        self._made: dict[str, Analyzer] = {}

    @cached_property
    def _specs(self) -> dict[str, ComponentSpec]:
        return {spec.name: spec for spec in self._host.specs("analyzer")}

    def knows(self, kind: str) -> bool:
        """Whether there is one for a kind of asset."""
        return kind in self._specs

    def spec(self, of: PlannedAsset) -> ComponentSpec | None:
        """The analyzer of an asset, or None: also where the function takes something else beside
        what the analyzer knows how to give it, such as a table with rows."""
        spec = self._specs.get(of.asset.kind)
        if spec is None or not spec.capabilities:
            return spec
        arrives = [each.adapter for each in of.inputs]
        known = all(each is not None and spec.supports(each.name) for each in arrives)
        return spec if arrives and known else None

    def get(self, spec: ComponentSpec) -> Analyzer:
        """Raises `PluginError` when it cannot be imported."""
        if spec.name not in self._made:
            made = cast("Callable[[], Analyzer]", self._host.load(spec))
            self._made[spec.name] = made()
        return self._made[spec.name]

    @cached_property
    def versions(self) -> str:
        """Of Python, of core, and of all that the analyzers' distributions require."""
        owners = {CORE, *(self._host.owner(spec) for spec in self._specs.values())}
        names = set(owners)
        for owner in owners:
            names |= {found[0] for line in _requires(owner) if (found := _NAME.match(line))}
        told = (f"{name}={_version(name)}" for name in sorted(names))
        return " ".join([sys.version.partition(" ")[0], *told])


def _requires(distribution: str) -> list[str]:
    try:
        return requires(distribution) or []
    except PackageNotFoundError:
        return []


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
