"""VibePiper: declarative data pipelines that a data team can trust.

Names are imported on first use, so that ``import vibepiper`` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper.analysis import Analyzer as Analyzer
    from vibepiper.asset_options import AssetOptions as AssetOptions
    from vibepiper.assets import Asset as Asset
    from vibepiper.assets import asset as asset
    from vibepiper.assets import make_asset as make_asset
    from vibepiper.assets import with_checks as with_checks
    from vibepiper.checks import Check as Check
    from vibepiper.checks import CheckContext as CheckContext
    from vibepiper.checks import CheckResult as CheckResult
    from vibepiper.checks import Validator as Validator
    from vibepiper.column_lineage import ColumnLineage as ColumnLineage
    from vibepiper.columns import Column as Column
    from vibepiper.component import Component as Component
    from vibepiper.component import ComponentContext as ComponentContext
    from vibepiper.component import ComponentSpec as ComponentSpec
    from vibepiper.context import AssetContext as AssetContext
    from vibepiper.cursor import Cursor as Cursor
    from vibepiper.database import DatabaseConnector as DatabaseConnector
    from vibepiper.database import DatabaseTransaction as DatabaseTransaction
    from vibepiper.errors import VibePiperError as VibePiperError
    from vibepiper.executor import Executor as Executor
    from vibepiper.file_format import FileFormat as FileFormat
    from vibepiper.graph import AssetGraph as AssetGraph
    from vibepiper.hookspecs import hookimpl as hookimpl
    from vibepiper.host import PluginHost as PluginHost
    from vibepiper.io_manager import AssetRef as AssetRef
    from vibepiper.io_manager import Change as Change
    from vibepiper.io_manager import ChangeIOManager as ChangeIOManager
    from vibepiper.io_manager import Committed as Committed
    from vibepiper.io_manager import IOManager as IOManager
    from vibepiper.io_manager import QueryIOManager as QueryIOManager
    from vibepiper.io_manager import Slice as Slice
    from vibepiper.io_manager import StagingIOManager as StagingIOManager
    from vibepiper.io_manager import Stored as Stored
    from vibepiper.io_manager import StoredVersion as StoredVersion
    from vibepiper.io_manager import VersionedIOManager as VersionedIOManager
    from vibepiper.lineage import Lineage as Lineage
    from vibepiper.materialization import Incremental as Incremental
    from vibepiper.materialization import MaterializationStrategy as MaterializationStrategy
    from vibepiper.materialization import incremental as incremental
    from vibepiper.plan import Plan as Plan
    from vibepiper.plan import make_plan as make_plan
    from vibepiper.project import Project as Project
    from vibepiper.project import load_project as load_project
    from vibepiper.retries import ErrorStrategy as ErrorStrategy
    from vibepiper.retries import Retry as Retry
    from vibepiper.runner import RunResult as RunResult
    from vibepiper.runner import StepResult as StepResult
    from vibepiper.runner import run_plan as run_plan
    from vibepiper.session import Session as Session
    from vibepiper.state import StateStore as StateStore
    from vibepiper.validation import analyze_project as analyze_project
    from vibepiper.validation import validate_project as validate_project

_HOME = {
    "Analyzer": "analysis",
    "Asset": "assets",
    "AssetContext": "context",
    "AssetGraph": "graph",
    "AssetOptions": "asset_options",
    "AssetRef": "io_manager",
    "Change": "io_manager",
    "ChangeIOManager": "io_manager",
    "Check": "checks",
    "CheckContext": "checks",
    "CheckResult": "checks",
    "Column": "columns",
    "ColumnLineage": "column_lineage",
    "Committed": "io_manager",
    "Component": "component",
    "ComponentContext": "component",
    "ComponentSpec": "component",
    "Cursor": "cursor",
    "DatabaseConnector": "database",
    "DatabaseTransaction": "database",
    "ErrorStrategy": "retries",
    "Executor": "executor",
    "FileFormat": "file_format",
    "IOManager": "io_manager",
    "Incremental": "materialization",
    "Lineage": "lineage",
    "MaterializationStrategy": "materialization",
    "Plan": "plan",
    "PluginHost": "host",
    "Project": "project",
    "QueryIOManager": "io_manager",
    "Retry": "retries",
    "RunResult": "runner",
    "Session": "session",
    "Slice": "io_manager",
    "StagingIOManager": "io_manager",
    "StateStore": "state",
    "StepResult": "runner",
    "Stored": "io_manager",
    "StoredVersion": "io_manager",
    "Validator": "checks",
    "VersionedIOManager": "io_manager",
    "VibePiperError": "errors",
    "analyze_project": "validation",
    "asset": "assets",
    "hookimpl": "hookspecs",
    "incremental": "materialization",
    "load_project": "project",
    "make_asset": "assets",
    "make_plan": "plan",
    "run_plan": "runner",
    "validate_project": "validation",
    "with_checks": "assets",
}

__all__ = [
    "Analyzer",
    "Asset",
    "AssetContext",
    "AssetGraph",
    "AssetOptions",
    "AssetRef",
    "Change",
    "ChangeIOManager",
    "Check",
    "CheckContext",
    "CheckResult",
    "Column",
    "ColumnLineage",
    "Committed",
    "Component",
    "ComponentContext",
    "ComponentSpec",
    "Cursor",
    "DatabaseConnector",
    "DatabaseTransaction",
    "ErrorStrategy",
    "Executor",
    "FileFormat",
    "IOManager",
    "Incremental",
    "Lineage",
    "MaterializationStrategy",
    "Plan",
    "PluginHost",
    "Project",
    "QueryIOManager",
    "Retry",
    "RunResult",
    "Session",
    "Slice",
    "StagingIOManager",
    "StateStore",
    "StepResult",
    "Stored",
    "StoredVersion",
    "Validator",
    "VersionedIOManager",
    "VibePiperError",
    "analyze_project",
    "asset",
    "hookimpl",
    "incremental",
    "load_project",
    "make_asset",
    "make_plan",
    "run_plan",
    "validate_project",
    "with_checks",
]


__getattr__ = lazy_attributes(__name__, _HOME)
