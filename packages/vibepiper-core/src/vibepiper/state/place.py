"""Where the state is kept, as a project file says it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from vibepiper.config import ProjectConfig, SecretReference
from vibepiper.errors import ConfigError, Location
from vibepiper.places import Places

__all__ = ["StateUrl", "configured_place", "is_url", "passwords"]


class StateUrl:
    """The URL of a database, or the name of the environment variable that holds it. It prints
    without its password."""

    def __init__(
        self, url: str | None = None, *, variable: str | None = None, at: Location | None = None
    ) -> None:
        self._url = url
        self._variable = variable
        self._at = at

    def __repr__(self) -> str:
        return f"StateUrl({self._variable or '****'})"

    def resolve(self) -> str:
        """The URL. Raises `ConfigError` when the environment variable is not set."""
        if self._url is not None:
            return self._url
        if found := os.environ.get(self._variable or ""):
            return found
        raise ConfigError(
            f"'project.state': the secret '{self._variable}' is not set",
            at=self._at,
            hint=f"Set the environment variable {self._variable}.",
        )

    def secrets(self) -> set[str]:
        """What may be shown nowhere: a URL that is a secret, and the password in any."""
        found = os.environ.get(self._variable) if self._variable else self._url
        if not found:
            return set()
        secrets = {found} if self._variable else set()
        return secrets | passwords(found)


def configured_place(config: ProjectConfig, places: Places, root: Path) -> Path | StateUrl:
    """Where the project file says that state is kept; a path is relative to its folder."""
    state = config.project.state
    at = places.at(("project", "state"))
    if isinstance(state, SecretReference):
        return StateUrl(variable=state.secret, at=at)
    return StateUrl(state, at=at) if is_url(state) else root / state


def is_url(place: str) -> bool:
    return "://" in place


def passwords(url: str) -> set[str]:
    """The passwords in a URL, as they stand there and as they are sent; also in one that is
    malformed, for its text may come back in an error."""
    place, _, query = url.partition("://")[2].partition("?")
    account = place.rpartition("@")[0]
    found = {account.partition(":")[2], dict(parse_qsl(query)).get("password", "")}
    return {form for password in found for form in (password, unquote(password))} - {""}
