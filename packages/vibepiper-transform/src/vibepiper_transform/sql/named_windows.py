"""Windows that a WINDOW clause names."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from vibepiper.errors import suggest

from vibepiper_transform.sql.parsing import ParsedQuery

__all__ = ["write_windows_out"]

_PARTS = ("partition_by", "order", "spec")


def write_windows_out(parsed: ParsedQuery, select: exp.Select) -> None:
    """Puts the windows of a SELECT's WINDOW clause, which goes, where they are named. Raises
    `DefinitionError` for a name that it does not have."""
    known: dict[str, exp.Window] = {}
    for window in select.args.get("windows") or ():
        _write_out(parsed, window, known)
        known[window.name.lower()] = window
    select.set("windows", None)
    for window in list(select.find_all(exp.Window)):
        if window.args.get("alias") and window.find_ancestor(exp.Select) is select:
            _write_out(parsed, window, known)


def _write_out(parsed: ParsedQuery, window: exp.Window, known: Mapping[str, exp.Window]) -> None:
    if (name := window.args.get("alias")) is None:
        return
    if (found := known.get(name.name.lower())) is None:
        hint = suggest(name.name, [each.name for each in known.values()])
        raise parsed.error(f"there is no window '{name.name}'", name, hint)
    window.set("alias", None)
    for part in _PARTS:
        value = found.args.get(part)
        if value and not window.args.get(part):
            copied = [each.copy() for each in value] if isinstance(value, list) else value.copy()
            window.set(part, copied)
