"""A project: its file, its assets and the environment it runs in."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pydantic import JsonValue

from vibepiper.assets import Asset, collect_assets
from vibepiper.config import (
    EnvironmentConfig,
    ProjectConfig,
    find_project_file,
    read_config,
)
from vibepiper.errors import ConfigError, DefinitionError, Location, VibePiperError
from vibepiper.graph import AssetGraph
from vibepiper.places import Places

__all__ = ["Project", "load_project"]


@dataclass(frozen=True)
class Project:
    """A loaded project in one environment."""

    name: str
    root: Path
    state: Path
    environment: str
    config: EnvironmentConfig
    places: Places
    graph: AssetGraph

    @property
    def params(self) -> Mapping[str, JsonValue]:
        return self.config.params

    def place(self, section: str, name: str, *keys: str) -> Location:
        """Where a key of a component is configured: in the environment, else the project."""
        over = ("environments", self.environment, section, name)
        if over in self.places.lines:
            return self.places.at((*over, *keys))
        return self.places.at((section, name, *keys))


def load_project(
    start: Path, *, environment: str | None = None, params: Iterable[str] = ()
) -> Project:
    """Reads the project file of ``start``, imports its modules and builds its graph.

    ``params`` are names of run parameters beside the configured ones. Raises `ConfigError` and
    `DefinitionError`.
    """
    file = find_project_file(start.resolve())
    config, places = read_config(file)
    name, settings = config.environment(environment, places.at(("environments",)))
    graph = AssetGraph(
        _load_assets(file.parent, config, places),
        resources=settings.resources,
        params={*settings.params, *params},
    )
    state = file.parent / config.project.state
    return Project(config.project.name, file.parent, state, name, settings, places, graph)


def _load_assets(root: Path, config: ProjectConfig, places: Places) -> list[Asset]:
    at = places.at(("project", "modules"))
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    with collect_assets() as declared:
        modules = [_import(root, name, at) for name in config.project.modules]
    found = {**declared}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Asset):
                found[value.key, value.function] = value
    if not found:
        raise ConfigError(
            f"no asset is declared in {', '.join(config.project.modules)}",
            at=at,
            hint="Declare one: a function under @asset.",
        )
    return list(found.values())


def _import(root: Path, name: str, at: Location) -> ModuleType:
    try:
        return (
            _from_file(root / name, at) if name.endswith(".py") else importlib.import_module(name)
        )
    except VibePiperError:
        raise
    except (Exception, SystemExit) as error:
        # The user's module may raise anything; the message points at the user's line.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        raise DefinitionError(
            f"importing '{name}' raised {type(error).__name__}: {error}",
            at=_syntax_place(error) or Location(frame.filename, frame.lineno),
        ) from error


def _syntax_place(error: BaseException) -> Location | None:
    if isinstance(error, SyntaxError) and error.filename:
        return Location(error.filename, error.lineno)
    return None


def _from_file(path: Path, at: Location) -> ModuleType:
    if not path.is_file():
        raise ConfigError(f"the module {path} does not exist", at=at)
    name = path.stem
    present = sys.modules.get(name)
    if present is not None and getattr(present, "__file__", None) == str(path):
        return present
    if present is not None or name in sys.stdlib_module_names:
        name = f"vibepiper_project_{name}"
    spec = importlib.util.spec_from_file_location(name, path)
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
