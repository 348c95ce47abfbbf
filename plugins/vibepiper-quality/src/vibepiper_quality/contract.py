"""A contract, as Python text that a person reads, edits and commits, proposed from a profile.

It is text only: vibepiper-expectations, in whose words it is written, need not be installed.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Iterator

from vibepiper_quality.profile import ColumnProfile, Profile
from vibepiper_quality.report import shown

__all__ = ["propose_contract"]

_LETTERS = {"A": "[A-Z]+", "a": "[a-z]+", "9": "[0-9]+"}
_PYTHON = {"int": "int", "uint": "int", "double": "float", "float": "float", "bool": "bool"}
_TAKEN = {
    *("Annotated", "Decimal", "Field", "Schema", "datetime", "expect", "pa", "validate"),
    *("bool", "float", "int", "str", "constraints", "to_arrow"),
}
_REPEATS = 5
"""A text is one of a set where each of its values occurs so often, on average."""


def propose_contract(asset: str, profile: Profile) -> str:
    """A module with a Schema of all columns whose type it can say, and, as a comment, the
    decorators for the asset. The data that the profile is of passes it.

    What is proposed is what is certain: no nulls where there are none, keys, lengths that are all
    the same, and that numbers are never negative. Of a profile that is exact also the values of
    texts with few of them, and the pattern of texts that all have one. Of a masked column, no
    value.
    """
    name = _class_name(asset)
    names = _attributes(column.name for column in profile.columns)
    pairs = zip(names, profile.columns, strict=True)
    fields = [_field(attribute, column, profile) for attribute, column in pairs]
    body = "\n".join(f"    {line}" for line in fields) or "    pass"
    lines = [
        f"# What {asset!r} keeps to: proposed from {profile.rows:,} rows, to be reviewed.",
        "",
        *_imports(body),
        "",
        "",
        f"class {name}(Schema):",
        body,
        "",
        "",
        *(f"# {line}" for line in _decorators(name, profile)),
    ]
    return "\n".join(lines) + "\n"


def _imports(body: str) -> Iterator[str]:
    if "datetime." in body:
        yield "import datetime"
    if "Decimal" in body:
        yield "from decimal import Decimal"
    if "Annotated[" in body:
        yield "from typing import Annotated"
    if any(word in body for word in ("datetime.", "Decimal", "Annotated[")):
        yield ""
    if "pa." in body:
        yield "import pyarrow as pa"
    yield "from vibepiper_expectations import Field, Schema, expect, validate"


def _decorators(name: str, profile: Profile) -> Iterator[str]:
    yield f"@validate(schema={name}, lazy=True)"
    if profile.rows:
        yield "@expect.row_count_between(1)"
    if profile.keys and len(profile.keys[0]) > 1:
        yield f"@expect.columns_unique_together({list(profile.keys[0])!r})"


def _field(attribute: str, column: ColumnProfile, profile: Profile) -> str:
    annotation = _annotation(column)
    if annotation is None:
        return f"# {column.name!r} is {column.type!s}, which is left to you"
    rules = dict(_rules(column, profile))
    if attribute != column.name:
        rules["alias"] = repr(column.name)
    nullable = " | None" if column.nulls else ""
    arguments = ", ".join(f"{rule}={value}" for rule, value in rules.items())
    told = f" = Field({arguments})" if rules else ""
    return f"{attribute}: {annotation}{nullable}{told}{_remark(column)}"


def _annotation(column: ColumnProfile) -> str | None:
    kind = column.type
    if column.family == "text":
        return "str"
    if (plain := _PYTHON.get(re.sub(r"\d+$", "", kind))) is not None:
        return plain
    if kind.startswith("decimal"):
        return "Decimal"
    if kind.startswith("date"):
        return "datetime.date"
    if found := re.fullmatch(r"timestamp\[(\w+)(, tz=.+)?\]", kind):
        if found[2]:
            return "datetime.datetime"
        return f'Annotated[datetime.datetime, pa.timestamp("{found[1]}")]'
    return None


def _rules(column: ColumnProfile, profile: Profile) -> Iterator[tuple[str, str]]:
    """The arguments of its Field, as code."""
    if column.unique:
        yield "unique", "True"
    if column.family == "number" and _is_never_negative(column, profile):
        yield "ge", "0"
    if column.family != "text":
        return
    if _is_one_of_few(column, profile):
        yield "isin", repr(sorted(str(each.value) for each in column.top))
        return
    if (pattern := _pattern(column, profile)) is not None:
        yield "pattern", pattern
    lengths = column.lengths
    if lengths is not None and lengths.shortest == lengths.longest:
        yield "min_length", str(lengths.shortest)
        yield "max_length", str(lengths.longest)


def _is_never_negative(column: ColumnProfile, profile: Profile) -> bool:
    """NaN, which is outside of all bounds, is known to be none only of an exact profile."""
    is_float = column.type in ("double", "float", "halffloat")
    if column.not_finite or (is_float and not profile.exact):
        return False
    return isinstance(column.low, int | float) and column.low >= 0


def _is_one_of_few(column: ColumnProfile, profile: Profile) -> bool:
    there = profile.rows - column.nulls
    return column.complete and 0 < len(column.top) * _REPEATS <= there


def _pattern(column: ColumnProfile, profile: Profile) -> str | None:
    """The one shape of all texts, where it is more than a word and plain ASCII."""
    if not profile.exact or len(column.patterns) != 1:
        return None
    shape = str(column.patterns[0].value)
    if len(shape) < 2 or not (shape.isascii() and shape.isprintable()):
        return None
    found = "".join(_LETTERS.get(sign) or re.escape(sign) for sign in shape)
    return f'r"^{found}$"' if '"' not in found else repr(f"^{found}$")


def _remark(column: ColumnProfile) -> str:
    if column.family in ("number", "time") and column.low is not None:
        return f"  # {shown(column.low)} to {shown(column.high)}"
    return ""


def _attributes(names: Iterable[str]) -> list[str]:
    """A different one for each."""
    found: dict[str, None] = {}
    for name in names:
        attribute = _attribute(name)
        while attribute in found:
            attribute += "_"
        found[attribute] = None
    return list(found)


def _attribute(name: str) -> str:
    """The name, as Python and a Schema can have it."""
    found = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "column"
    if found[0].isdigit():
        found = f"column_{found}"
    return f"{found}_" if keyword.iskeyword(found) or found in _TAKEN else found


def _class_name(asset: str) -> str:
    words = re.split(r"[\W_]+", asset, flags=re.ASCII)
    found = "".join(word[:1].upper() + word[1:] for word in words) + "Schema"
    return f"Asset{found}" if found[0].isdigit() else found
