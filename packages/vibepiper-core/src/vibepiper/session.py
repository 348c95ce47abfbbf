"""A session: a project's configured components, made on first use and closed at the end."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from vibepiper.assets import Asset
from vibepiper.checks import Validator
from vibepiper.component import Component, ComponentContext, ComponentSpec
from vibepiper.compute import limit_compute
from vibepiper.config import ComponentConfig
from vibepiper.errors import (
    ConfigError,
    NotMaterialized,
    PluginError,
    UnknownComponent,
    VibePiperError,
    nearest,
    suggest,
)
from vibepiper.faults import REPORT
from vibepiper.host import PluginHost
from vibepiper.io_manager import (
    AssetRef,
    ChangeIOManager,
    HoldingIOManager,
    IOManager,
    QueryIOManager,
    StagingIOManager,
)
from vibepiper.materialization import MaterializationStrategy
from vibepiper.project import Project
from vibepiper.state.place import StateUrl

__all__ = ["Given", "Section", "Session", "Store"]

Section = Literal["io_managers", "resources", "validators", "executors"]

KINDS: Mapping[Section, str] = {
    "io_managers": "io_manager",
    "resources": "database",
    "validators": "validator",
    "executors": "executor",
}

_REFERENCE = re.compile(r"\$\{(\w+)\}")

Given = Mapping[tuple[Section, str], tuple[ComponentSpec, object]]
"""Components that are made already, by the section and name that would configure them."""


@dataclass(frozen=True, slots=True)
class Store:
    """A configured IO manager of an environment, and what it declares."""

    name: str
    spec: ComponentSpec
    manager: IOManager
    environment: str

    def supports(self, capability: str) -> bool:
        return self.spec.supports(capability)

    @property
    def staging(self) -> StagingIOManager | None:
        return cast("StagingIOManager", self.manager) if self.supports("staging") else None

    @property
    def changing(self) -> ChangeIOManager | None:
        return cast("ChangeIOManager", self.manager) if self.supports("apply") else None

    @property
    def holding(self) -> HoldingIOManager | None:
        return cast("HoldingIOManager", self.manager) if self.supports("held") else None

    def read(self, ref: AssetRef) -> object:
        """The data as a Relation where the store answers queries, else as it loads. Raises
        `NotMaterialized` with the command that makes it."""
        if not self.supports("query"):
            return self.load(ref)
        with self.told_how_to_make(ref):
            return cast("QueryIOManager", self.manager).relation(ref)

    def load(self, ref: AssetRef) -> object:
        """The data as it loads. Raises `NotMaterialized` with the command that makes it."""
        with self.told_how_to_make(ref):
            return self.manager.load(ref)

    @contextlib.contextmanager
    def told_how_to_make(self, ref: AssetRef) -> Iterator[None]:
        """What reads the data within: `NotMaterialized` gets the command that makes it."""
        try:
            yield
        except NotMaterialized as error:
            error.hint = error.hint or f"Make it: vibepiper {self._making(ref)}"
            raise

    def _making(self, ref: AssetRef) -> str:
        where = "" if self.environment == "default" else f" --env {self.environment}"
        if not ref.partition:
            return f"run{where} --select +{ref.key}"
        if any(len(part.keys) > 1 for part in ref.partition):
            return f"backfill{where} {ref.key} --missing"
        key = "/".join(part.keys[0] for part in ref.partition)
        return f"backfill{where} {ref.key} --partition {shlex.quote(key)}"


class Session:
    """The components of one project in one environment. Thread-safe; close it when done.

    ``given`` take the place of configured components, as in a test; who made them closes them.
    The project's limits of memory, threads and disk are those of the process from then on.
    """

    def __init__(self, project: Project, host: PluginHost, *, given: Given | None = None) -> None:
        self.project = project
        self.host = host.preferring(project.prefer)
        self.given = dict(given or {})
        self._made: dict[tuple[Section, str], tuple[ComponentSpec, Component[Any]]] = {}
        self._secrets: set[str] = set()
        if isinstance(project.state, StateUrl):
            self._secrets |= project.state.secrets()
        self._lock = threading.RLock()
        limit_compute(project.config.compute.limits(project.root))

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def store(self, asset: Asset) -> Store:
        """The IO manager an asset is stored by: memory for the strategy of that name, else the
        one it names, else the environment's ``default``, else memory. A name is a configured
        one, or that of a component whose settings all have defaults."""
        in_memory = asset.strategy is MaterializationStrategy.IN_MEMORY
        name = asset.io_manager or ("memory" if in_memory else "default")
        if name == "default" and not self._is_there("io_managers", name):
            name = "memory"
        try:
            spec, manager = self._component("io_managers", name)
        except UnknownComponent as error:
            raise UnknownComponent(
                f"asset '{asset.key}': {error.message}",
                at=error.at or asset.location,
                hint=error.hint,
            ) from error
        return Store(name, spec, cast("IOManager", manager), self.project.environment)

    def resource(self, name: str) -> object:
        return self._component("resources", name)[1]

    def validator(self, name: str) -> Validator:
        return cast("Validator", self._component("validators", name)[1])

    def executor(self, name: str) -> tuple[ComponentSpec, object]:
        """An executor, and what it declares: a configured one, else that of the component."""
        return self._component("executors", name)

    def mask(self, text: str) -> str:
        """``text`` with ``****`` for every secret that a component was given."""
        with self._lock:
            secrets = sorted(self._secrets, key=len, reverse=True)
        for secret in secrets:
            text = text.replace(secret, "****")
        return text

    def close(self) -> None:
        """Closes every component that was made. The session can be used again."""
        with self._lock:
            made, self._made = self._made, {}
        with contextlib.ExitStack() as closing:
            for _, component in made.values():
                closing.callback(component.close)

    def _is_there(self, section: Section, name: str) -> bool:
        return (section, name) in self.given or name in self._configured(section)

    def _component(self, section: Section, name: str) -> tuple[ComponentSpec, object]:
        if (section, name) in self.given:
            return self.given[section, name]
        with self._lock:
            if (section, name) not in self._made:
                self._made[section, name] = self._make(section, name)
            return self._made[section, name]

    def _make(self, section: Section, name: str) -> tuple[ComponentSpec, Component[Any]]:
        configured = self._configured(section)
        config = configured.get(name) or ComponentConfig(use=name)
        try:
            spec = self.host.spec(KINDS[section], config.use)
        except UnknownComponent as error:
            if name in configured:
                at = self.project.place(section, name, "use")
                raise UnknownComponent(error.message, at=at, hint=error.hint) from error
            near = nearest(name, configured)
            missing = f"There is no section [{section}.{name}] in the project file"
            hint = f"Did you mean '{near}'?" if near else f"{missing}. {error.hint}"
            raise UnknownComponent(error.message, hint=hint) from error
        component = cast("type[Component[Any]]", self.host.load(spec))
        model = getattr(component, "settings_model", None)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise PluginError(
                f"{spec.target} has no settings_model, as a component has", hint=REPORT
            )
        try:
            settings = self._settings(model, section, name, config)
            return spec, component(settings, ComponentContext(name, self.project.root))
        except (VibePiperError, KeyboardInterrupt):
            raise
        except BaseException as error:
            # A plugin's code may raise anything; what it was configured by says where to look.
            raise PluginError(
                f"'{section}.{name}' ({config.use}) cannot be made: "
                f"{type(error).__name__}: {self.mask(str(error))}",
                at=self.project.place(section, name),
            ) from error

    def _configured(self, section: Section) -> Mapping[str, ComponentConfig]:
        return cast("Mapping[str, ComponentConfig]", getattr(self.project.config, section))

    def _settings(
        self, model: type[BaseModel], section: Section, name: str, config: ComponentConfig
    ) -> BaseModel:
        values = {
            key: self._resolve(value, section, name, key) for key, value in config.settings.items()
        }
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise self._refusal(error, model, section, name) from error

    def _resolve(self, value: JsonValue, section: Section, name: str, *keys: str) -> object:
        if isinstance(value, list):
            return [self._resolve(item, section, name, *keys) for item in value]
        if isinstance(value, str) and (found := _REFERENCE.search(value)) is not None:
            raise ConfigError(
                f"'{'.'.join((section, name, *keys))}': {found[0]} is not filled in here",
                at=self.project.place(section, name, *keys),
                hint=f'A secret is written {{ secret = "{found[1]}" }}; what differs from place to '
                f"place stands in [environments.NAME.{section}.{name}].",
            )
        if not isinstance(value, dict):
            return value
        if set(value) != {"secret"}:
            return {k: self._resolve(v, section, name, *keys, k) for k, v in value.items()}
        variable = str(value["secret"])
        if not os.environ.get(variable):
            raise ConfigError(
                f"'{'.'.join((section, name, *keys))}': the secret '{variable}' is not set",
                at=self.project.place(section, name, *keys),
                hint=f"Set the environment variable {variable}.",
            )
        self._secrets.add(os.environ[variable])
        return SecretStr(os.environ[variable])

    def _refusal(
        self, error: ValidationError, model: type[BaseModel], section: Section, name: str
    ) -> ConfigError:
        first = error.errors(include_url=False, include_input=False)[0]
        keys = tuple(str(part) for part in first["loc"])
        at = self.project.place(section, name, *keys)
        key = ".".join((section, name, *keys))
        if first["type"] == "extra_forbidden":
            hint = suggest(keys[-1], {"use", *model.model_fields})
            return ConfigError(f"unknown key '{key}'", at=at, hint=hint)
        return ConfigError(f"'{key}': {first['msg'].removeprefix('Value error, ').lower()}", at=at)
