"""Where a MySQL or MariaDB database is and who connects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

__all__ = ["Address", "MySQLSettings"]

_SCHEMES = ("mysql", "mariadb")
_PARTS = ("host", "port", "database", "user", "password")
_SPELLING = "the url must read mysql://user:password@host:port/database"


class MySQLSettings(BaseModel):
    """Either ``url`` or its parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: SecretStr | None = Field(
        default=None,
        description="`mysql://user:password@host:port/database`, in place of its parts",
    )
    host: str = Field(default="localhost", description="the server's name or address")
    port: int = Field(default=3306, description="the server's port")
    database: str | None = Field(default=None, description="must be given where `url` is not")
    user: str | None = Field(default=None, description="who connects")
    password: SecretStr | None = Field(default=None, description="of the user")
    lock_timeout: int = Field(
        default=60, ge=1, description="seconds to wait for a table that others read or change"
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
            return Address.parse(self.url.get_secret_value(), self.lock_timeout)
        secret = "" if self.password is None else self.password.get_secret_value()
        known = (self.host, self.port, self.database or "", self.user or "")
        return Address(*known, secret, self.lock_timeout)


@dataclass(frozen=True, slots=True)
class Address:
    """Prints without secrets; two that are equal but for the password and the timeout reach the
    same database as the same user."""

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    lock_timeout: int

    @classmethod
    def parse(cls, url: str, lock_timeout: int) -> Address:
        try:
            parts = urlsplit(url)
            port = parts.port or 3306
        except ValueError:
            raise ValueError(_SPELLING) from None
        database = unquote(parts.path.removeprefix("/"))
        if parts.scheme not in _SCHEMES or not database or parts.query:
            raise ValueError(_SPELLING)
        account = (unquote(parts.username or ""), unquote(parts.password or ""))
        return cls(parts.hostname or "localhost", port, database, *account, lock_timeout)

    @property
    def identity(self) -> tuple[str, int, str, str]:
        return (self.host, self.port, self.database, self.user)

    def __str__(self) -> str:
        return f"mysql://{self.host}:{self.port}/{self.database}"
