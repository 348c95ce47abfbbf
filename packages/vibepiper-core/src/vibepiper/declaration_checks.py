"""What a plugin's hook returned, checked before anything relies on it.

The host keys what is offered by kind and name, so a declaration that holds something else than
it says would fail in the middle of another plugin's look-up.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Iterator, Mapping

from vibepiper import hookspecs
from vibepiper.component import ComponentSpec
from vibepiper.declarations import Declaration
from vibepiper.errors import a_type
from vibepiper.faults import PluginFault, one_line

__all__ = ["checked"]

_RETURNS: Mapping[str, type[Declaration]] = {
    name: typing.get_args(typing.get_type_hints(getattr(hookspecs, name))["return"])[0]
    for name in hookspecs.__all__
    if name.startswith("vibepiper_")
}


def checked(hook: str, answer: Iterable[object]) -> Iterator[Declaration]:
    """The declarations that ``hook`` returned. Raises `PluginFault` at the first that is none."""
    wanted = _RETURNS.get(hook, typing.get_args(Declaration))
    expected = getattr(wanted, "__name__", "declaration")
    for item in answer:
        if not isinstance(item, wanted):
            _refuse(hook, _shown(item), f"a {expected}")
        declaration = typing.cast("Declaration", item)
        for field, (holds, rule) in _RULES.items():
            value = getattr(declaration, field, None)
            if not holds(value):
                _refuse(hook, f"{a_type(item)} with {field}={_shown(value)}", rule)
        if isinstance(declaration, ComponentSpec) and not _are_levels(declaration.capabilities):
            found = f"a ComponentSpec with capabilities={_shown(declaration.capabilities)}"
            _refuse(hook, found, "a mapping of names to levels")
        yield declaration


def _refuse(hook: str, found: str, expected: str) -> typing.NoReturn:
    raise PluginFault("hook_result", f"its hook {hook} returned {found}, expected {expected}")


def _shown(value: object) -> str:
    try:
        return one_line(repr(value), 80)
    except Exception:  # noqa: BLE001
        return a_type(value)  # an object of a plugin's own may fail at its repr


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and value.isprintable()
        and value.split() == [value]
        and not value.startswith("-")
    )


def _is_target(value: object) -> bool:
    if not isinstance(value, str):
        return False
    module, mark, attribute = value.partition(":")
    return bool(module.strip() and mark and attribute.strip())


def _are_levels(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(part, str) for pair in value.items() for part in pair
    )


_RULES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "kind": (_is_name, "a name without spaces"),
    "name": (_is_name, "a name without spaces that no '-' begins"),
    "target": (_is_target, "module:attribute"),
    "summary": (lambda value: isinstance(value, str), "a text"),
}
