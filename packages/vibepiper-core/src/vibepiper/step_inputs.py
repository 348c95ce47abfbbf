"""What a step's function is called with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, cast

from vibepiper.component import ComponentSpec
from vibepiper.context import AssetContext
from vibepiper.data import as_data, as_reader, is_table
from vibepiper.errors import DataError
from vibepiper.inputs import InputAdapter, InputSource, annotation_of, load_input
from vibepiper.io_manager import AssetRef, IOManager, QueryIOManager, Stored
from vibepiper.planned import PlannedAsset, PlannedInput, PlannedStep
from vibepiper.session import Session

if TYPE_CHECKING:
    import pyarrow as pa

    from vibepiper.partitions import PartitionSet

__all__ = ["call_arguments", "compute_view"]


def call_arguments(
    step: PlannedStep, session: Session, context: AssetContext, published: AssetRef | None
) -> dict[str, object]:
    """By parameter: inputs as they are annotated, resources, run parameters, the keys of the
    partition, the cursor and the context, and what the step adds to, if it adds to something."""
    arguments = _shared_arguments(step.of, session, step.needs)
    for planned in step.of.published:
        arguments[planned.parameter] = (
            None
            if published is None
            else _loaded(
                planned,
                session,
                step.of,
                InputSource(published, planned.store.manager, planned.store.spec),
            )
        )
    for binding in step.of.dimensions:
        assert step.partitions is not None
        arguments[binding.parameter.name] = step.partitions.partitions.convert(
            step.partitions, binding.name, annotation_of(step.asset, binding.parameter)
        )
    if step.of.wants_cursor:
        arguments["cursor"] = context.cursor
    if step.of.wants_context:
        arguments["context"] = context
    return arguments


def compute_view(
    of: PlannedAsset, session: Session, values: Mapping[str, object] | None = None
) -> object:
    """The data of an asset that stores nothing; ``values`` are those of the parameters that are
    given anew in each step. Raises `DataError` when it has none."""
    arguments = {**_shared_arguments(of, session, {}), **(values or {})}
    data = as_data(of.asset.function(**arguments))
    if data is None:
        raise DataError(
            f"asset '{of.key}' is a view and returned None",
            at=of.asset.location,
            hint="Is a `return` missing?",
        )
    return data


def _shared_arguments(
    of: PlannedAsset, session: Session, needs: Mapping[str, PartitionSet]
) -> dict[str, object]:
    arguments = dict(of.arguments)
    for planned in of.inputs:
        source = _source(planned, session, needs.get(planned.upstream.key))
        arguments[planned.parameter] = _loaded(planned, session, of, source)
    for binding in of.resources:
        arguments[binding.parameter.name] = session.resource(binding.name)
    return arguments


def _loaded(
    planned: PlannedInput, session: Session, of: PlannedAsset, source: InputSource
) -> object:
    adapter = None
    if planned.adapter is not None:
        adapter = cast("type[InputAdapter]", session.host.load(planned.adapter))
    with planned.store.told_how_to_make(planned.ref):
        return load_input(adapter, source, of.asset, planned.parameter)


def _source(planned: PlannedInput, session: Session, needed: PartitionSet | None) -> InputSource:
    if planned.view is not None:
        return InputSource(planned.ref, _View(planned.view, session), _VIEW)
    if needed is None:
        return InputSource(planned.ref, planned.store.manager, planned.store.spec)
    refs = _refs(planned, needed)
    if len(refs) == 1:
        return InputSource(refs[0], planned.store.manager, planned.store.spec)
    parts = _Parts(planned.store.manager, tuple(refs))
    return InputSource(planned.ref, parts, planned.store.spec)


def _refs(planned: PlannedInput, needed: PartitionSet) -> list[AssetRef]:
    """One a run of partitions that follow each other."""
    declared = planned.upstream.partitions
    assert declared is not None
    key, uri = planned.upstream.key, planned.uri
    return [AssetRef(key, uri, None, declared.slices_of(part)) for part in needed.split()]


_VIEW = ComponentSpec("io_manager", "view", "vibepiper.step_inputs:_View", "An asset not stored.")


class _View:
    """Reads an asset that stores nothing: computes it."""

    def __init__(self, of: PlannedAsset, session: Session) -> None:
        self._of = of
        self._session = session

    @cached_property
    def _data(self) -> object:
        return compute_view(self._of, self._session)

    def load(self, ref: AssetRef) -> object:
        return self._data

    def save(self, ref: AssetRef, data: object) -> Stored:
        raise DataError(f"asset '{ref.key}' is a view and stores nothing")

    def exists(self, ref: AssetRef) -> bool:
        return True


class _Parts:
    """Reads several slices of one asset as one table."""

    def __init__(self, store: IOManager, refs: Sequence[AssetRef]) -> None:
        self._store = store
        self._refs = refs

    def load(self, ref: AssetRef) -> object:
        if not self._refs:
            return _without_rows(self._store.load(ref))
        loaded = [self._store.load(each) for each in self._refs]
        if not all(map(is_table, loaded)):
            raise DataError(f"asset '{ref.key}': partitions that are no tables cannot be joined")
        return _chained([as_reader(table) for table in loaded])

    def relation(self, ref: AssetRef) -> object:
        if not self._refs:
            return cast("Any", self._store).relation(ref).limit(0)
        relations = [cast("QueryIOManager", self._store).relation(each) for each in self._refs]
        return reduce(lambda left, right: cast("Any", left).union(right), relations)

    def save(self, ref: AssetRef, data: object) -> Stored:
        raise DataError(f"asset '{ref.key}': several partitions are not written at once")

    def exists(self, ref: AssetRef) -> bool:
        return all(self._store.exists(each) for each in self._refs)


def _without_rows(data: object) -> pa.Table:
    """What no partition holds: the columns alone."""
    with as_reader(data) as reader:
        return reader.schema.empty_table()


def _chained(readers: Sequence[pa.RecordBatchReader]) -> pa.RecordBatchReader:
    import pyarrow as pa

    schema = pa.unify_schemas([r.schema for r in readers], promote_options="permissive")

    def batches() -> Iterator[pa.RecordBatch]:
        for reader in readers:
            for batch in reader:
                table = pa.Table.from_batches([batch])
                yield from _as(table, schema).to_batches()

    return pa.RecordBatchReader.from_batches(schema, batches())


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """With the columns of ``schema``; those that it lacks are null."""
    import pyarrow as pa

    columns = [
        table[field.name].cast(field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
