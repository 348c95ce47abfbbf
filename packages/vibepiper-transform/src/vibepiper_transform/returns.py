"""Whether a function can return anything but None, as far as its bytecode shows."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from itertools import pairwise

__all__ = ["only_returns_none"]


def only_returns_none(function: Callable[..., object]) -> bool:
    """True where every `return` gives the constant None, as the end of a function that lacks one
    does. False of generators, of what always raises, and of callables that are no function."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or inspect.isgeneratorfunction(function):
        return False
    returns = [
        _gives_none(before, each)
        for before, each in pairwise(dis.get_instructions(code))
        if each.opname in ("RETURN_VALUE", "RETURN_CONST")
    ]
    return bool(returns) and all(returns)


def _gives_none(before: dis.Instruction, each: dis.Instruction) -> bool:
    """A return that is jumped to gives what was made elsewhere."""
    if each.opname == "RETURN_CONST":
        return each.argval is None
    return before.opname == "LOAD_CONST" and before.argval is None and not each.is_jump_target
