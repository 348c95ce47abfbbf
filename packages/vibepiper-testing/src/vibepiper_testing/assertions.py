"""What a test of a pipeline asserts; each failure says what was expected and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa
from vibepiper import Asset, AssetGraph, PluginHost
from vibepiper.assets import make_asset
from vibepiper.data import as_data, as_reader
from vibepiper.errors import VibePiperError
from vibepiper.inputs import annotation_of, find_input

from vibepiper_testing.materialization import Materialized
from vibepiper_testing.table_diff import compare_schemas, compare_tables

__all__ = [
    "assert_check_failed",
    "assert_lineage",
    "assert_materialized",
    "assert_schema",
    "assert_tables_equal",
    "assert_valid_asset",
]


def assert_valid_asset(asset: object, *, resources: Iterable[str] = ()) -> None:
    """``asset`` is an `Asset` that could be made: its upstreams' annotations can be resolved, those
    that are types of tables are served by an installed plugin, and the validators of its checks
    are installed. ``resources`` are parameters that are no upstreams."""
    if not isinstance(asset, Asset):
        raise AssertionError(f"expected an asset, found {asset!r}: is it under @asset?")
    problems = [*_input_problems(asset, set(resources)), *_check_problems(asset)]
    _refuse(f"asset '{asset.key}' is not valid", problems)


def assert_lineage(
    graph: AssetGraph | Materialized | Iterable[Asset],
    upstreams: Mapping[str, Iterable[str]],
    *,
    resources: Iterable[str] = (),
) -> None:
    """Each asset of ``upstreams`` has just these assets directly upstream. Of assets alone, what
    is upstream and not among them is found by the names of parameters; ``resources`` are those
    that are no upstreams."""
    known = _graph(graph, set(resources))
    problems = []
    for key, expected in upstreams.items():
        found = set(known.upstream(key))
        if missing := sorted(set(expected) - found):
            problems.append(f"'{key}' is not made from {', '.join(missing)}")
        if others := sorted(found - set(expected)):
            problems.append(f"'{key}' is made from {', '.join(others)} as well")
    _refuse("the lineage differs", problems)


def assert_schema(data: object, expected: pa.Schema | Mapping[str, pa.DataType]) -> None:
    """A table has just these columns, of these types, in this order."""
    schema = expected if isinstance(expected, pa.Schema) else pa.schema(list(expected.items()))
    problems = compare_schemas(as_reader(as_data(data)).schema, schema)
    _refuse("the schema differs", problems)


def assert_tables_equal(
    found: object,
    expected: object,
    *,
    key: str | Sequence[str] = (),
    ordered: bool = True,
    tolerance: float = 0.0,
    shown: int = 10,
) -> None:
    """Two tables have the same columns, types and rows. Either may be a list of dicts.

    ``key`` names the columns that tell rows apart, in any order; without it rows are compared by
    their place or, with ``ordered=False``, as a bag. Nulls equal nulls, and NaN equals NaN.
    ``tolerance`` is how much floats may differ, of their size or absolutely. ``shown``
    differences are told.
    """
    columns = (key,) if isinstance(key, str) else tuple(key)
    ours, theirs = (as_reader(as_data(data)).read_all() for data in (found, expected))
    problems = compare_tables(
        ours, theirs, key=columns, ordered=ordered, tolerance=tolerance, shown=shown
    )
    _refuse("the tables differ", problems)


def assert_materialized(
    result: Materialized, *assets: str | Asset, rows: int | None = None
) -> None:
    """The assets (all of the run, unless named) succeeded, each with ``rows`` rows if given."""
    steps = {step.asset: step for step in result.run.steps}
    problems = []
    for key in [a if isinstance(a, str) else a.key for a in assets] or list(steps):
        if key not in steps:
            problems.append(f"'{key}' was not part of the run, which made {', '.join(steps)}")
        elif steps[key].status != "succeeded":
            failure = steps[key].failure
            reason = failure.message if failure else steps[key].reason or "no reason is known"
            problems.append(f"'{key}' {steps[key].status}: {reason}")
        elif rows is not None and steps[key].rows != rows:
            problems.append(f"'{key}' has {steps[key].rows} rows, expected {rows}")
    _refuse("not everything was materialized", problems)


def assert_check_failed(
    result: Materialized, asset: str | Asset, check: str, *, rows: int | None = None
) -> None:
    """A check of the asset failed, by its label, in ``rows`` rows if given, and no other of the
    same severity did."""
    results = result.checks(asset)
    failed = {r.check: r for r in results if not r.passed}
    told = "\n  ".join(["checks:", *([r.summary() for r in results] or ["none was run"])])
    if check not in failed:
        raise AssertionError(f"'{check}' did not fail; {told}")
    same = [r.check for r in failed.values() if r.severity == failed[check].severity]
    if same != [check]:
        raise AssertionError(f"not only '{check}' failed; {told}")
    if rows is not None and failed[check].failed_rows != rows:
        raise AssertionError(
            f"'{check}' failed in {failed[check].failed_rows} rows, expected {rows}"
        )


def _graph(given: AssetGraph | Materialized | Iterable[Asset], resources: set[str]) -> AssetGraph:
    if isinstance(given, AssetGraph):
        return given
    if isinstance(given, Materialized):
        return given.graph
    assets = {asset.key: asset for asset in given}
    short = {key.rpartition("/")[2] for key in assets}
    needed = {p.name for asset in assets.values() for p in asset.parameters if p.required}
    needed |= {key for asset in assets.values() for key in asset.depends_on}
    absent = sorted(needed - assets.keys() - short - resources - {"context"})
    others = [make_asset(_absent, {"name": name}) for name in absent]
    return AssetGraph([*assets.values(), *others], resources=resources)


def _absent() -> None:
    """Stands for an upstream that is not among the assets."""


def _input_problems(asset: Asset, resources: set[str]) -> list[str]:
    host, problems = PluginHost(), []
    for parameter in asset.parameters:
        if parameter.name in resources or parameter.name == "context" or not parameter.required:
            continue
        try:
            wanted = annotation_of(asset, parameter)
            served = find_input(host, asset, parameter) is not None
        except VibePiperError as error:
            problems.append(error.message)
            continue
        if not served and hasattr(wanted, "__arrow_c_stream__"):
            problems.append(
                f"parameter '{parameter.name}' is annotated {wanted!r}, in which no installed "
                "plugin gives a table"
            )
    return problems


def _check_problems(asset: Asset) -> list[str]:
    host, problems = PluginHost(), []
    for check in asset.checks:
        try:
            host.spec("validator", check.validator)
        except VibePiperError as error:
            problems.append(f"check '{check.label}': {error}")
    return problems


def _refuse(title: str, problems: Sequence[str]) -> None:
    """Raises by itself: pytest would add its own words to an ``assert`` of this distribution."""
    if problems:
        raise AssertionError("\n  ".join([f"{title}:", *problems]))
