"""Whether a uri fits the partitions of its asset."""

from __future__ import annotations

from vibepiper.errors import DefinitionError, suggest
from vibepiper.io_manager import uri_fields
from vibepiper.partitions.definition import Partitions

__all__ = ["check_uri"]


def check_uri(uri: str, partitions: Partitions) -> None:
    """Raises `DefinitionError` for a placeholder that is no dimension, and for braces that do
    not pair. A uri need not name every dimension: the store keeps apart what it does not."""
    try:
        fields = uri_fields(uri)
    except ValueError as error:
        raise DefinitionError(f"the braces of the uri '{uri}' do not pair: {error}") from error
    for name in fields:
        if name not in partitions.dimensions:
            raise DefinitionError(
                f"the uri '{uri}' asks for '{name}', which is no dimension of the partitions",
                hint=suggest(name, partitions.dimensions),
            )
