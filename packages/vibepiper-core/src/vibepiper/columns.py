"""What an asset declares of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vibepiper.errors import DefinitionError, Location

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Column", "read_columns"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column as ``@asset(columns={"email": Column(...)})`` declares it.

    ``type`` is its Arrow type, to which what is stored is held; where every declared column has
    one, they are all the columns that others may rely on. ``tags`` are added to those that it
    inherits from the columns it is made of, ``untag`` takes some of these off (a hash of an
    address is no address any more). ``sources`` says of an opaque function which columns of its
    upstreams this one comes from, as ``"customers.email"``.
    """

    type: pa.DataType | None = None
    description: str | None = None
    tags: Iterable[str] = field(default=())
    untag: Iterable[str] = field(default=())
    sources: Iterable[str] | None = None

    def __post_init__(self) -> None:
        for name in ("tags", "untag", "sources"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, _names(name, value))
        if self.type is not None and not _is_arrow_type(self.type):
            raise DefinitionError(
                f"a column's type is an Arrow type, found {self.type!r}", hint="Such as pa.int64()."
            )
        if both := sorted({*self.tags} & {*self.untag}):
            raise DefinitionError(f"the tag '{both[0]}' is both in tags and in untag")


def read_columns(value: Any, at: Location) -> Mapping[str, Column]:
    """The option ``columns``. Raises `DefinitionError` for what is none."""
    if not isinstance(value, Mapping):
        raise DefinitionError(
            f"columns takes names and what is said of each, found {value!r}",
            at=at,
            hint='Such as columns={"email": Column(tags={"pii"})}.',
        )
    for name, column in value.items():
        if not isinstance(name, str) or not isinstance(column, Column):
            raise DefinitionError(
                f"columns: {name!r} is {column!r}, expected a Column",
                at=at,
                hint="from vibepiper import Column",
            )
    return dict(value)


def _names(option: str, value: object) -> tuple[str, ...]:
    """In an order that does not depend on a set's."""
    if isinstance(value, str):
        return (value,)
    items = list(value) if isinstance(value, Iterable) else [value]
    names = {item for item in items if isinstance(item, str)}
    if len(names) < len(items):
        raise DefinitionError(f"a column's {option} are different names, found {value!r}")
    return tuple(sorted(names))


def _is_arrow_type(value: object) -> bool:
    import pyarrow as pa

    return isinstance(value, pa.DataType)
