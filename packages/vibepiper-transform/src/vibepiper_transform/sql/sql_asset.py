"""``@sql_asset``: assets that are written in SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack, overload

from vibepiper import Asset, AssetOptions

from vibepiper_transform.sql.declaring import declare_sql
from vibepiper_transform.sql.written import written_by

__all__ = ["sql_asset"]


@overload
def sql_asset(function: Callable[..., object], /) -> Asset: ...
@overload
def sql_asset(
    *, dialect: str = "duckdb", **options: Unpack[AssetOptions]
) -> Callable[[Callable[..., object]], Asset]: ...
def sql_asset(
    function: Callable[..., object] | None = None,
    /,
    *,
    dialect: str = "duckdb",
    **options: Unpack[AssetOptions],
) -> Asset | Callable[[Callable[..., object]], Asset]:
    """Declares an asset by the SQL that its function returns; options as of `vibepiper.asset`.

    The SQL is a Jinja template of one SELECT query in ``dialect``: duckdb, postgresql, mysql,
    sqlite, snowflake or bigquery. It runs where its upstreams are, in whatever dialect. Upstream
    assets are ``{{ raw_users }}`` or ``{{ ref("raw/users") }}``; ``depends_on`` names those that
    the template does not, such as where it computes the name. Anything else in ``{{ }}`` is a
    value and is bound as one: no value becomes SQL.

    A function without parameters is called once, when the asset is declared. One with parameters
    takes what the function of any asset takes, and its template knows them by their names.
    """

    def declare(function: Callable[..., object]) -> Asset:
        return declare_sql(written_by(function), function, dialect, options)

    return declare if function is None else declare(function)
