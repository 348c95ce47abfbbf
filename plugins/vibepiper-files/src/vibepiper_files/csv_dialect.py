"""How a CSV file is written: delimiter, quotes, nulls, encoding."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from vibepiper.errors import DefinitionError

__all__ = ["CsvDialect"]


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """``nulls`` are the unquoted texts that stand for a missing value."""

    delimiter: str = ","
    quote: str = '"'
    nulls: tuple[str, ...] = ("",)
    encoding: str = "utf-8"

    def __post_init__(self) -> None:
        for name, value in (("delimiter", self.delimiter), ("quote", self.quote)):
            if len(value) != 1 or not value.isascii() or value in "\r\n":
                raise DefinitionError(f"{name} must be one ASCII character, found {value!r}")
        if self.delimiter == self.quote:
            raise DefinitionError(f"delimiter and quote are both {self.quote!r}")
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise DefinitionError(f"there is no encoding '{self.encoding}'") from error

    @property
    def is_utf8(self) -> bool:
        return codecs.lookup(self.encoding).name == "utf-8"
