"""What a project file pins under ``[plugins]``."""

from __future__ import annotations

from collections.abc import Mapping

from vibepiper.errors import ConfigError
from vibepiper.places import Places

__all__ = ["require_pins"]


def require_pins(plugins: Mapping[str, str], places: Places) -> None:
    """Raises `ConfigError` unless every distribution is installed in a version of its range."""
    if not plugins:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    from vibepiper.requirements import mismatch

    for name, wanted in plugins.items():
        at = places.at(("plugins", name))
        try:
            versions = SpecifierSet("" if wanted == "*" else wanted)
        except InvalidSpecifier as error:
            raise ConfigError(
                f"'plugins.{name}': expected a range such as >=1.2,<2 or *, found {wanted!r}", at=at
            ) from error
        if (found := mismatch(name, versions)) is not None:
            raise ConfigError(f"[plugins] {found}", at=at, hint=found.mend)
