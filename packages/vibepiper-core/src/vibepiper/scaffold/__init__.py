"""``vibepiper plugins new``: a whole distribution of a plugin to begin from."""

from __future__ import annotations

from vibepiper.scaffold.plugin import KINDS, new_plugin

__all__ = ["KINDS", "new_plugin"]
