"""What the suites share: promises that cannot be dropped in silence, the component under test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import pytest
from pydantic import SecretStr, ValidationError
from vibepiper import Component, ComponentContext, ComponentSpec, PluginHost
from vibepiper.component import Kind
from vibepiper.errors import suggest

__all__ = ["ComponentSuite", "DeclaredSuite", "Suite", "lacks", "load", "needs", "overrides"]

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

_NEEDS, _LACKS, _REASON = "__needs__", "__lacks__", "__overrides__"


def needs(capability: str) -> Callable[[FunctionT], FunctionT]:
    """A promise of those only who declare the capability, fully or in part."""
    return _marking(_NEEDS, capability)


def lacks(capability: str) -> Callable[[FunctionT], FunctionT]:
    """What is to be refused by those who do not declare the capability."""
    return _marking(_LACKS, capability)


def overrides(*, reason: str) -> Callable[[FunctionT], FunctionT]:
    """Replaces a test of the suite. The reason is shown at the end of every run.

    Raises `TypeError` without a reason.
    """
    if not reason.strip():
        raise TypeError("overrides(reason=...): say why the suite's own test does not hold")
    return _marking(_REASON, reason)


def _marking(attribute: str, value: str) -> Callable[[FunctionT], FunctionT]:
    def mark(function: FunctionT) -> FunctionT:
        setattr(function, attribute, (*getattr(function, attribute, ()), value))
        return function

    return mark


def load(host: PluginHost, spec: ComponentSpec) -> type[Component[Any]]:
    """Imports the class of a component that has settings."""
    return cast("type[Component[Any]]", host.load(spec))


@cache
def _installed() -> PluginHost:
    return PluginHost()


def _is_promise(base: type, name: str) -> bool:
    return hasattr(base, "__conformance__") and name.startswith("test")


def _refuse_silent_override(cls: type, name: str) -> None:
    owners = [base for base in cls.__mro__ if name in vars(base)]
    chosen = inspect.getattr_static(cls, name)
    if owners[0] is not owners[-1] and not getattr(chosen, _REASON, None):
        raise TypeError(
            f"{cls.__name__}: {name} replaces a test of {owners[-1].__name__} without a reason. "
            "Decorate it with @overrides(reason=...), or give it another name."
        )


class Suite:
    """What every component of one kind promises, each promise a test.

    Adding tests is free; replacing one of the suite's takes `overrides`, else the class cannot be
    made (`TypeError`).
    """

    __conformance__ = True

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        promises = {n for base in cls.__mro__[1:] for n in vars(base) if _is_promise(base, n)}
        for name in sorted(promises):
            _refuse_silent_override(cls, name)
        for name, value in vars(cls).items():
            if getattr(value, _REASON, None) and name not in promises:
                hint = suggest(name, promises)
                raise TypeError(f"{cls.__name__}.{name} overrides nothing of the suite. {hint}")


class DeclaredSuite(Suite):
    """A subclass names the component, which is looked up in the installed plugins."""

    kind: ClassVar[Kind]
    component: ClassVar[str]

    @pytest.fixture
    def host(self) -> PluginHost:
        """The installed plugins."""
        return _installed()

    @pytest.fixture
    def spec(self, host: PluginHost) -> ComponentSpec:
        """The component's declaration. Fails where no installed plugin makes it."""
        return host.spec(self.kind, self.component)

    @pytest.fixture(autouse=True)
    def _capabilities(self, request: pytest.FixtureRequest, spec: ComponentSpec) -> None:
        for needed in getattr(request.function, _NEEDS, ()):
            if not spec.supports(needed):
                pytest.skip(f"'{spec.name}' does not declare '{needed}'")
        for lacked in getattr(request.function, _LACKS, ()):
            if spec.supports(lacked):
                pytest.skip(f"'{spec.name}' declares '{lacked}'")


class ComponentSuite(DeclaredSuite):
    """What every component with settings promises. A subclass gives the ``settings``."""

    @pytest.fixture
    def settings(self) -> Mapping[str, object]:
        """What the project file says below ``use``, secrets as plain texts."""
        return {}

    @pytest.fixture
    def make(
        self,
        host: PluginHost,
        spec: ComponentSpec,
        settings: Mapping[str, object],
        tmp_path: Path,
    ) -> Iterator[Callable[[], Any]]:
        """Makes the component, each time a new one; all are closed at the end."""
        made: list[Component[Any]] = []
        model = load(host, spec).settings_model

        def make() -> Component[Any]:
            validated = model.model_validate(dict(settings))
            made.append(load(host, spec)(validated, ComponentContext(spec.name, tmp_path)))
            return made[-1]

        yield make
        for component in made:
            component.close()

    @pytest.fixture
    def subject(self, make: Callable[[], Any]) -> Any:
        """The component under test."""
        return make()

    def test_the_declaration_holds(self, host: PluginHost, spec: ComponentSpec) -> None:
        """A declaration names a component's class, says what it is, and its levels of support."""
        component = host.load(spec)
        assert issubclass(component, Component)
        assert spec.summary.strip()
        assert set(spec.capabilities.values()) <= {"full", "partial", "none"}

    def test_an_unknown_setting_is_refused(
        self, host: PluginHost, spec: ComponentSpec, settings: Mapping[str, object]
    ) -> None:
        """A setting that does not exist is refused, so that a misspelt one is no silent default."""
        model = load(host, spec).settings_model
        with pytest.raises(ValidationError) as caught:
            model.model_validate({**settings, "no_such_setting": 1})
        assert [e["type"] for e in caught.value.errors()] == ["extra_forbidden"]

    def test_secrets_are_not_shown(self, subject: Any) -> None:
        """A secret setting does not show when the component or its settings are printed."""
        shown = f"{subject!r} {subject} {subject.settings!r} {subject.settings}"
        values = [getattr(subject.settings, name) for name in type(subject.settings).model_fields]
        secrets = [v.get_secret_value() for v in values if isinstance(v, SecretStr)]
        assert [s for s in secrets if s and s in shown] == []
