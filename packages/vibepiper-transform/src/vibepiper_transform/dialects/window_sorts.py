"""Windows of one SELECT for MariaDB, which sorts its rows once for several of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from vibepiper_transform.dialects.native import is_native
from vibepiper_transform.dialects.trees import integer

__all__ = ["windows_apart"]

_Keys = tuple[exp.Expr, ...]


def windows_apart(query: exp.Query) -> exp.Query:
    """A lowered query, itself changed. Where the keys of a window begin those of two others that
    sort otherwise (``OVER ()``, beside ``OVER (PARTITION BY a)`` and ``OVER (ORDER BY b)``),
    MariaDB computes one of the three over rows in another's order: the first gets a key before its
    own that is the same in all rows, and begins no other's."""
    for select in query.find_all(exp.Select):
        windows = {} if is_native(select) else _by_keys(_windows(select))
        if len(windows) > 2:
            _apart(windows)
    return query


def _apart(windows: Mapping[_Keys, list[exp.Window]]) -> None:
    number = 0
    for keys, same in windows.items():
        longer = [other for other in windows if len(other) > len(keys) and _begins(keys, other)]
        if all(_agree(one, two) for one in longer for two in longer):
            continue
        number += 1
        for window in same:
            rest = window.args.get("partition_by") or []
            window.set("partition_by", [_constant(longer[0][0], number), *rest])


def _constant(of: exp.Expr, number: int) -> exp.Expr:
    """A constant that MariaDB takes for none, so that it keeps it as a key."""
    value = of.this if isinstance(of, exp.Ordered) else of
    missing = exp.Is(this=exp.paren(value.copy()), expression=exp.Null())
    return exp.If(this=missing, true=integer(number), false=integer(number))


def _windows(select: exp.Select) -> Iterator[exp.Window]:
    found = select.find_all(exp.Window)
    return (window for window in found if window.find_ancestor(exp.Select) is select)


def _by_keys(windows: Iterable[exp.Window]) -> dict[_Keys, list[exp.Window]]:
    found: dict[_Keys, list[exp.Window]] = {}
    for window in windows:
        order = window.args.get("order")
        keys = (*window.args.get("partition_by", ()), *(order.expressions if order else ()))
        found.setdefault(keys, []).append(window)
    return found


def _begins(keys: _Keys, other: _Keys) -> bool:
    """Whatever the directions are."""
    return all(_value(a) == _value(b) for a, b in zip(keys, other, strict=False))


def _agree(one: _Keys, two: _Keys) -> bool:
    """Whether rows in the order of the one are in that of the other, too."""
    return all(a == b for a, b in zip(one, two, strict=False))


def _value(key: exp.Expr) -> exp.Expr:
    value = key.this if isinstance(key, exp.Ordered) else key
    return value.unnest()
