"""Where the parts of a relation run, and what moves between them."""

from __future__ import annotations

from vibepiper_transform.placement.fragment import Fragment
from vibepiper_transform.placement.placing import Moves, home_of, move_least, placed, sent_of
from vibepiper_transform.placement.tables import tables_of

__all__ = ["Fragment", "Moves", "home_of", "move_least", "placed", "sent_of", "tables_of"]
