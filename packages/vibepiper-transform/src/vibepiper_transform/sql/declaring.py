"""How a SQL asset comes to be declared."""

from __future__ import annotations

from collections.abc import Callable

from vibepiper import Asset, AssetOptions, Incremental, make_asset
from vibepiper.asset_options import OptionReader
from vibepiper.errors import DefinitionError

from vibepiper_transform.dialects import dialect_name
from vibepiper_transform.sql.sql_function import SqlFunction
from vibepiper_transform.sql.written import Written

__all__ = ["declare_sql"]


def declare_sql(
    written: Written,
    function: Callable[..., object] | None,
    dialect: str,
    options: AssetOptions,
) -> Asset:
    """``function`` gives the asset its name, its description and its checks. Raises
    `DefinitionError`, at the template's place where that is at fault."""
    rest = options.copy()
    key = str(rest.setdefault("name", getattr(function, "__name__", "")))
    read = OptionReader({"depends_on": rest.pop("depends_on", ())}, written.at)
    upstream = read.keys("depends_on")
    chosen = rest.get("materialization")
    incremental = isinstance(chosen, Incremental) or chosen == "incremental"
    try:
        speaks = dialect_name(dialect)
    except DefinitionError as error:
        raise _placed(error, written) from error
    try:
        made = SqlFunction(key, written, speaks, upstream, incremental=incremental)
    except DefinitionError as error:
        if error.at is not None:
            raise
        raise _placed(error, written) from error
    made.__doc__ = None if function is None else function.__doc__  # not that of its class
    if function is not None:
        vars(made).update(vars(function))
    return make_asset(
        made,
        rest,
        kind="sql",
        default_input="vibepiper_transform:Relation",
        parameters=made.parameters,
        at=written.at,
    )


def _placed(error: DefinitionError, written: Written) -> DefinitionError:
    return DefinitionError(error.message, at=written.at, hint=error.hint)
