"""Checks by their names: those of this package, and those of packs that plugins bring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import cast

from vibepiper.errors import DefinitionError, PluginError, suggest
from vibepiper.host import PluginHost

from vibepiper_expectations.kinds import Expectation

__all__ = ["ExpectationPack", "find_check", "pack"]


@dataclass(frozen=True)
class ExpectationPack:
    """Checks of one plugin, found by the name that it is declared under::

        ComponentSpec(kind="expectation_pack", name="bank", target="acme_bank:PACK", summary=...)

        PACK = ExpectationPack([ColumnValuesAreIbans])

    They are then ``expect.bank.column_values_are_ibans("account")``, and in YAML
    ``bank.column_values_are_ibans: account``.
    """

    checks: Iterable[type[Expectation]]

    def __post_init__(self) -> None:
        checks = tuple(self.checks)
        for kind in checks:
            if not (isinstance(kind, type) and issubclass(kind, Expectation)):
                raise DefinitionError(f"a pack holds classes of checks, found {kind!r}")
        object.__setattr__(self, "checks", checks)

    def __getattr__(self, name: str) -> type[Expectation]:
        checks: Iterable[type[Expectation]] = vars(self).get("checks", ())
        known = {kind.name(): kind for kind in checks}
        if name not in known:
            raise AttributeError(f"there is no check '{name}'. {suggest(name, known)}")
        return known[name]


def pack(name: str) -> ExpectationPack | None:
    """The pack that a plugin offers under a name. Raises `PluginError` for one that cannot be
    loaded."""
    host = _host()
    if name not in host.names("expectation_pack"):
        return None
    found = host.target(host.spec("expectation_pack", name))
    if not isinstance(found, ExpectationPack):
        raise PluginError(f"the expectation pack '{name}' is {found!r}, no ExpectationPack")
    return found


def find_check(name: str) -> type[Expectation]:
    """The check of a name, with its pack's before it: ``bank.column_values_are_ibans``. Raises
    `DefinitionError`, with the nearest name."""
    from vibepiper_expectations.namespace import expect, names_of_checks

    head, dot, rest = name.partition(".")
    try:
        if not dot:
            if name not in (known := names_of_checks()):
                raise DefinitionError(f"there is no check '{name}'", hint=suggest(name, known))
            return cast("type[Expectation]", getattr(expect, name))
        if (found := pack(head)) is None:
            packs = _host().names("expectation_pack")
            raise DefinitionError(
                f"there is no expectation pack '{head}'", hint=suggest(head, packs)
            )
        return cast("type[Expectation]", getattr(found, rest))
    except AttributeError as error:
        raise DefinitionError(str(error)) from error


@cache
def _host() -> PluginHost:
    return PluginHost()
