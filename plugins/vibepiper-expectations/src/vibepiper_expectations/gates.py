"""Checks that are an asset of their own, and a gate for what hangs below it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Unpack

from vibepiper import Asset, make_asset, with_checks
from vibepiper.asset_options import AssetOptions
from vibepiper.assets import Parameter
from vibepiper.errors import DefinitionError, Location

from vibepiper_expectations.kinds import Expectation

__all__ = ["check_asset"]


def check_asset(
    of: str | Asset, checks: Iterable[Expectation], **options: Unpack[AssetOptions]
) -> Asset:
    """An asset that stores nothing and checks what is published of another, named
    ``<asset>_checks`` unless ``name`` says otherwise::

        orders_checks = check_asset("orders", [expect.row_count_between(1)])

    It fails where a check of severity ``error`` does, and what hangs below it is not made: what
    takes ``orders`` and ``depends_on=["orders_checks"]`` waits for it, as at a gate.
    """
    upstream = of.key if isinstance(of, Asset) else of
    parameter = upstream.rpartition("/")[2]
    given: AssetOptions = {"name": f"{parameter}_checks", "materialization": "view", **options}
    made = tuple(checks)
    if not made:
        raise DefinitionError(f"check_asset: there are no checks of '{upstream}'")
    frame = inspect.stack()[1]
    gate = make_asset(
        _checked,
        given,
        default_input="vibepiper_transform:Relation",
        parameters=[Parameter(parameter, None, required=True)],
        at=Location(frame.filename, frame.lineno),
    )
    return with_checks(gate, *made)


def _checked(**upstream: object) -> object:
    """What is published of the asset, as it is."""
    (data,) = upstream.values()
    return data
