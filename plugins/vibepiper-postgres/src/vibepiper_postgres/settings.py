"""Where a PostgreSQL database is and who connects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

__all__ = ["Address", "PostgresSettings"]

_SCHEMES = ("postgresql", "postgres")
_PARTS = ("host", "port", "database", "user", "password")


class PostgresSettings(BaseModel):
    """Either ``url`` or its parts. ``schema`` is in Python also ``schema_name``."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True
    )

    url: SecretStr | None = Field(
        default=None,
        description="`postgresql://user:password@host:port/database`, in place of its parts",
    )
    host: str = Field(default="localhost", description="the server's name or address")
    port: int = Field(default=5432, description="the server's port")
    database: str | None = Field(default=None, description="must be given where `url` is not")
    user: str | None = Field(default=None, description="who connects")
    password: SecretStr | None = Field(default=None, description="of the user")
    schema_name: str = Field(
        default="public", alias="schema", description="where tables lie; it must exist"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = sorted(self.model_fields_set.intersection(_PARTS))
        if self.url is not None and given:
            raise ValueError(f"give 'url' or its parts, not both: found url and {', '.join(given)}")
        if self.url is None and self.database is None:
            raise ValueError("give 'url', or at least 'database'")
        self.address()
        return self

    def address(self) -> Address:
        """The connection's parts, whichever way they were given."""
        if self.url is not None:
            return Address.parse(self.url.get_secret_value())
        secret = "" if self.password is None else self.password.get_secret_value()
        place = f"[{self.host}]" if ":" in self.host else self.host
        return Address(f"{place}:{self.port}", self.database or "", self.user or "", secret)


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed libpq URL. Prints without secrets; two addresses that are equal apart from
    the password reach the same database as the same user."""

    hosts: str
    database: str
    user: str
    password: str
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, url: str) -> Address:
        scheme, mark, rest = url.partition("://")
        if scheme not in _SCHEMES or not mark:
            raise ValueError("the url must read postgresql://user:password@host:port/database")
        place, _, query = rest.partition("?")
        place, _, database = place.partition("/")
        account, _, hosts = place.rpartition("@")
        user, _, password = account.partition(":")
        options = dict(parse_qsl(query, keep_blank_values=True))
        password = options.pop("password", unquote(password))
        found = tuple(sorted(options.items()))
        return cls(hosts, unquote(database), unquote(user), password, found)

    @property
    def identity(self) -> tuple[str, ...]:
        places = ",".join(map(_place, self.hosts.split(",")))
        return (places, self.database, self.user, *(f"{k}={v}" for k, v in self.options))

    def url(self) -> str:
        """For the driver: with the password."""
        account = quote(self.user, safe="")
        if self.password:
            account += ":" + quote(self.password, safe="")
        options = {"application_name": "vibepiper", "connect_timeout": "10", **dict(self.options)}
        query = urlencode(options, quote_via=quote)
        at = "@" if account else ""
        return f"postgresql://{account}{at}{self.hosts}/{quote(self.database, safe='')}?{query}"

    def __str__(self) -> str:
        return f"postgresql://{self.hosts}/{self.database}"

    __repr__ = __str__


def _place(host: str) -> str:
    """A server by one name, however it was given: localhost, and the port that goes unsaid."""
    name, colon, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    name, port = (name, port) if colon else (host, "5432")
    return f"{'127.0.0.1' if name.lower() in ('localhost', '') else name.lower()}:{port}"
