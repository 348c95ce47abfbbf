"""Version ranges: what a distribution, a project or a lock file wants, and what is installed."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distributions, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from vibepiper.errors import ConfigError, Location

__all__ = [
    "Mismatch",
    "compare_with_lock",
    "installed_constraints",
    "mismatch",
    "read_lock",
    "unmet",
]

_INSTALLERS = {"pip", "setuptools", "uv", "wheel"}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A distribution that is not as wanted. ``found`` is None where it is not installed, and
    ``wanted`` is None where it should not be."""

    distribution: str
    wanted: str | None
    found: str | None

    def __str__(self) -> str:
        found = "it is not installed" if self.found is None else f"found {self.found}"
        wanted = "none" if self.wanted is None else self.wanted or "any version"
        return f"{self.distribution}: wanted {wanted}, {found}"

    @property
    def mend(self) -> str:
        if self.wanted is None:
            return f"pip uninstall {self.distribution}"
        return f"pip install '{self.distribution}{self.wanted}'"


def mismatch(distribution: str, wanted: SpecifierSet) -> Mismatch | None:
    """What is wrong with the version that is installed, or None when it fits."""
    try:
        found = version(distribution)
    except PackageNotFoundError:
        return Mismatch(distribution, str(wanted), None)
    if wanted.contains(found, prereleases=True):
        return None
    return Mismatch(distribution, str(wanted), found)


def unmet(distribution: Distribution) -> list[Mismatch]:
    """Which of a distribution's own requirements this environment does not meet."""
    found = (mismatch(r.name, r.specifier) for r in _requirements(distribution))
    return [difference for difference in found if difference is not None]


def _requirements(distribution: Distribution) -> Iterable[Requirement]:
    for line in distribution.requires or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # pip would not have installed it: somebody edited the metadata
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement


def installed_constraints() -> str:
    """What is installed, as a file that ``pip install -c`` takes. Installers are left out."""
    lines = [f"{name}=={found}" for name, found in sorted(_installed().items())]
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return "\n".join([f"# Python {python}, written by `vibepiper plugins lock`.", *lines, ""])


def read_lock(path: Path) -> dict[str, str]:
    """The versions that a lock file names. Raises `ConfigError` for a line that is no pin."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(
            f"the lock file cannot be read: {why}",
            at=Location(str(path)),
            hint="`vibepiper plugins lock` writes one.",
        ) from error
    pins: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        name, mark, found = text.partition("==")
        if text and not mark:
            raise ConfigError(
                f"expected name==version, found '{text}'", at=Location(str(path), number)
            )
        if text:
            pins[canonicalize_name(name.strip())] = found.strip()
    return pins


def compare_with_lock(pins: dict[str, str]) -> list[Mismatch]:
    """Every distribution that is missing, of another version, or not in the lock file."""
    installed = _installed()
    return [
        Mismatch(name, f"=={pins[name]}" if name in pins else None, installed.get(name))
        for name in sorted({*pins, *installed})
        if pins.get(name) != installed.get(name)
    ]


def _installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for distribution in distributions():
        name, its_version = _identity(distribution)
        if name not in _INSTALLERS:
            found.setdefault(name, its_version)  # the first on the path is imported
    return found


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Name and version. Raises `ConfigError` where the metadata does not tell them: an
    environment that cannot be read whole is neither written out nor found equal."""
    name = version = None
    with contextlib.suppress(Exception):  # the file is somebody else's, and may hold anything
        metadata = distribution.metadata
        name, version = metadata.get("Name"), metadata.get("Version")  # type: ignore[attr-defined]
    if not name or not version:
        where = getattr(distribution, "_path", None) or name
        raise ConfigError(
            f"{where}: an installed distribution does not tell its name and version",
            hint="Remove what an interrupted installation left, or install it again.",
        )
    return canonicalize_name(name), version
