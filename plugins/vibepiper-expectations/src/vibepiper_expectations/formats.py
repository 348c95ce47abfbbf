"""Checks of texts that have a known form: addresses, identifiers, documents, dates."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, ClassVar, Literal

from vibepiper_expectations.column_values import STRINGS
from vibepiper_expectations.families import Family
from vibepiper_expectations.kinds import ColumnValueExpectation, expectation

if TYPE_CHECKING:
    from vibepiper_expectations.columns import Column
    from vibepiper_expectations.failures import Failures, RowFunction

__all__ = [
    "ColumnValuesAreDates",
    "ColumnValuesAreEmails",
    "ColumnValuesAreIpAddresses",
    "ColumnValuesAreJson",
    "ColumnValuesAreUrls",
    "ColumnValuesAreUuids",
]

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"{_BYTE}(?:\.{_BYTE}){{3}}"
_H = "[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(
    (
        rf"(?:{_H}:){{7}}{_H}",
        rf"(?:{_H}:){{6}}{_IPV4}",
        *(rf"(?:{_H}:){{{n}}}(?::{_H}){{1,{7 - n}}}" for n in range(1, 7)),
        *(rf"(?:{_H}:){{{n}}}(?::{_H}){{0,{5 - n}}}:{_IPV4}" for n in range(1, 6)),
        rf"::(?:{_H}:){{0,5}}{_IPV4}",
        rf":(?::{_H}){{1,7}}",
        rf"(?:{_H}:){{1,7}}:",
        "::",
    )
)


class _Form(ColumnValueExpectation):
    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    pattern: ClassVar[str]

    def failing(self, column: Column) -> Failures:
        return column.not_matching(self.pattern)


@expectation
class ColumnValuesAreEmails(_Form):
    """Every value is an e-mail address as HTML's ``<input type=email>`` has it, with a dot in its
    domain: no quoted names, no comments, ASCII only."""

    pattern = rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+$"

    @property
    def expected(self) -> str:
        return "an e-mail address"


@expectation
class ColumnValuesAreUrls(_Form):
    """Every value is a URL of ``http``, ``https`` or ``ftp`` with a host name or address, and
    without spaces."""

    pattern = (
        rf"(?i)^(?:https?|ftp)://(?:[^\s/?#@]+@)?(?:{_HOST}|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?"
        r"(?:[/?#]\S*)?$"
    )

    @property
    def expected(self) -> str:
        return "a URL"


@expectation
class ColumnValuesAreUuids(_Form):
    """Every value is a UUID in the form ``8-4-4-4-12``, in upper or lower case."""

    pattern = "^[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$"

    @property
    def expected(self) -> str:
        return "a UUID"


@expectation
class ColumnValuesAreIpAddresses(ColumnValueExpectation):
    """Every value is an IP address: of ``version`` 4 or 6, or of either."""

    version: Literal[4, 6] | None = None

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    def verify(self) -> None:
        super().verify()
        if self.version not in (None, 4, 6):
            raise self.wrong(f"the version is {self.version!r}, expected 4, 6 or None")

    @property
    def expected(self) -> str:
        return "an IP address" if self.version is None else f"an IPv{self.version} address"

    def failing(self, column: Column) -> Failures:
        forms = {4: _IPV4, 6: _IPV6, None: f"{_IPV4}|{_IPV6}"}
        return column.not_matching(f"^(?:{forms[self.version]})$")


@expectation
class ColumnValuesAreJson(ColumnValueExpectation):
    """Every value is a JSON document. Told by DuckDB where the data is in it, else by Python,
    batch by batch."""

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    @property
    def expected(self) -> str:
        return "a JSON document"

    def failing(self, column: Column) -> Failures | RowFunction:
        return column.where_or("NOT JSON_VALID(x)", _is_json)


@expectation
class ColumnValuesAreDates(ColumnValueExpectation):
    """Every value is a date or time of the form ``format``, as Python's ``strptime`` reads it:
    ``%Y-%m-%d``. Told by DuckDB where the data is in it, else by Python, batch by batch."""

    format: str

    @property
    def accepts(self) -> frozenset[Family]:
        return STRINGS

    def verify(self) -> None:
        super().verify()
        try:
            time.strptime(time.strftime(self.format), self.format)
        except (TypeError, ValueError) as error:
            raise self.wrong(f"the format {self.format!r} is none that can be read") from error

    @property
    def expected(self) -> str:
        return f"a date like {self.format}"

    def failing(self, column: Column) -> Failures | RowFunction:
        return column.where_or(
            "x IS NOT NULL AND TRY_STRPTIME(x, :format) IS NULL", self._reads, format=self.format
        )

    def _reads(self, text: str) -> bool:
        try:
            time.strptime(text, self.format)
        except ValueError:
            return False
        return True


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not in JSON")
