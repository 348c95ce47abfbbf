"""Functions that have no source (of exec(), a REPL): told by their bytecode, which is the same
only for one minor version of Python."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping

from vibepiper.definitions import Chain

__all__ = ["names_in", "tell_code"]


def tell_code(code: types.CodeType) -> str:
    """Its instructions, names and constants, without lines and docstring."""
    constants = code.co_consts
    if constants and isinstance(constants[0], str) and code.co_name != "<lambda>":
        # The place of the docstring; a function without one has None or its first constant here.
        constants = (None, *constants[1:])
    told = (_tell(constant) for constant in constants)
    names = (code.co_names, code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return f"{code.co_code.hex()} {names!a} {' '.join(told)}"


def _tell(constant: object) -> str:
    if isinstance(constant, types.CodeType):
        return tell_code(constant)
    if isinstance(constant, frozenset):
        return f"{sorted(map(ascii, constant))}"
    return ascii(constant)


def names_in(code: types.CodeType, module: Mapping[str, object]) -> tuple[Chain, ...]:
    """What it may read. Bytecode does not say whose attribute a name is: each counts for every
    module that the code names."""
    names = sorted(set(_names(code)))
    found: list[Chain] = []
    for name in names:
        value = module.get(name)
        if isinstance(value, types.ModuleType):
            found += [(name, attribute) for attribute in names if attribute in vars(value)]
        else:
            found.append((name,))
    return tuple(found)


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
