"""The project file: ``vibepiper.toml``, ``vibepiper.yaml`` or ``vibepiper.yml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from vibepiper.errors import ConfigError, Location, nearest, suggest
from vibepiper.places import Places, toml_places, yaml_places

__all__ = ["FILES", "ComponentConfig", "ProjectConfig", "find_project_file", "read_config"]

FILES = ("vibepiper.toml", "vibepiper.yaml", "vibepiper.yml")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ComponentConfig(BaseModel):
    """A configured component: the name of what to ``use``, and its settings beside it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    use: str

    @property
    def settings(self) -> Mapping[str, JsonValue]:
        return self.model_extra or {}


class ProjectSection(_Section):
    """``[project]``: ``modules`` are files or dotted names, relative to the project file."""

    name: str
    modules: list[str] = Field(min_length=1)
    default_environment: str | None = None
    state: str = ".vibepiper/state.db"


class EnvironmentConfig(_Section):
    """What one environment changes: whole components by name, and single parameters."""

    io_managers: dict[str, ComponentConfig] = {}
    resources: dict[str, ComponentConfig] = {}
    validators: dict[str, ComponentConfig] = {}
    params: dict[str, JsonValue] = {}


class ProjectConfig(EnvironmentConfig):
    """``plugins`` maps distributions to the versions that the project works with, ``prefer``
    ``kind:name`` to the distribution that is meant where several offer it."""

    project: ProjectSection
    plugins: dict[str, str] = {}
    prefer: dict[str, str] = {}
    environments: dict[str, EnvironmentConfig] = {}

    def environment(self, name: str | None, at: Location) -> tuple[str, EnvironmentConfig]:
        """The settings of one environment over those of the project. Without a name: the
        default environment; ``"default"`` when the project file names none."""
        name = name or self.project.default_environment or "default"
        if name not in self.environments and name != "default":
            raise ConfigError(
                f"there is no environment '{name}'",
                at=at,
                hint=suggest(name, ["default", *self.environments]),
            )
        over = self.environments.get(name, EnvironmentConfig())
        return name, EnvironmentConfig(
            io_managers={**self.io_managers, **over.io_managers},
            resources={**self.resources, **over.resources},
            validators={**self.validators, **over.validators},
            params={**self.params, **over.params},
        )


def find_project_file(start: Path) -> Path:
    """The project file of ``start`` (a folder, or the file itself) or of the nearest folder
    above it. Raises `ConfigError` when there is none, and when a folder has two."""
    if start.is_file():
        return start
    for folder in (start, *start.parents):
        found = [folder / name for name in FILES if (folder / name).is_file()]
        if len(found) > 1:
            raise ConfigError(f"{folder} has {found[0].name} and {found[1].name}; keep one")
        if found:
            return found[0]
    raise ConfigError(
        f"no {' or '.join(FILES[:2])} in {start} or any folder above it",
        hint="Run the command in a project, or name one with --project.",
    )


def read_config(path: Path) -> tuple[ProjectConfig, Places]:
    """The project file, checked, and where each of its keys stands."""
    content, places = _parse(path)
    try:
        return ProjectConfig.model_validate(content), places
    except ValidationError as error:
        raise _refusal(error, places) from error


def _parse(path: Path) -> tuple[object, Places]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            return tomllib.loads(text), toml_places(str(path), text)
        return yaml.safe_load(text), yaml_places(str(path), text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, UnicodeDecodeError) as error:
        kind = path.suffix[1:].replace("yml", "yaml").upper()
        raise ConfigError(f"not valid {kind}: {error}", at=Location(str(path))) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", at=Location(str(path))) from error


def _refusal(error: ValidationError, places: Places) -> ConfigError:
    first = error.errors(include_url=False)[0]
    keys = tuple(str(part) for part in first["loc"])
    name = ".".join(keys)
    if not keys:
        found = _short(first["input"])
        return ConfigError(f"expected a table of keys, found {found}", at=places.at(()))
    if first["type"] == "extra_forbidden":
        hint = suggest(keys[-1], _fields(keys[:-1]))
        return ConfigError(f"unknown key '{name}'", at=places.at(keys), hint=hint)
    if first["type"] == "missing":
        near = nearest(keys[-1], first["input"])
        instead = f"Did you mean '{keys[-1]}' where it says '{near}'?" if near else None
        return ConfigError(f"'{name}' is missing", at=places.at(keys[:-1]), hint=instead)
    return ConfigError(
        f"'{name}': {first['msg'].lower()}, found {_short(first['input'])}", at=places.at(keys)
    )


def _short(value: object) -> str:
    """A single value in full; of a collection its type alone, for it may hold a password."""
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else repr(value)


def _fields(keys: tuple[str, ...]) -> list[str]:
    """The names that may stand under ``keys``, which hold an unknown one."""
    if keys[:1] == ("project",):
        return list(ProjectSection.model_fields)
    if keys[:1] == ("environments",):
        return list(EnvironmentConfig.model_fields)
    return list(ProjectConfig.model_fields)
