"""What stands between a relation and the next: groups whose aggregates are not said yet, and
values of which no table is made."""

from __future__ import annotations

from vibepiper.errors import DefinitionError, a_type

__all__ = ["Unfinished", "Unselected"]


class Unfinished:
    """No relation until a method makes one of it: where a table is expected it is refused."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise self.refusal()

    def refusal(self) -> DefinitionError:
        return DefinitionError(
            f"a {type(self).__name__} is no table: aggregate is missing",
            hint="Say what becomes of each group: .aggregate(rows=Count()).",
        )


class Unselected(Unfinished):
    """A value of rows, which a relation makes a column of."""

    def refusal(self) -> DefinitionError:
        return DefinitionError(
            f"{a_type(self)} is no table, but a value of the rows of one",
            hint="Say of which: .select(name=..), .mutate(..) or .aggregate(..) of a relation.",
        )
