"""What stands between a relation and the next: groups whose aggregates are not said yet."""

from __future__ import annotations

from vibepiper.errors import DefinitionError

__all__ = ["Unfinished"]


class Unfinished:
    """No relation until `aggregate` is called: where a table is expected it is refused."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise self.refusal()

    def refusal(self) -> DefinitionError:
        return DefinitionError(
            f"a {type(self).__name__} is no table: aggregate is missing",
            hint="Say what becomes of each group: .aggregate(rows=Count()).",
        )
