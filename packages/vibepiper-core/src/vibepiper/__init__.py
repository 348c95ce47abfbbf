"""VibePiper: declarative data pipelines that a data team can trust.

Names are imported on first use, so that ``import vibepiper`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

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
    from vibepiper.context import AssetContext as AssetContext
    from vibepiper.database import DatabaseConnector as DatabaseConnector
    from vibepiper.database import DatabaseTransaction as DatabaseTransaction
    from vibepiper.errors import VibePiperError as VibePiperError
    from vibepiper.file_format import FileFormat as FileFormat
    from vibepiper.graph import AssetGraph as AssetGraph
    from vibepiper.hookspecs import hookimpl as hookimpl
    from vibepiper.host import PluginHost as PluginHost
    from vibepiper.io_manager import AssetRef as AssetRef
    from vibepiper.io_manager import IOManager as IOManager
    from vibepiper.io_manager import QueryIOManager as QueryIOManager
    from vibepiper.io_manager import StagingIOManager as StagingIOManager
    from vibepiper.io_manager import Stored as Stored
    from vibepiper.plan import Plan as Plan
    from vibepiper.plan import make_plan as make_plan
    from vibepiper.project import Project as Project
    from vibepiper.project import load_project as load_project
    from vibepiper.runner import RunResult as RunResult
    from vibepiper.runner import run_plan as run_plan
    from vibepiper.session import Session as Session
    from vibepiper.state import StateStore as StateStore

_HOME = {
    "Asset": "assets",
    "AssetContext": "context",
    "AssetGraph": "graph",
    "AssetOptions": "assets",
    "AssetRef": "io_manager",
    "Check": "checks",
    "CheckResult": "checks",
    "Component": "component",
    "ComponentContext": "component",
    "ComponentSpec": "component",
    "DatabaseConnector": "database",
    "DatabaseTransaction": "database",
    "FileFormat": "file_format",
    "IOManager": "io_manager",
    "Plan": "plan",
    "PluginHost": "host",
    "Project": "project",
    "QueryIOManager": "io_manager",
    "RunResult": "runner",
    "Session": "session",
    "StagingIOManager": "io_manager",
    "StateStore": "state",
    "Stored": "io_manager",
    "Validator": "checks",
    "VibePiperError": "errors",
    "asset": "assets",
    "hookimpl": "hookspecs",
    "load_project": "project",
    "make_asset": "assets",
    "make_plan": "plan",
    "run_plan": "runner",
    "with_checks": "assets",
}

__all__ = [
    "Asset",
    "AssetContext",
    "AssetGraph",
    "AssetOptions",
    "AssetRef",
    "Check",
    "CheckResult",
    "Component",
    "ComponentContext",
    "ComponentSpec",
    "DatabaseConnector",
    "DatabaseTransaction",
    "FileFormat",
    "IOManager",
    "Plan",
    "PluginHost",
    "Project",
    "QueryIOManager",
    "RunResult",
    "Session",
    "StagingIOManager",
    "StateStore",
    "Stored",
    "Validator",
    "VibePiperError",
    "asset",
    "hookimpl",
    "load_project",
    "make_asset",
    "make_plan",
    "run_plan",
    "with_checks",
]


__getattr__ = lazy_attributes(__name__, _HOME)
