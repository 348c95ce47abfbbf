"""A component's settings, described for people: names, types, defaults, which are secret."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from pathlib import PurePath

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

__all__ = ["Setting", "describe_settings"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a component's section. ``default`` is None where it must be given."""

    name: str
    type: str
    default: str | None
    secret: bool
    description: str | None = None


def describe_settings(model: type[BaseModel]) -> list[Setting]:
    """The settings of a component, as the project file spells them."""
    return [_describe(name, field) for name, field in model.model_fields.items()]


def _describe(name: str, field: FieldInfo) -> Setting:
    secret = _holds_secret(field.annotation)
    return Setting(
        field.alias or name,
        _type(field.annotation),
        _default(field, secret=secret),
        secret,
        field.description,
    )


def _default(field: FieldInfo, *, secret: bool) -> str | None:
    if field.is_required():
        return None
    try:
        value = field.get_default(call_default_factory=True, validated_data={})
    except Exception:  # noqa: BLE001
        return "made when it is used"  # a factory may need what is not here
    if value is None:
        return "none"
    if secret:
        return "****"
    return repr(str(value) if isinstance(value, PurePath) else value)


def _holds_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_holds_secret, typing.get_args(annotation)))


def _type(annotation: object) -> str:
    if annotation is SecretStr:
        return "str"
    if annotation is types.NoneType:
        return "none"
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " | ".join(repr(value) for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(_type(a) for a in arguments)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is not None:
        inner = ", ".join("..." if a is Ellipsis else _type(a) for a in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return getattr(annotation, "__name__", str(annotation))
