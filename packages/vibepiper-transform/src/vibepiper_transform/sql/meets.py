"""What dialects do where values of several types meet."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Meets"]


@dataclass(frozen=True, slots=True)
class Meets:
    """``truths``: booleans are numbers. ``constants``: a text that is a constant is read as a value
    of the type of whatever it meets, and not only where the two are compared. ``by_columns``: it
    is read where it is compared with a column, and nowhere else. ``times``: dates and timestamps
    are texts. ``refused``: all other meetings are errors."""

    truths: bool = False
    constants: bool = False
    by_columns: bool = False
    times: bool = False
    refused: bool = False
