"""Functions of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp
from vibepiper.errors import DefinitionError

from vibepiper_transform.callsite import callsite
from vibepiper_transform.literals import literal
from vibepiper_transform.operand import Operand, check_whole, nested, tree_of

if TYPE_CHECKING:
    from vibepiper_transform.expressions import Expression

__all__ = ["TextFunctions"]


class TextFunctions(Operand):
    """What is asked of a text. Positions count characters and begin at 1; regular expressions
    are RE2's where the engine has them, and match anywhere in the text."""

    def lower(self) -> Expression:
        return self._of(exp.Lower(this=self._this()))

    def upper(self) -> Expression:
        return self._of(exp.Upper(this=self._this()))

    def length(self) -> Expression:
        """How many characters."""
        return self._of(exp.Length(this=self._this()))

    def trim(self) -> Expression:
        """Without spaces at both ends."""
        return self._of(exp.Trim(this=self._this()))

    def trim_start(self) -> Expression:
        return self._of(exp.Trim(this=self._this(), position="LEADING"))

    def trim_end(self) -> Expression:
        return self._of(exp.Trim(this=self._this(), position="TRAILING"))

    def substring(self, start: int, length: int | None = None) -> Expression:
        """``length`` characters from position ``start``, 1 or more, or all from there."""
        check_whole("a position", start, least=1)
        if length is not None:
            check_whole("a length", length, least=0)
        size = None if length is None else literal(length)
        return self._of(exp.Substring(this=self._this(), start=literal(start), length=size))

    def replace(self, old: str, new: str) -> Expression:
        """Every ``old`` in it, which is no pattern, replaced by ``new``."""
        old_new = {"expression": literal(old), "replacement": literal(new)}
        return self._of(exp.Replace(this=self._this(), **old_new))

    def contains(self, part: object) -> Expression:
        """Whether ``part``, a text or an expression, is in it."""
        return self._of(exp.Contains(this=self._this(), expression=tree_of(part)))

    def starts_with(self, start: object) -> Expression:
        return self._of(exp.StartsWith(this=self._this(), expression=tree_of(start)))

    def ends_with(self, end: object) -> Expression:
        return self._of(exp.EndsWith(this=self._this(), expression=tree_of(end)))

    def position(self, part: object) -> Expression:
        """Where ``part`` first is in it; 0 where it is not."""
        return self._of(exp.StrPosition(this=self._this(), substr=tree_of(part)))

    def like(self, pattern: str) -> Expression:
        """Whether the whole text fits; ``%`` any characters, ``_`` any one."""
        return self._of(exp.Like(this=nested(self.tree), expression=literal(pattern)))

    def matches(self, pattern: str) -> Expression:
        """Whether a regular expression matches somewhere in it."""
        return self._of(exp.RegexpLike(this=self._this(), expression=literal(pattern)))

    def extract(self, pattern: str, group: int = 0) -> Expression:
        """What a regular expression, or its ``group``, first matches; empty where nothing."""
        check_whole("a group", group, least=0)
        found = exp.RegexpExtract(
            this=self._this(), expression=literal(pattern), group=literal(group)
        )
        return self._of(found)

    def replace_matches(self, pattern: str, new: str) -> Expression:
        """Every match of a regular expression replaced by ``new``, where ``\\1`` is a group."""
        changed = {"replacement": literal(new), "modifiers": literal("g")}
        return self._of(
            exp.RegexpReplace(this=self._this(), expression=literal(pattern), **changed)
        )

    def pad_start(self, length: int, fill: str = " ") -> Expression:
        """Filled at the start to ``length`` characters; a longer text is cut to its first."""
        return self._padded(length, fill, is_left=True)

    def pad_end(self, length: int, fill: str = " ") -> Expression:
        """Filled at the end to ``length`` characters; a longer text is cut to its first."""
        return self._padded(length, fill, is_left=False)

    def split(self, separator: str) -> Expression:
        """The texts between separators, as a list."""
        return self._of(exp.Split(this=self._this(), expression=literal(separator)))

    def split_part(self, separator: str, part: int) -> Expression:
        """The text before the first separator is part 1; empty where there is no such part."""
        check_whole("a part", part, least=1)
        place = {"delimiter": literal(separator), "part_index": literal(part)}
        return self._of(exp.SplitPart(this=self._this(), **place))

    def reverse(self) -> Expression:
        """Its letters from the last to the first, each with its accents."""
        return self._of(exp.Reverse(this=self._this()))

    def repeat(self, times: int) -> Expression:
        check_whole("a number of times", times, least=0)
        return self._of(exp.Repeat(this=self._this(), times=literal(times)))

    def parse_time(self, form: str) -> Expression:
        """The timestamp that it says in a form of ``strptime``, such as ``"%Y-%m-%d %H:%M"``; a
        text of another form is an error when the relation runs."""
        return self._of(exp.StrToTime(this=self._this(), format=literal(form)))

    def _padded(self, length: int, fill: str, *, is_left: bool) -> Expression:
        check_whole("a length", length, least=0)
        if not fill:
            raise DefinitionError("what fills a text is not empty", at=callsite())
        padding = {"expression": literal(length), "fill_pattern": literal(fill)}
        return self._of(exp.Pad(this=self._this(), is_left=is_left, **padding))
