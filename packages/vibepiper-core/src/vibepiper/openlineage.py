"""What the state has of a run, as OpenLineage events: for catalogues that collect lineage.

The events are those of version 2-0-2 of the specification, https://openlineage.io/spec.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import JsonValue

from vibepiper.data_versions import of_one
from vibepiper.errors import StateError

if TYPE_CHECKING:
    from vibepiper.graph import AssetGraph
    from vibepiper.state import Materialization, RunRecord, StateStore, StepRecord

__all__ = ["run_events"]

EventType = Literal["START", "COMPLETE", "ABORT", "FAIL"]
Object = dict[str, JsonValue]

_PRODUCER = "https://pypi.org/project/vibepiper-core"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_ENDED: Mapping[str, EventType] = {
    "succeeded": "COMPLETE",
    "failed": "FAIL",
    "cancelled": "ABORT",
    "interrupted": "ABORT",
}


def run_events(state: StateStore, run: RunRecord, graph: AssetGraph) -> Iterator[Object]:
    """The events of a run and of its steps that began, in the order of the plan: a START each,
    and what it ended with, if it has. A job's namespace is the project and its environment; a
    dataset's name is its place in the store. Assets that the project has no more are told by
    their names alone."""
    yield from _Run(state, run, graph).events()


@dataclass(frozen=True, slots=True)
class _Run:
    state: StateStore
    run: RunRecord
    graph: AssetGraph

    def events(self) -> Iterator[Object]:
        job = self._job(self.run.project, {})
        yield _event("START", self.run.started_at, {"runId": self.run.id}, job)
        for step in self.state.steps(self.run.id):
            if step.started_at is not None:
                yield from self._step(step, step.started_at)
        if self.run.ended_at is not None and self.run.status in _ENDED:
            ended = _ENDED[self.run.status]
            yield _event(ended, self.run.ended_at, {"runId": self.run.id}, job)

    def _step(self, step: StepRecord, started_at: datetime) -> Iterator[Object]:
        job = self._job(f"{self.run.project}.{step.asset}", self._about(step.asset))
        run = self._run_of(step)
        yield _event("START", started_at, run, job)
        if step.ended_at is None or step.status not in _ENDED:
            return
        if step.status == "failed":
            facet = _facet("1-0-1", "ErrorMessageRunFacet", message=step.reason or "")
            run = self._run_of(step, errorMessage={**facet, "programmingLanguage": "python"})
        event = _event(_ENDED[step.status], step.ended_at, run, job)
        made = self._made(step)
        if made is not None:
            event["inputs"] = [_dataset(each) for each in self._inputs(made)]
            event["outputs"] = [_output(made)]
        yield event

    def _run_of(self, step: StepRecord, **facets: JsonValue) -> Object:
        name = f"{step.asset}/{step.partition}"
        parent: Object = {
            "run": {"runId": self.run.id},
            "job": {"namespace": self._namespace, "name": self.run.project},
        }
        facets["parent"] = _facet("1-2-0", "ParentRunFacet", **parent)
        if step.span is not None and (step.span.begin, step.span.end) != (0, 1):
            begin, end = (
                datetime.fromtimestamp(at, UTC) for at in (step.span.begin, step.span.end)
            )
            facets["nominalTime"] = _facet(
                "1-0-1",
                "NominalTimeRunFacet",
                nominalStartTime=begin.isoformat(),
                nominalEndTime=end.isoformat(),
            )
        return {"runId": str(uuid.uuid5(uuid.UUID(self.run.id), name)), "facets": facets}

    @property
    def _namespace(self) -> str:
        return f"vibepiper://{self.run.project}/{self.run.environment}"

    def _job(self, name: str, facets: Object) -> Object:
        kind = _facet("2-0-4", "JobTypeJobFacet", processingType="BATCH", integration="VIBEPIPER")
        return {"namespace": self._namespace, "name": name, "facets": {"jobType": kind, **facets}}

    def _about(self, key: str) -> Object:
        if key not in self.graph:
            return {}
        asset, facets = self.graph[key], Object()
        if asset.description:
            facets["documentation"] = _facet(
                "1-1-0", "DocumentationJobFacet", description=asset.description
            )
        if asset.owner:
            owners: list[JsonValue] = [{"name": asset.owner}]
            facets["ownership"] = _facet("1-0-1", "OwnershipJobFacet", owners=owners)
        return facets

    def _made(self, step: StepRecord) -> Materialization | None:
        if step.status != "succeeded" or step.load_id is None:
            return None
        try:
            return self.state.materialization(self.run.environment, step.asset, step.load_id)
        except StateError:
            # It returned no data, or the record is older than what is kept.
            return None

    def _inputs(self, made: Materialization) -> Iterator[Materialization]:
        for asset, versions in (made.upstream or {}).items():
            for version in versions if isinstance(versions, list) else [versions]:
                yield from self.state.of_data_version(self.run.environment, asset, str(version))


def _event(kind: EventType, at: datetime, run: Object, job: Object) -> Object:
    return {
        "eventType": kind,
        "eventTime": at.isoformat(),
        "producer": _PRODUCER,
        "schemaURL": _EVENT,
        "run": run,
        "job": job,
        "inputs": [],
        "outputs": [],
    }


def _facet(version: str, name: str, **values: JsonValue) -> Object:
    url = f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}"
    return {"_producer": _PRODUCER, "_schemaURL": url, **values}


def _dataset(made: Materialization) -> Object:
    facets: Object = {
        "version": _facet("1-0-1", "DatasetVersionDatasetFacet", datasetVersion=of_one(made)),
    }
    if made.schema is not None:
        fields: list[JsonValue] = [{"name": name, "type": kind} for name, kind in made.schema]
        facets["schema"] = _facet("1-2-0", "SchemaDatasetFacet", fields=fields)
    namespace, name = _place(made)
    return {"namespace": namespace, "name": name, "facets": facets}


def _output(made: Materialization) -> Object:
    sizes: Object = {"rowCount": made.rows, "size": made.bytes}
    known = {name: size for name, size in sizes.items() if size is not None}
    statistics = _facet("1-0-2", "OutputStatisticsOutputDatasetFacet", **known)
    return {**_dataset(made), "outputFacets": {"outputStatistics": statistics}}


def _place(made: Materialization) -> tuple[str, str]:
    """The namespace and name of what lies in a store, by the rules of the specification; an asset
    that lies nowhere has the name of itself."""
    if not made.uri:
        return f"vibepiper://{made.environment}", made.asset
    parts = urlsplit(made.uri)
    if not parts.scheme:
        return "file", made.uri
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}", parts.path.lstrip("/")
