"""``vibepiper show``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from vibepiper.assets import Asset
from vibepiper.checks import QuarantineCheck
from vibepiper.cli.console import stdout
from vibepiper.cli.output import counted, print_json, print_rows, print_table
from vibepiper.cli.published import Published, chosen_partition, published
from vibepiper.cli.requests import Request
from vibepiper.cli.standard_output import project_code
from vibepiper.cli.stores import existing_state
from vibepiper.data import as_reader, is_table
from vibepiper.errors import DataError, DefinitionError
from vibepiper.events import now
from vibepiper.io_manager import AssetRef
from vibepiper.plan import plan_asset
from vibepiper.session import Session
from vibepiper.step_inputs import compute_view
from vibepiper.validation import analyze_project
from vibepiper.write import rejected

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper.partitions import PartitionSet, Slice

__all__ = ["show_asset", "show_rejected", "show_sql"]


def show_asset(
    request: Request,
    key: str,
    partition: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """What is published of the asset, or of one partition of it."""
    with project_code():
        project = request.project()
        asset = project.graph[key]
        chosen = chosen_partition(asset, partition)
        ref = AssetRef(key, asset.uri, partition=_slices(asset, chosen))
        with existing_state(project) as state, Session(project, request.host) as session:
            known = published(session, state, asset, chosen)
            data = _data(session, asset, ref)
            head = _head(data, limit) if is_table(data) else None
    if as_json:
        print_json(_document(asset, known, head, data))
        return
    _print_facts(asset, known)
    if head is None:
        stdout.print(f"\n{str(data)[:2000]}", markup=False)
        return
    stdout.print()
    print_table(("column", "type"), [(field.name, field.type) for field in head.schema])
    stdout.print()
    _print_rows(head)


def _data(session: Session, asset: Asset, ref: AssetRef) -> object:
    """What is published; of an asset that stores nothing, what it is now."""
    if asset.is_view:
        of = plan_asset(session, asset.key, session.project.params, now())
        return compute_view(of, session)
    return session.store(asset).load(ref)


def _slices(asset: Asset, chosen: PartitionSet | None) -> tuple[Slice, ...]:
    return () if chosen is None or asset.partitions is None else asset.partitions.slices_of(chosen)


def show_rejected(
    request: Request,
    key: str,
    partition: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """The rows that checks set aside, with their reasons first."""
    with project_code():
        project = request.project()
        asset = project.graph[key]
        if not any(
            isinstance(check, QuarantineCheck) and check.sets_aside for check in asset.checks
        ):
            raise DefinitionError(
                f"no check of asset '{key}' sets rows aside",
                at=asset.location,
                hint='Those with on_fail="quarantine" do.',
            )
        with Session(project, request.host) as session:
            slices = _slices(asset, chosen_partition(asset, partition))
            manager, place = session.store(asset).manager, AssetRef(rejected(key), partition=slices)
            rows = manager.load(place) if manager.exists(place) else None
            head = None if rows is None else _head(rows, limit)
    if as_json:
        print_json({"asset": key, "rejected": [] if head is None else head.to_pylist()})
    elif head is None or not head.num_rows:
        stdout.print(f"No rows of '{key}' are set aside.", markup=False)
    else:
        names = sorted(head.schema.names, key=lambda name: name != "reasons")
        _print_rows(head.select(names))


def _print_rows(head: pa.Table) -> None:
    columns = [column.to_pylist() for column in head.columns]
    print_rows(head.schema.names, zip(*columns, strict=True))


def show_sql(request: Request, key: str, *, as_json: bool) -> None:
    """What makes an asset of its published upstreams: each query, where it runs, what moves."""
    with project_code():
        project = request.project()
        asset = project.graph[key]
        with existing_state(project) as state, Session(project, request.host) as session:
            analysis = analyze_project(session, state)
            of = analysis.asset(key)
            if of is None or analysis.analyzer(of) is None:
                raise _no_query(asset)
            given = analysis.sample(of)
            if given.lacking is not None:
                raise DataError(f"asset '{key}': {given.lacking}", at=asset.location)
            relation = compute_view(of, session, given.values)
            if not isinstance(relation, _Query):
                raise _no_query(asset)
            told = relation.explain()
            document, text = told.as_dict(), str(told)
    if as_json:
        print_json({"asset": key, **document})
    else:
        stdout.print(text, markup=False)


def _no_query(asset: Asset) -> DefinitionError:
    return DefinitionError(
        f"asset '{asset.key}' is made by a Python function that returns no query",
        at=asset.location,
        hint="Assets of @transform and @sql_asset are queries.",
    )


class _Explanation(Protocol):
    def as_dict(self) -> Mapping[str, object]: ...


@runtime_checkable
class _Query(Protocol):
    """Data that is a query, such as a Relation."""

    def explain(self) -> _Explanation: ...


def _head(data: object, limit: int) -> pa.Table:
    """The first rows, reading no more batches than they lie in."""
    import pyarrow as pa

    batches: list[pa.RecordBatch] = []
    reader = as_reader(data)
    while sum(batch.num_rows for batch in batches) < limit:
        try:
            batches.append(reader.read_next_batch())
        except StopIteration:
            break
    return pa.Table.from_batches(batches, schema=reader.schema).slice(0, limit)


def _document(
    asset: Asset, known: Published, head: pa.Table | None, data: object
) -> dict[str, object]:
    facts: dict[str, object] = {
        "asset": asset.key,
        "group": asset.group,
        "owner": asset.owner,
        "description": asset.description,
        "rows": known.rows,
        "bytes": known.bytes,
        "uri": known.uri,
        "run_id": known.last.run_id if known.last else None,
        "created_at": known.last.created_at if known.last else None,
    }
    if (shown := known.partitions) is not None:
        facts["partitions"] = {"count": shown.count(), "which": shown.describe()}
    if head is None:
        return {**facts, "data": data}
    schema = [{"name": f.name, "type": str(f.type), "nullable": f.nullable} for f in head.schema]
    return {**facts, "schema": schema, "first_rows": head.to_pylist()}


def _print_facts(asset: Asset, known: Published) -> None:
    stdout.print(asset.key, style="bold", markup=False)
    if asset.description:
        stdout.print(asset.description, markup=False)
    rows = "" if known.rows is None else counted(known.rows, "row")
    if (shown := known.partitions) is not None:
        noun = "partition" if shown.count() == 1 else "partitions"
        rows = f"{rows}{' in ' if rows else ''}{noun} {shown.describe()}"
    if rows:
        stdout.print(rows, markup=False)
    if known.last is not None:
        place = f"{known.uri}, " if known.uri else ""
        last = known.last.partition
        what = "made" if known.partitions is None else f"last made {last}"
        stdout.print(f"{place}{what} {known.last.created_at:%Y-%m-%d %H:%M:%S} UTC", markup=False)
