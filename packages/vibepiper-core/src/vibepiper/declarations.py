"""What a plugin declares beside components: each names what it offers by an import string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, TypeAlias

from vibepiper.component import ComponentSpec

__all__ = [
    "CommandSpec",
    "CoreInfo",
    "Declaration",
    "EventSubscriberSpec",
    "ProjectTemplateSpec",
    "SubscriberContext",
    "WebApplication",
    "WebRouteSpec",
]


@dataclass(frozen=True, slots=True)
class CoreInfo:
    """The core that asks. ``features`` names what it has that an older one has not, so that a
    plugin can serve both."""

    version: str
    features: frozenset[str]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """``vibepiper NAME``. ``target`` is a function, whose typed parameters become arguments and
    options as typer has it, or a ``typer.Typer`` with commands of its own."""

    kind: ClassVar[str] = "command"
    name: str
    target: str
    summary: str


@dataclass(frozen=True, slots=True)
class ProjectTemplateSpec:
    """``vibepiper init FOLDER --template NAME``. ``target`` is ``"package:folder"``, a folder of
    the package's data. Its files are copied, with ``$project`` filled in where the name of a file
    or its text says so, and ``$store``, in the project file: the section that names a store which
    lasts, if one is installed. A dollar sign of their own is written ``$$``."""

    kind: ClassVar[str] = "project_template"
    name: str
    target: str
    summary: str


@dataclass(frozen=True, slots=True)
class SubscriberContext:
    """The run's project: what an event subscriber is made with."""

    project: str
    environment: str
    root: Path


@dataclass(frozen=True, slots=True)
class EventSubscriberSpec:
    """Sees the events of every run. ``target`` is called with a `SubscriberContext` when a run
    begins and returns an object with ``on_event(event)``. One that raises is told no more, and
    the run goes on."""

    kind: ClassVar[str] = "event_subscriber"
    name: str
    target: str
    summary: str


class WebApplication(Protocol):
    """An ASGI application."""

    async def __call__(self, scope: object, receive: object, send: object) -> None: ...


@dataclass(frozen=True, slots=True)
class WebRouteSpec:
    """Pages of a plugin. ``name`` is the path below ``/plugins/`` of the web server that mounts
    them, ``target`` an ASGI application."""

    kind: ClassVar[str] = "web_route"
    name: str
    target: str
    summary: str
    methods: Sequence[str] = ("GET",)


Declaration: TypeAlias = (
    ComponentSpec | CommandSpec | ProjectTemplateSpec | EventSubscriberSpec | WebRouteSpec
)
