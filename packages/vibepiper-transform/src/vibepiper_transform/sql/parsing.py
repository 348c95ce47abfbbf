"""From SQL text to the tree of one query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType
from vibepiper.errors import DefinitionError, Location

from vibepiper_transform.dialects.spoken import spoken
from vibepiper_transform.sql.fragment import Fragment
from vibepiper_transform.sql.lexing import unclosed
from vibepiper_transform.sql.marks import SHORTEST_MARK, Marks, is_mark
from vibepiper_transform.sql.origin import Positions

__all__ = ["ParsedQuery", "check_leftover", "offset_of", "parse_query"]

_SEMICOLON = TokenType.SEMICOLON
"""Python 3.11 takes half a microsecond to look a member up, and there are hundreds of tokens."""

_CAST = TokenType.DCOLON

_BEGINS = (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN, TokenType.FROM, TokenType.VALUES)


class ParsedQuery:
    """A query's tree, whose marks are still to be replaced: each is used as often as it is
    ``expected``."""

    def __init__(self, tree: exp.Query, positions: Positions, marks: Marks) -> None:
        self.tree = tree
        self.positions = positions
        self.marks = marks
        self.expected: dict[str, list[int]] = {}

    def error(
        self, message: str, node: exp.Expr | None = None, hint: str | None = None
    ) -> DefinitionError:
        """An error at the place of a node of the tree."""
        return DefinitionError(message, at=self.finder(node)(), hint=hint)

    def finder(self, node: exp.Expr | None) -> Callable[[], Location]:
        """Tells the place of a node when somebody asks, whatever has become of it by then."""
        offset = offset_of(node)
        return lambda: self.positions.at(offset)


def parse_query(text: Fragment, dialect: str, positions: Positions, marks: Marks) -> ParsedQuery:
    """Parses SQL in a dialect of sqlglot. Raises `DefinitionError` for what is not exactly one
    query that only reads."""
    speaks = spoken(dialect)
    tokens = _tokens(text, speaks, dialect, positions)
    _check_statement(tokens, positions)
    bracketed = _constants_first(tokens, speaks) if "::" in text.sql else tokens
    try:
        (tree, *_) = speaks.parser().parse(bracketed, text.sql)
    except ParseError as error:
        raise _syntax_error(error, text.sql, positions) from None
    if not isinstance(tree, exp.Query):
        at = positions.at(tokens[0].start)
        raise DefinitionError("a SQL asset is one SELECT query", at=at)
    parsed = ParsedQuery(tree, positions, marks)
    _check_marks(tokens, parsed)
    return parsed


def _tokens(text: Fragment, speaks: Dialect, dialect: str, positions: Positions) -> list[Token]:
    try:
        return speaks.tokenize(text.sql)
    except TokenError as error:
        raise DefinitionError(
            "a quoted text, a quoted name or a comment is not closed",
            at=positions.at(unclosed(text.sql, dialect)),
        ) from error


def _constants_first(tokens: list[Token], speaks: Dialect) -> list[Token]:
    """With brackets around a constant of a type that is cast: sqlglot reads ``DATE 'x'::TEXT`` as
    ``DATE ('x'::TEXT)``."""
    made: list[Token] = []
    for place, token in enumerate(tokens):
        if token.token_type is _CAST and (length := _constant_before(tokens, place, speaks)):
            first, last = made[-length], made[-1]
            made.insert(len(made) - length, _bracket(TokenType.L_PAREN, "(", first))
            made.append(_bracket(TokenType.R_PAREN, ")", last))
        made.append(token)
    return made


def _constant_before(tokens: list[Token], place: int, speaks: Dialect) -> int:
    """Of how many tokens the constant is that ends before a place, after its type; else 0."""
    if place < 2 or tokens[place - 1].token_type is not TokenType.STRING:
        return 0
    zoned = tokens[place - 2].text.upper() == "ZONE"
    length = 5 if zoned and place > 4 else 2
    return length if tokens[place - length].token_type in speaks.parser_class.TYPE_TOKENS else 0


def _bracket(kind: TokenType, text: str, at: Token) -> Token:
    return Token(kind, text, at.line, at.col, at.start, at.end)


def _check_statement(tokens: list[Token], positions: Positions) -> None:
    while tokens and tokens[-1].token_type is _SEMICOLON:
        tokens.pop()
    if not tokens:
        raise DefinitionError("the SQL is empty", at=positions.at(0))
    first = tokens[0]
    if first.token_type not in _BEGINS:
        raise DefinitionError(
            f"a SQL asset is one SELECT query, and this begins with '{first.text}'",
            at=positions.at(first.start),
        )
    for number, token in enumerate(tokens):
        if token.token_type is _SEMICOLON:
            raise DefinitionError(
                "a SQL asset is one query, and another statement follows",
                at=positions.at(tokens[number + 1].start),
            )


def _syntax_error(error: ParseError, text: str, positions: Positions) -> DefinitionError:
    found = error.errors[0]
    line, column = int(found["line"] or 1), int(found["col"] or 1)
    highlight = str(found["highlight"] or "")
    begin = sum(len(each) + 1 for each in text.split("\n")[: line - 1])
    offset = max(0, begin + column - len(highlight))
    what = str(found["description"]).rstrip(".")
    near = f" at '{highlight}'" if highlight and not is_mark(highlight) else ""
    return DefinitionError(f"the SQL cannot be read: {what}{near}", at=positions.at(offset))


def _check_marks(tokens: list[Token], parsed: ParsedQuery) -> None:
    """A mark stands by itself: not in a text or a name, nor beside other letters."""
    for token in tokens:
        if len(token.text) < SHORTEST_MARK or not is_mark(token.text):
            continue
        if token.token_type == TokenType.VAR and token.text in parsed.marks:
            parsed.expected.setdefault(token.text, []).append(token.start)
            continue
        where = {
            TokenType.STRING: "stands within a quoted text",
            TokenType.IDENTIFIER: "stands within a quoted name",
        }.get(token.token_type, "touches other letters")
        raise DefinitionError(
            f"a value or an asset of the template {where}",
            at=parsed.positions.at(token.start + max(0, token.text.find("vp_"))),
            hint="It needs no quotes: WHERE name = {{ name }}. Put texts together by || or concat.",
        )


def check_leftover(parsed: ParsedQuery, used: Counter[str]) -> None:
    """Raises `DefinitionError` for a mark that was not replaced."""
    for mark, places in parsed.expected.items():
        if used[mark] < len(places):
            raise DefinitionError(
                "a value or an asset of the template stands where neither can",
                at=parsed.positions.at(places[used[mark]]),
                hint="A value stands where an expression can, an asset where a table can. Names of "
                'columns are written by the template: sql("name").',
            )


def offset_of(node: exp.Expr | None) -> int:
    """Where a node stands in the text: of what has no place of its own, its first part's, and of
    what has none of these, that of what is nearest around it."""
    while node is not None:
        metas = (each._meta for each in node.walk())
        found: list[int] = [meta["start"] for meta in metas if meta and "start" in meta]
        if found:
            return min(found)
        node = node.parent
    return 0
