"""VibePiper: declarative data pipelines that a data team can trust.

Names are imported on first use, so that ``import vibepiper`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vibepiper.assets import Asset as Asset
    from vibepiper.assets import AssetOptions as AssetOptions
    from vibepiper.assets import asset as asset
    from vibepiper.assets import make_asset as make_asset
    from vibepiper.assets import with_checks as with_checks
    from vibepiper.checks import Check as Check
    from vibepiper.checks import CheckResult as CheckResult
    from vibepiper.checks import Validator as Validator
    from vibepiper.component import Component as Component
    from vibepiper.component import ComponentContext as ComponentContext
    from vibepiper.component import ComponentSpec as ComponentSpec
    from vibepiper.errors import VibePiperError as VibePiperError
    from vibepiper.hookspecs import hookimpl as hookimpl
    from vibepiper.io_manager import AssetRef as AssetRef
    from vibepiper.io_manager import IOManager as IOManager
    from vibepiper.io_manager import QueryIOManager as QueryIOManager
    from vibepiper.io_manager import StagingIOManager as StagingIOManager
    from vibepiper.io_manager import Stored as Stored

_HOME = {
    "Asset": "assets",
    "AssetOptions": "assets",
    "AssetRef": "io_manager",
    "Check": "checks",
    "CheckResult": "checks",
    "Component": "component",
    "ComponentContext": "component",
    "ComponentSpec": "component",
    "IOManager": "io_manager",
    "QueryIOManager": "io_manager",
    "StagingIOManager": "io_manager",
    "Stored": "io_manager",
    "Validator": "checks",
    "VibePiperError": "errors",
    "asset": "assets",
    "hookimpl": "hookspecs",
    "make_asset": "assets",
    "with_checks": "assets",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if (module := _HOME.get(name)) is None:
        raise AttributeError(f"module 'vibepiper' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vibepiper.{module}"), name)
    globals()[name] = value
    return value
