"""The hooks a plugin may implement.

Each is called once, on the first look-up of anything, and returns declarations: what is declared
is imported when it is first used. The module that implements them must import no driver.

An implementation takes as many of a hook's arguments as it needs. An argument that an older core
does not know is taken with a default value, a hook that it does not know is marked
``@hookimpl(optionalhook=True)``: both then run on either core.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from vibepiper.component import ComponentSpec
from vibepiper.declarations import (
    CommandSpec,
    CoreInfo,
    EventSubscriberSpec,
    ProjectTemplateSpec,
    WebRouteSpec,
)

__all__ = [
    "hookimpl",
    "hookspec",
    "vibepiper_commands",
    "vibepiper_components",
    "vibepiper_event_subscribers",
    "vibepiper_project_templates",
    "vibepiper_web_routes",
]

hookspec = pluggy.HookspecMarker("vibepiper")
hookimpl = pluggy.HookimplMarker("vibepiper")


@hookspec
def vibepiper_components(core: CoreInfo) -> Iterable[ComponentSpec]:
    """Returns the components, of any kind. ``core`` is the core that asks."""
    return ()


@hookspec
def vibepiper_commands(core: CoreInfo) -> Iterable[CommandSpec]:
    """Returns commands of the command line. ``core`` is the core that asks."""
    return ()


@hookspec
def vibepiper_project_templates(core: CoreInfo) -> Iterable[ProjectTemplateSpec]:
    """Returns what ``vibepiper init`` can begin a project from. ``core`` is the core that asks."""
    return ()


@hookspec
def vibepiper_event_subscribers(core: CoreInfo) -> Iterable[EventSubscriberSpec]:
    """Returns what is told the events of every run. ``core`` is the core that asks."""
    return ()


@hookspec
def vibepiper_web_routes(core: CoreInfo) -> Iterable[WebRouteSpec]:
    """Returns pages for the web server. ``core`` is the core that asks."""
    return ()
