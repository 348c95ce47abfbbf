"""What makes a SQL asset's data: a template, called with the upstreams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from vibepiper.assets import Parameter
from vibepiper.data import is_table
from vibepiper.database import DatabaseTable
from vibepiper.errors import DefinitionError, Location

from vibepiper_transform.sql.marks import Reference
from vibepiper_transform.sql.rendering import Rendering
from vibepiper_transform.sql.written import Written

if TYPE_CHECKING:
    from vibepiper_transform.relation import Relation

__all__ = ["SqlFunction"]

OWN = "this"


class SqlFunction:
    """A SQL asset's function: it takes upstreams as relations or tables, and run parameters, by
    name or in the order of ``parameters``, and returns a relation."""

    def __init__(
        self,
        key: str,
        written: Written,
        dialect: str,
        upstream: Iterable[str] = (),
        *,
        incremental: bool = False,
    ) -> None:
        self.dialect = dialect
        self._key = key
        self._written = written
        self.parameters = _parameters(key, written, tuple(upstream), incremental=incremental)

    def __call__(self, *given: object, **named: object) -> Relation:
        # Imported here: to declare an asset takes no engine.
        from vibepiper_transform.constructors import as_relation
        from vibepiper_transform.sql.building import build_relation

        arguments = self._arguments(given, named)
        relations: dict[str, Relation] = {}
        upstreams: list[str] = []
        names: dict[str, object] = {}
        connectors: dict[str, object] = {}
        own: Reference | None = None
        for parameter in self.parameters:
            if parameter.name not in arguments:
                continue
            value = arguments[parameter.name]
            if parameter.upstream == self._key:
                if value is not None:
                    own = Reference(OWN, self._key.rpartition("/")[2])
                    relations[OWN] = as_relation(value)
            elif parameter.upstream is not None or is_table(value):
                key = parameter.upstream or parameter.name
                relations[key] = as_relation(value)
                upstreams.append(key)
            elif parameter.name in self._written.mentions.sources:
                connectors[parameter.name] = value
            else:
                names[parameter.name] = value
        taken = {p.name: arguments[p.name] for p in self._written.parameters if p.name in arguments}
        references = _references(upstreams)
        what = Rendering({**references, **names}, references, own, connectors)
        return build_relation(self._written.template(taken), what, relations, self.dialect)

    def check_syntax(self, upstreams: Collection[str], arguments: Mapping[str, object]) -> None:
        """Raises `DefinitionError` for SQL that cannot be read, whatever its upstreams hold.
        ``upstreams`` are the parameters that take one, ``arguments`` the values of others."""
        from vibepiper_transform.sql.building import read_query

        given = [each for each in self.parameters if each.name in upstreams]
        references = _references([each.upstream or each.name for each in given])
        sources = self._written.mentions.sources
        names = {n: v for n, v in arguments.items() if n not in sources}
        connectors = {n: v for n, v in arguments.items() if n in sources}
        taken = {p.name: names[p.name] for p in self._written.parameters if p.name in names}
        what = Rendering({**references, **names}, references, None, connectors)
        read_query(self._written.template(taken), what, self.dialect)

    @property
    def tables(self) -> Mapping[str, frozenset[DatabaseTable]]:
        """By the parameters that are databases what ``source`` takes of each, as far as the
        template writes it; not of those that the function itself takes that writes it."""
        own = {parameter.name for parameter in self._written.parameters}
        sources = self._written.mentions.sources
        return {name: tables for name, tables in sources.items() if name not in own}

    def place_of(self, parameter: str) -> Location | None:
        """Where the template names it; None for a parameter of the function that writes it."""
        own = any(parameter == each.name for each in self._written.parameters)
        return None if own else self._written.place_of(parameter)

    def code_values(self) -> Mapping[str, object]:
        return {"dialect": self.dialect, **self._written.code_values(self.dialect)}

    def _arguments(
        self, given: tuple[object, ...], named: Mapping[str, object]
    ) -> dict[str, object]:
        """Raises `TypeError` as any function does for arguments that do not fit."""
        order = [parameter.name for parameter in self.parameters]
        arguments = {**dict(zip(order, given, strict=False)), **named}
        needed = [p.name for p in self.parameters if p.required and p.upstream != self._key]
        absent = [name for name in needed if name not in arguments]
        unknown = [name for name in arguments if name not in order]
        if absent or unknown or len(given) > len(order):
            raise TypeError(
                f"{self._key}() takes {', '.join(order) or 'no arguments'}"
                + "".join(f"; '{name}' is missing" for name in absent)
                + "".join(f"; '{name}' is not among them" for name in unknown)
            )
        return arguments


def _references(keys: Collection[str]) -> dict[str, Reference]:
    """Upstreams by their keys, and by the last parts of these that mean no other."""
    found = {key: Reference(key, key.rpartition("/")[2]) for key in keys}
    shared = Counter(reference.name for reference in found.values())
    return {r.name: r for r in found.values() if shared[r.name] == 1} | found


def _parameters(
    key: str, written: Written, depends_on: tuple[str, ...], *, incremental: bool
) -> tuple[Parameter, ...]:
    """Those of the function that writes the template, and then what the template needs."""
    found = {parameter.name: parameter for parameter in written.parameters}
    mentions = written.mentions
    for name in (*depends_on, *mentions.refs):
        if name == key:
            raise DefinitionError(
                f"'{key}' is upstream of itself", hint="What is published of it is {{ this }}."
            )
        found.setdefault(name, Parameter(name, None, True, upstream=name))
    short = Counter(name.rpartition("/")[2] for name in depends_on)
    for name in mentions.names:
        if short[name] != 1:  # the graph knows which asset it is, if it is one
            found.setdefault(name, Parameter(name, mentions.kinds.get(name), True))
    for name, required in mentions.params.items():
        found.setdefault(name, Parameter(name, mentions.kinds.get(name), required))
    for name in mentions.sources:
        found.setdefault(name, Parameter(name, None, True))
    if incremental and mentions.own:
        if OWN in found:
            raise DefinitionError(
                f"'{OWN}' is what is published of '{key}', and also what an upstream is called",
                hint="Give the upstream another name.",
            )
        found.setdefault(OWN, Parameter(OWN, None, True, upstream=key))
    return tuple(found.values())
