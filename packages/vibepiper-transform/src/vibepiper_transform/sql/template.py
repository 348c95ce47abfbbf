"""A template: what an asset's author wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from vibepiper.errors import Location

from vibepiper_transform.sql.fragment import Fragment
from vibepiper_transform.sql.mentions import Mentions
from vibepiper_transform.sql.origin import Origin, Positions
from vibepiper_transform.sql.plain_template import PlainTemplate
from vibepiper_transform.sql.rendering import Rendering

if TYPE_CHECKING:
    from vibepiper_transform.sql.jinja_template import JinjaTemplate

__all__ = ["SqlTemplate"]


class SqlTemplate:
    """``name`` tells it from the files of ``folder`` that it imports. Jinja is asked only where
    there is more to it than names: it takes a millisecond for each template."""

    def __init__(self, name: str, origin: Origin, folder: Path) -> None:
        self._name = f"<{name}>"
        self._origin = origin
        self._folder = folder

    @property
    def text(self) -> str:
        return self._origin.text

    @property
    def is_readable(self) -> bool:
        """Whether it is a template at all."""
        return self._plain is not None or self._jinja.is_readable

    @cached_property
    def mentions(self) -> Mentions:
        """What it mentions, with the assets that its macro files refer to. Raises
        `DefinitionError` for a template with a mistake."""
        return self._jinja.mentions if self._plain is None else self._plain.mentions

    @property
    def imported(self) -> Mapping[str, str]:
        """The texts of the files that it imports, directly or through others, by their names."""
        return self._jinja.imported if self._plain is None else {}

    def render(self, what: Rendering) -> Fragment:
        """The SQL, with marks in place of values and assets. Raises `DefinitionError`."""
        if self._plain is not None and (found := self._plain.render(what)) is not None:
            return found
        return self._jinja.render(what)

    def place_of(self, name: str) -> Location | None:
        """Where it first mentions a name, if it does."""
        found = re.search(rf"\{{[{{%][^}}]*?\b({re.escape(name)})\b", self.text)
        if found is None:
            return None
        before = self.text[: found.start(1)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return self._origin.place(line, column)

    def positions(self, text: Fragment) -> Positions:
        return Positions(text, self._name, self._origin, self._folder, self._text_offsets)

    def _text_offsets(self, source: str) -> Sequence[int]:
        if self._plain is not None and source == self.text:
            return self._plain.text_offsets
        return self._jinja.text_offsets(source)

    @cached_property
    def _plain(self) -> PlainTemplate | None:
        return PlainTemplate.read(self._name, self.text)

    @cached_property
    def _jinja(self) -> JinjaTemplate:
        # Imported here, for it brings Jinja.
        from vibepiper_transform.sql.jinja_template import JinjaTemplate

        return JinjaTemplate(self._name, self._origin, self._folder)
