"""The project file: ``vibepiper.toml``, ``vibepiper.yaml`` or ``vibepiper.yml``."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    PositiveInt,
    ValidationError,
)

from vibepiper.compute import ComputeLimits, parse_size
from vibepiper.errors import ConfigError, Location, nearest, suggest
from vibepiper.places import Places, toml_places
from vibepiper.state.records import Retention

__all__ = [
    "FILES",
    "ComponentConfig",
    "ProjectConfig",
    "SecretReference",
    "find_project_file",
    "read_config",
]

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


class SecretReference(_Section):
    """``{ secret = "NAME" }``: what an environment variable holds."""

    secret: str


def _place(value: object) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) == {"secret"} and isinstance(value["secret"], str):
        return SecretReference(secret=value["secret"])
    raise ValueError('expected a path, a URL or { secret = "NAME" }')


class ProjectSection(_Section):
    """``[project]``: ``modules`` are files or dotted names, relative to the project file;
    ``state`` is a file's path, or a ``postgresql://`` URL or what holds it."""

    name: str
    modules: list[str] = Field(min_length=1)
    default_environment: str | None = None
    state: Annotated[str | SecretReference, PlainValidator(_place)] = ".vibepiper/state.db"


class StateSection(_Section):
    """``[state]``: how much of the past is kept; see `vibepiper.state.Retention`.

    ``lease_seconds``: how long a run that is not heard of keeps what it makes to itself."""

    keep_runs: int = Field(default=1000, ge=1)
    keep_days: float = Field(default=90, gt=0)
    keep_versions: int = Field(default=10, ge=1)
    lease_seconds: float = Field(default=30, ge=1, le=86_400)

    @property
    def retention(self) -> Retention:
        return Retention(self.keep_runs, self.keep_days, self.keep_versions)


class ComputeSection(_Section):
    """``[compute]``: the limits of what each process computes with; see `vibepiper.compute`."""

    memory_limit: Annotated[str, AfterValidator(parse_size)] | None = None
    threads: PositiveInt | None = None
    temp_folder: Path | None = None
    temp_limit: Annotated[str, AfterValidator(parse_size)] | None = None

    def limits(self, root: Path) -> ComputeLimits:
        """With the folder as it is seen from the project's."""
        folder = None if self.temp_folder is None else root / self.temp_folder
        return ComputeLimits(self.memory_limit, self.threads, folder, self.temp_limit)

    def under(self, over: ComputeSection) -> ComputeSection:
        """Its settings, and those in the place of others that ``over`` has."""
        return self.model_copy(update=over.model_dump(exclude_unset=True))


class EnvironmentConfig(_Section):
    """What one environment changes: whole components by name, and single parameters and limits.

    ``limits`` say how many steps may run at once that are of a pool, or that use a resource."""

    io_managers: dict[str, ComponentConfig] = {}
    resources: dict[str, ComponentConfig] = {}
    validators: dict[str, ComponentConfig] = {}
    executors: dict[str, ComponentConfig] = {}
    params: dict[str, JsonValue] = {}
    limits: dict[str, PositiveInt] = {}
    compute: ComputeSection = ComputeSection()


class ProjectConfig(EnvironmentConfig):
    """``plugins`` maps distributions to the versions that the project works with, ``prefer``
    ``kind:name`` to the distribution that is meant where several offer it."""

    project: ProjectSection
    state: StateSection = StateSection()
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
            executors={**self.executors, **over.executors},
            params={**self.params, **over.params},
            limits={**self.limits, **over.limits},
            compute=self.compute.under(over.compute),
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
        hint="Run the command in a project, or name one with --project; "
        "`vibepiper init FOLDER` begins a new one.",
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
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(error, path) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", at=Location(str(path))) from error
    return _parse_yaml(path, text)


def _parse_yaml(path: Path, text: str) -> tuple[object, Places]:
    # Imported here, for most projects have none.
    import yaml

    from vibepiper.yaml_places import yaml_places

    try:
        return yaml.safe_load(text), yaml_places(str(path), text)
    except yaml.YAMLError as error:
        raise _unreadable(error, path) from error


def _unreadable(error: Exception, path: Path) -> ConfigError:
    kind = path.suffix[1:].replace("yml", "yaml").upper()
    return ConfigError(f"not valid {kind}: {error}", at=Location(str(path)))


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
    if first["type"] == "list_type":
        found, hint = first["input"], f"Put it in a list: [{json.dumps(first['input'])}]."
        return ConfigError(
            f"'{name}': expected a list, found {_short(found)}", at=places.at(keys), hint=hint
        )
    fault = first["msg"].removeprefix("Value error, ").lower()
    return ConfigError(f"'{name}': {fault}, found {_short(first['input'])}", at=places.at(keys))


def _short(value: object) -> str:
    """A single value in full; of a collection its type alone, for it may hold a password."""
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return "nothing" if value is None else repr(value)


def _fields(keys: tuple[str, ...]) -> list[str]:
    """The names that may stand under ``keys``, which hold an unknown one."""
    if keys[:1] == ("project",):
        return list(ProjectSection.model_fields)
    if keys[:1] == ("state",):
        return list(StateSection.model_fields)
    if keys[-1:] == ("compute",):
        return list(ComputeSection.model_fields)
    if keys[:1] == ("environments",):
        return list(EnvironmentConfig.model_fields)
    return list(ProjectConfig.model_fields)
