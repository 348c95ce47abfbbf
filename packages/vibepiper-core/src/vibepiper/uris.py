"""The places of assets without partitions: ``{name}`` in a uri is a parameter or the run's date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import JsonValue

from vibepiper.assets import Asset
from vibepiper.errors import ParameterError
from vibepiper.io_manager import fill_uri, uri_fields

__all__ = ["fill_run_uri", "run_fields"]


def run_fields(asset: Asset) -> tuple[str, ...]:
    """The names in braces that a run fills; those of partitions are filled by the store."""
    if asset.uri is None or asset.partitions is not None:
        return ()
    return uri_fields(asset.uri)


def fill_run_uri(asset: Asset, params: Mapping[str, JsonValue], at: datetime) -> str | None:
    """The asset's uri with run parameters filled in, and ``{date}`` with the UTC date of the run
    where no parameter has that name. Raises `ParameterError` for a name that has no value."""
    fields = run_fields(asset)
    if asset.uri is None or not fields:
        return asset.uri
    values = {"date": at.astimezone(UTC).date().isoformat()}
    values |= {name: str(value) for name, value in params.items()}
    for name in fields:
        if name not in values:
            raise ParameterError(
                f"asset '{asset.key}': its uri '{asset.uri}' asks for '{name}', which is no "
                "dimension of its partitions and no run parameter",
                at=asset.location,
                hint=f"Give it: --param {name}=...",
            )
    return fill_uri(asset.uri, values)
