"""What is said of columns, and what is found of them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from vibepiper import Column, asset
from vibepiper.contracts import broken_declarations, changed_columns
from vibepiper.errors import DefinitionError


def test_columns_are_declared() -> None:
    @asset(columns={"email": Column(pa.string(), "An address.", {"pii"}, sources="raw.email")})
    def customers(): ...

    column = customers.columns["email"]
    assert (column.type, column.tags, column.sources) == (pa.string(), ("pii",), ("raw.email",))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["email"], r"columns takes names.*\n.*Column\(tags"),
        ({"email": pa.string()}, "columns: 'email' is .*expected a Column"),
    ],
)
def test_other_declarations_are_refused(columns: object, message: str) -> None:
    with pytest.raises(DefinitionError, match=message) as caught:
        asset(name="x", columns=columns)(lambda: None)  # type: ignore[call-overload]
    assert caught.value.at is not None
    assert Path(caught.value.at.file) == Path(__file__)


def test_a_type_is_an_arrow_type() -> None:
    with pytest.raises(DefinitionError, match=r"Arrow type, found <class 'int'>\n.*pa.int64"):
        Column(int)  # type: ignore[arg-type]


def test_a_tag_is_not_put_on_and_taken_off() -> None:
    with pytest.raises(DefinitionError, match="'pii' is both in tags and in untag"):
        Column(tags={"pii"}, untag={"pii"})


def declared(**columns: pa.DataType | None) -> list[tuple[str, str]]:
    @asset(columns={name: Column(kind) for name, kind in columns.items()})
    def made(): ...

    found = pa.schema([("id", pa.int64()), ("small", pa.int16()), ("at", pa.timestamp("us"))])
    return list(broken_declarations(made, found))


def test_declared_columns_are_held_against_what_is_found() -> None:
    assert declared(id=pa.int64(), at=None) == []
    assert declared(id=pa.int32()) == [("id", "as int32, and it is int64")]
    assert declared(idd=None) == [("idd", "and there is none, but 'id'")]


def test_what_stores_make_of_a_type_is_no_other_type() -> None:
    """A database without 8-bit integers keeps 16 bits, and one without nanoseconds microseconds."""
    assert declared(small=pa.int8(), at=pa.timestamp("ns")) == []
    assert declared(at=pa.timestamp("us", "UTC")) != []


def test_columns_that_are_gone_or_hold_other_values_have_changed() -> None:
    before = pa.schema([("a", pa.int64()), ("b", pa.int32()), ("c", pa.string()), ("d", pa.int8())])
    after = pa.schema(
        [("b", pa.int64()), ("c", pa.large_string()), ("d", pa.int8()), ("e", pa.null())]
    )
    assert changed_columns(before, after) == {
        "a": (pa.int64(), None),
        "b": (pa.int32(), pa.int64()),
    }
