"""The suite of packs of checks, which another plugin's validator evaluates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, ClassVar, cast

import pyarrow as pa
import pytest
from vibepiper import ComponentContext, ComponentSpec, PluginHost
from vibepiper.checks import CheckPack, PackedCheck
from vibepiper.component import Kind
from vibepiper.errors import DataError, DefinitionError

from vibepiper_testing.conformance.checks import CheckCase, ChecksSuite, found_of
from vibepiper_testing.conformance.suite import load

__all__ = ["ExpectationPackSuite"]

_FOREIGN = [
    pa.array([True, None]),
    pa.array([-1, None]),
    pa.array([float("nan"), None]),
    pa.array(["", "é"]),
    pa.array([b"\x00", None]),
    pa.array([0, None], pa.timestamp("us", "UTC")),
    pa.array([[1], None]),
    pa.array([{"a": 1}, None]),
]


class ExpectationPackSuite(ChecksSuite):
    """What every pack of checks promises. A subclass gives a case, or more, of each check.

    ::

        class TestAcme(ExpectationPackSuite):
            component = "acme"
            cases = [CheckCase(ColumnValuesAreIbans("a"), good=pa.table(...), bad=pa.table(...))]
    """

    kind: ClassVar[Kind] = "expectation_pack"

    @pytest.fixture
    def pack(self, host: PluginHost, spec: ComponentSpec) -> CheckPack:
        """The pack under test."""
        return cast("CheckPack", host.target(spec))

    @pytest.fixture
    def subject(self, host: PluginHost, tmp_path: Path) -> Iterator[Any]:
        """The validator that the pack's checks name, as it is without settings."""
        (name,) = {case.check.validator for case in self.cases}
        component = load(host, host.spec("validator", name))
        made = component(component.settings_model(), ComponentContext(name, tmp_path))
        yield made
        made.close()

    def test_the_declaration_holds(self, spec: ComponentSpec, pack: CheckPack) -> None:
        """A declaration says what it is and names a pack, whose checks have a description each."""
        assert spec.summary.strip()
        assert isinstance(pack, CheckPack)
        assert [*pack.checks], "there is no check in it"
        assert [kind.name() for kind in pack.checks if not (kind.__doc__ or "").strip()] == []

    def test_every_check_has_a_case(self, pack: CheckPack) -> None:
        """Every check of the pack is tried, on data that passes it and data that fails it."""
        tried = {type(case.check).__qualname__ for case in self.cases}
        assert {kind.__qualname__ for kind in pack.checks} == tried

    def test_a_check_is_found_by_its_name(self, pack: CheckPack) -> None:
        """A check is the pack's attribute of its name, an identifier; of a name that no check has
        the nearest is told."""
        names = [kind.name() for kind in pack.checks]
        assert [name for name in names if not name.isidentifier()] == []
        assert [getattr(pack, name) for name in names] == [*pack.checks]
        with pytest.raises(AttributeError, match=names[0]):
            getattr(pack, f"{names[0]}x")

    def test_a_check_says_what_it_expects(self, case: CheckCase) -> None:
        """A check tells the columns that it looks at, and what it expects of them."""
        assert isinstance(case.check, PackedCheck)
        assert case.check.expected.strip()
        assert [name for name in case.check.column_names if not isinstance(name, str)] == []

    def test_an_unknown_option_is_refused(self, case: CheckCase) -> None:
        """An option that a check does not have is refused, so that a misspelt one is no silent
        default."""
        with pytest.raises(TypeError, match="no_such_option"):
            replace(cast("Any", case.check), no_such_option=1)

    def test_a_severity_that_there_is_not_is_refused(self, case: CheckCase) -> None:
        """A severity other than `error` and `warn` is refused where the check is declared."""
        with pytest.raises(DefinitionError, match="eror"):
            replace(cast("Any", case.check), severity="eror")

    def test_a_check_is_the_same_in_text(self, case: CheckCase) -> None:
        """A check that is made of the same arguments, as Python, JSON or YAML has them, is the same
        and has the same label, by which its history is found."""
        check: Any = case.check
        arguments = {item.name: getattr(check, item.name) for item in fields(check) if item.init}
        made = [type(check)(**arguments)]
        if (text := _json(arguments)) is not None:
            made.append(type(check)(**json.loads(text)))
        assert made == [check] * len(made)
        assert {each.label for each in made} == {check.label}

    def test_a_column_that_is_missing_is_no_pass(self, subject: Any, case: CheckCase) -> None:
        """A check of a column that the data lacks raises `DataError` or fails, and names it."""
        for column in _looked_at(case):
            without = case.good.rename_columns({column: f"no_such_{column}"})
            try:
                (result,) = self.evaluate(subject, [case.check], without)
            except DataError as error:
                told = str(error)
            else:
                told = "" if result.passed else result.summary()
            assert f"'{column}'" in told, f"it passed without '{column}', or did not name it"

    def test_a_column_of_another_type_is_judged_or_refused(
        self, subject: Any, case: CheckCase
    ) -> None:
        """A column of a type that a check cannot be asked of is refused with `DataError`; no other
        error escapes."""
        rows = case.good.take(pa.array([0, 0]))
        for column in _looked_at(case):
            place = rows.column_names.index(column)
            for values in _FOREIGN:
                with suppress(DataError):
                    self.evaluate(subject, [case.check], rows.set_column(place, column, values))

    def test_nothing_but_nulls_is_judged(self, subject: Any, case: CheckCase) -> None:
        """A table of nothing but nulls is judged; no more rows fail than there are."""
        schema = case.good.schema
        nulls = pa.Table.from_arrays([pa.nulls(3, field.type) for field in schema], schema=schema)
        (result,) = self.evaluate(subject, [case.check], nulls)
        assert result.failed_rows is None or 0 <= result.failed_rows <= 3

    def test_checks_are_judged_together_as_alone(self, subject: Any, case: CheckCase) -> None:
        """Checks of one table are asked together, and each is told what it is told alone."""
        others = [each.check for each in self.cases if each.good.schema == case.bad.schema]
        (alone,) = self.evaluate(subject, [case.check], case.bad)
        together = self.evaluate(subject, [*others, case.check, *others], case.bad)
        assert found_of(together[len(others)]) == found_of(alone)

    def test_a_result_can_be_kept(self, subject: Any, case: CheckCase) -> None:
        """What a result tells beside its rows is text and numbers, which the run's state keeps."""
        (result,) = self.evaluate(subject, [case.check], case.bad)
        told = [result.column, result.expected, result.observed, result.owner, *result.tags]
        assert [text for text in told if not isinstance(text, str | None)] == []
        assert type(result.value) in (type(None), int, float)


def _looked_at(case: CheckCase) -> list[str]:
    """Those of the table's columns that the check looks at."""
    names = cast("PackedCheck", case.check).column_names
    return [name for name in case.good.column_names if name in names]


def _json(arguments: dict[str, object]) -> str | None:
    """None for arguments that only Python has."""
    try:
        return json.dumps(arguments)
    except TypeError:
        return None
