"""``@transform``: assets whose upstreams arrive as lazy relations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack, overload

from vibepiper import Asset, AssetOptions, make_asset

__all__ = ["transform"]


@overload
def transform(function: Callable[..., object], /) -> Asset: ...
@overload
def transform(**options: Unpack[AssetOptions]) -> Callable[[Callable[..., object]], Asset]: ...
def transform(
    function: Callable[..., object] | None = None, /, **options: Unpack[AssetOptions]
) -> Asset | Callable[[Callable[..., object]], Asset]:
    """Declares an asset as `vibepiper.asset` does, except that an upstream whose parameter has
    no annotation arrives as a `Relation`: nothing is read until the result is stored. The
    function has to return something."""

    def declare(function: Callable[..., object]) -> Asset:
        return make_asset(
            function,
            options,
            kind="transform",
            default_input="vibepiper_transform:Relation",
            gives_data=True,
        )

    return declare if function is None else declare(function)
