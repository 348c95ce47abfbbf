"""Components: what plugins offer, declared without importing it, and the base they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["Component", "ComponentContext", "ComponentSpec", "Kind", "Support"]

Kind = Literal[
    "analyzer",
    "database",
    "executor",
    "expectation_pack",
    "file_format",
    "input",
    "io_manager",
    "validator",
]
Support = Literal["full", "partial", "none"]


@dataclass(frozen=True, slots=True)
class ComponentSpec:
    """A plugin's declaration of one component; importing ``target`` waits for its first use.

    ``target`` is ``"module:attribute"`` of a `Component` subclass; of an ``expectation_pack``, of
    a `vibepiper.checks.CheckPack`. ``capabilities`` maps string keys to a level of support, so that
    a plugin may be newer than its core; a capability that is not declared is not supported. An
    ``input``'s name is the annotation it serves, as ``"module:Type"`` (``"polars:DataFrame"``).
    """

    kind: Kind
    name: str
    target: str
    summary: str
    capabilities: Mapping[str, Support] = field(default_factory=dict)

    def supports(self, capability: str) -> bool:
        return self.capabilities.get(capability, "none") != "none"


@dataclass(frozen=True, slots=True)
class ComponentContext:
    """Where a component lives: its configured name and the project's root folder, against
    which relative paths in settings are resolved."""

    name: str
    root: Path


SettingsT = TypeVar("SettingsT", bound="BaseModel")


class Component(Generic[SettingsT]):
    """The base of every component class.

    A subclass names its pydantic settings model, which must forbid unknown keys::

        class FileIOManager(Component[FileSettings]):
            settings_model = FileSettings

    Construction must be cheap and connect to nothing: it happens at plan time.
    """

    settings_model: ClassVar[type[BaseModel]]

    def __init__(self, settings: SettingsT, context: ComponentContext) -> None:
        self.settings = settings
        self.context = context

    def close(self) -> None:
        """Releases connections and files. Called once, at the end of the session."""
