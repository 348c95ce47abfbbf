"""What becomes of staged columns that differ from those published.

Under every policy a staged type that the published one holds is cast to it, a published column is
never dropped, and a column that accepts null goes on to do so. Beyond that:

- ``evolve``: new columns are added, null in the rows that there were, and types are widened to
  the narrowest that holds both (see `vibepiper.widening`). What has none is refused.
- ``freeze``: what is published stays as it is. New and missing columns are refused, and types
  that it does not hold.
- ``discard_column``: new columns are left out, and those that the published type does not hold.
- ``discard_row``: these are left out too, and with them the rows that have a value there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vibepiper.errors import DataError
from vibepiper.io_manager import Evolution

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Reconciled", "reconcile"]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How staged and published columns are brought together.

    ``added`` are new columns of the published table, ``widened`` columns of it with their new
    types, ``cast`` staged columns with the types that they are published as. ``missing`` are
    published columns that no staged one is published as: null in rows that are new.
    ``discarded`` are staged columns that are left out; of these, where a row has a value in one
    of ``discard_where``, it is left out as well: the store counts these rows. ``schema`` is what
    the published table is afterwards.
    """

    schema: pa.Schema
    added: tuple[pa.Field, ...] = ()
    widened: tuple[pa.Field, ...] = ()
    cast: tuple[pa.Field, ...] = ()
    missing: tuple[str, ...] = ()
    discarded: tuple[str, ...] = ()
    discard_where: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """What people should know, a line each."""
        return self.told


def reconcile(
    published: pa.Schema,
    staged: pa.Schema,
    policy: Evolution,
    *,
    asset: str,
    needed: Collection[str] = (),
) -> Reconciled:
    """Brings staged columns together with those published, as ``policy`` says.

    ``needed`` are columns that the change cannot do without, such as its key: these are not left
    out. Raises `DataError` for what the policy refuses, naming the asset, the column and its
    types, for names that differ only in case, and for a name that is there twice.
    """
    _refuse_alike(asset, published.names, staged.names)
    found = _Reconciling(asset, policy, published, staged, frozenset(needed))
    for field in staged:
        if field.name in published.names:
            found.meet(published.field(field.name), field)
        else:
            found.add(field)
    return found.result()


def _refuse_alike(asset: str, published: list[str], staged: list[str]) -> None:
    new = [name for name in staged if name not in published]
    for name in staged:
        if staged.count(name) > 1:
            raise DataError(
                f"asset '{asset}': the column '{name}' is staged twice", hint="Rename one."
            )
    seen = {name.lower(): name for name in published}
    for name in new:
        if (other := seen.setdefault(name.lower(), name)) != name:
            raise DataError(
                f"asset '{asset}': the column '{name}' differs from '{other}' only in case, which "
                "not every store tells apart",
                hint=f"Name it '{other}', or something else.",
            )


class _Reconciling:
    """The columns met so far."""

    def __init__(
        self,
        asset: str,
        policy: Evolution,
        published: pa.Schema,
        staged: pa.Schema,
        needed: frozenset[str],
    ) -> None:
        self.asset, self.policy, self.needed = asset, policy, needed
        self.published, self.staged = published, staged
        self.added: list[pa.Field] = []
        self.widened: dict[str, pa.Field] = {}
        self.cast: list[pa.Field] = []
        self.discarded: list[str] = []
        self.discard_where: list[str] = []
        self.told: list[str] = []

    def add(self, field: pa.Field) -> None:
        if self.policy == "evolve":
            self.added.append(field.with_nullable(True))
            self.told.append(f"column '{field.name}' ({field.type}) was added")
        elif self.policy == "freeze":
            raise self._refusal(
                f"the column '{field.name}' ({field.type}) is new, and the policy freeze adds none",
                "Leave it out in the asset's function, or let the asset's columns evolve.",
            )
        else:
            self._discard(field, "is new")

    def meet(self, old: pa.Field, new: pa.Field) -> None:
        from vibepiper.widening import common_type

        kind = common_type(old.type, new.type)
        if kind is not None and kind.equals(old.type):
            if not new.type.equals(kind):
                self.cast.append(new.with_type(kind))
        elif self.policy == "evolve":
            self._widen(old, new, kind)
        elif self.policy == "freeze":
            raise self._misfit(old, new, "Cast it in the asset's function.")
        else:
            self._discard(new, f"is {new.type}, and {old.type} is published", old)

    def _widen(self, old: pa.Field, new: pa.Field, kind: pa.DataType | None) -> None:
        if kind is None:
            raise self._misfit(
                old, new, "Cast it in the asset's function, or give the column another name."
            )
        self.widened[old.name] = old.with_type(kind)
        if not new.type.equals(kind):
            self.cast.append(new.with_type(kind))
        self.told.append(f"column '{old.name}' was widened from {old.type} to {kind}")

    def _discard(self, field: pa.Field, reason: str, old: pa.Field | None = None) -> None:
        if field.name in self.needed and old is not None:
            raise self._misfit(
                old, field, "The change needs this column: cast it in the asset's function."
            )
        if field.name in self.needed:
            raise self._refusal(
                f"the column '{field.name}' ({field.type}) {reason}, and the policy {self.policy} "
                "would leave it out",
                "The change needs this column: let the asset's columns evolve.",
            )
        self.discarded.append(field.name)
        if self.policy == "discard_row":
            self.discard_where.append(field.name)
            self.told.append(f"column '{field.name}' {reason}: rows with a value were left out")
        else:
            self.told.append(f"column '{field.name}' {reason}: it was left out")

    def _misfit(self, old: pa.Field, new: pa.Field, hint: str) -> DataError:
        return self._refusal(
            f"the column '{new.name}' is {new.type}, and {old.type} is published, which the "
            f"policy {self.policy} does not make fit",
            hint,
        )

    def _refusal(self, problem: str, hint: str) -> DataError:
        return DataError(f"asset '{self.asset}': {problem}", hint=hint)

    def result(self) -> Reconciled:
        taken = set(self.staged.names) - set(self.discarded)
        missing = [name for name in self.published.names if name not in taken]
        unstaged = [name for name in missing if name not in self.discarded]
        if unstaged and self.policy == "freeze":
            raise self._refusal(
                f"the column '{unstaged[0]}' ({self.published.field(unstaged[0]).type}) is "
                "published and not staged, and the policy freeze wants all columns",
                "Give it in the asset's function, or let the asset's columns evolve.",
            )
        return Reconciled(
            schema=self._schema(frozenset(missing)),
            added=tuple(self.added),
            widened=tuple(self.widened.values()),
            cast=tuple(self.cast),
            missing=tuple(missing),
            discarded=tuple(self.discarded),
            discard_where=tuple(self.discard_where),
            told=(*self.told, *(f"column '{name}' was not staged" for name in unstaged)),
        )

    def _schema(self, missing: frozenset[str]) -> pa.Schema:
        import pyarrow as pa

        if self.policy == "freeze":
            return self.published
        fields = [self._after(field, field.name in missing) for field in self.published]
        return pa.schema([*fields, *self.added], metadata=self.published.metadata)

    def _after(self, field: pa.Field, is_missing: bool) -> pa.Field:
        loose = field.nullable or is_missing or self.staged.field(field.name).nullable
        return self.widened.get(field.name, field).with_nullable(loose)
