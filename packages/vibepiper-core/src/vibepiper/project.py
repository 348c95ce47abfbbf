"""A project: its file, its assets and the environment it runs in."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pydantic import JsonValue

from vibepiper.assets import Asset, collect_assets
from vibepiper.config import (
    EnvironmentConfig,
    ProjectConfig,
    find_project_file,
    read_config,
)
from vibepiper.errors import ConfigError, DefinitionError, Location, VibePiperError, suggest
from vibepiper.garbage import uncollected
from vibepiper.graph import AssetGraph
from vibepiper.pins import require_pins
from vibepiper.places import Places
from vibepiper.state.place import StateUrl, configured_place
from vibepiper.state.records import Retention

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Project", "last_line", "load_project"]

_KEPT = "__vibepiper_assets__"
_SETTLED_SECONDS = 2.0
_Declared = dict[tuple[str, Callable[..., object]], Asset]


@dataclass(frozen=True)
class Project:
    """A loaded project in one environment."""

    name: str
    root: Path
    state: Path | StateUrl
    environment: str
    config: EnvironmentConfig
    places: Places
    graph: AssetGraph
    prefer: Mapping[str, str] = field(default_factory=dict)
    retention: Retention = field(default_factory=Retention)
    lease_seconds: float = 30

    @property
    def file(self) -> Path:
        """The project file."""
        return Path(self.places.file)

    @property
    def params(self) -> Mapping[str, JsonValue]:
        return self.config.params

    def place(self, section: str, name: str, *keys: str) -> Location:
        """Where a key of a component is configured: in the environment, else the project."""
        over = ("environments", self.environment, section, name)
        if over in self.places.lines:
            return self.places.at((*over, *keys))
        return self.places.at((section, name, *keys))

    def with_params(self, given: Mapping[str, JsonValue]) -> Project:
        """With values that take the place of the configured ones."""
        params = {**self.params, **given}
        return replace(self, config=self.config.model_copy(update={"params": params}))

    def param_place(self, name: str) -> Location:
        over = ("environments", self.environment, "params", name)
        return self.places.at(over if over in self.places.lines else ("params", name))


def load_project(
    start: Path, *, environment: str | None = None, params: Iterable[str] = ()
) -> Project:
    """Reads the project file of ``start``, imports its modules and builds its graph.

    ``params`` are names of run parameters beside the configured ones. Raises `ConfigError` and
    `DefinitionError`.
    """
    file = find_project_file(start.resolve())
    config, places = read_config(file)
    require_pins(config.plugins, places)
    name, settings = config.environment(environment, places.at(("environments",)))
    graph = AssetGraph(
        _load_assets(file.parent, config, places),
        resources=settings.resources,
        params={*settings.params, *params},
    )
    project = Project(
        config.project.name,
        file.parent,
        configured_place(config, places, file.parent),
        name,
        settings,
        places,
        graph,
        config.prefer,
        config.state.retention,
        config.state.lease_seconds,
    )
    _check_limits(project)
    return project


def _check_limits(project: Project) -> None:
    """Raises `ConfigError` for a limit of what there is not."""
    pools = {asset.pool for asset in project.graph if asset.pool is not None}
    known = {*pools, *project.config.resources}
    for name in project.config.limits:
        if name not in known:
            raise ConfigError(
                f"'limits.{name}': no asset has this pool, and no resource is called so",
                at=project.place("limits", name),
                hint=suggest(name, known) if known else "Give assets pool=..., or remove it.",
            )


def _load_assets(root: Path, config: ProjectConfig, places: Places) -> list[Asset]:
    at = places.at(("project", "modules"))
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    found = {}
    with uncollected():
        for name in config.project.modules:
            found.update(_declared_in(root, name, at))
    if not found:
        raise ConfigError(
            f"no asset is declared in {', '.join(config.project.modules)}",
            at=at,
            hint="Declare one: a function under @asset.",
        )
    return list(found.values())


def _declared_in(root: Path, name: str, at: Location) -> _Declared:
    """The assets that importing the module declares, and those it names. A module is imported
    once in a process, so it keeps the first, which may be in no variable, for the next time."""
    with collect_assets() as declared:
        module = _import(root, name, at)
    names = vars(module)
    kept: _Declared = names.setdefault(_KEPT, declared)
    assets = [value for value in names.values() if isinstance(value, Asset)]
    return {**kept, **{(asset.key, asset.function): asset for asset in assets}}


def _import(root: Path, name: str, at: Location) -> ModuleType:
    if not name.endswith(".py") and not all(part.isidentifier() for part in name.split(".")):
        raise ConfigError(
            f"'{name}' is no module",
            at=at,
            hint='Name files or dotted names: ["pipeline.py", "shop.marts"].',
        )
    try:
        return (
            _from_file(root / name, at) if name.endswith(".py") else importlib.import_module(name)
        )
    except VibePiperError as error:
        error.at = error.at or last_line(error, root)
        raise
    except (Exception, SystemExit) as error:
        # The user's module may raise anything; the message points at the user's line.
        raise DefinitionError(
            f"importing '{name}' raised {type(error).__name__}: {error}",
            at=last_line(error, root) or at,
        ) from error


def last_line(error: BaseException, root: Path) -> Location | None:
    """The last line of the project's own code that the error came through."""
    if isinstance(error, SyntaxError) and error.filename:
        return Location(error.filename, error.lineno)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            return Location(frame.filename, frame.lineno)
    return None


class _Settled(SourceFileLoader):
    """A loader that keeps no bytecode of a file which was written just now.

    Python takes bytecode for current when size and second of the source are the same,
    so a second edit of the same size within the second would not be seen. Git's index
    leaves such "racily clean" entries out for the same reason.
    """

    def set_data(self, path: str, data: ReadableBuffer, *, _mode: int = 0o666) -> None:
        if time.time() - os.stat(self.path).st_mtime >= _SETTLED_SECONDS:
            super().set_data(path, data, _mode=_mode)


def _from_file(path: Path, at: Location) -> ModuleType:
    if not path.is_file():
        raise ConfigError(f"the module {path} does not exist", at=at)
    name = path.stem
    present = sys.modules.get(name)
    if present is not None and getattr(present, "__file__", None) == str(path):
        return present
    if present is not None or name in sys.stdlib_module_names:
        name = f"vibepiper_project_{name}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Settled(name, str(path)))
    if spec is None or spec.loader is None:
        raise ConfigError(f"the module {path} cannot be imported", at=at)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
