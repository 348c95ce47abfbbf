"""The hooks a plugin may implement."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from vibepiper.component import ComponentSpec

__all__ = ["hookimpl", "hookspec"]

hookspec = pluggy.HookspecMarker("vibepiper")
hookimpl = pluggy.HookimplMarker("vibepiper")


@hookspec
def vibepiper_components() -> Iterable[ComponentSpec]:
    """Called once, on the first look-up of a component. Return what the plugin offers, of any
    kind. The module that implements it must import no driver: keep it to declarations."""
    return ()
