"""Rolling an asset back to a version that its store keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from vibepiper.events import Event
from vibepiper.ids import new_id
from vibepiper.io_manager import AssetRef, Stored, StoredVersion, VersionedIOManager
from vibepiper.planned import PlannedAsset
from vibepiper.session import Session
from vibepiper.state import StateStore
from vibepiper.state.records import Claim, RunStatus, StepKey

__all__ = ["roll_back"]


def roll_back(
    session: Session, state: StateStore, of: PlannedAsset, ref: AssetRef, version: StoredVersion
) -> Stored:
    """Publishes a kept version again, as a run of one step that is on record. Raises `AssetBusy`
    while another run makes the asset."""
    run_id = str(new_id())
    key = StepKey(of.key, "/".join(part.keys[0] for part in ref.partition))
    environment = session.project.environment
    lease = state.begin_run(
        run_id,
        project=session.project.name,
        environment=environment,
        params={},
        request={"rollback": of.key, "to": version.load_id},
        steps=[key],
        claims=[Claim(of.key, None)],
        lease_seconds=session.project.lease_seconds,
    )
    status: RunStatus = "failed"
    try:
        before = state.materialization(environment, of.key, version.load_id)
        load = replace(ref, load_id=run_id.replace("-", ""))
        manager = cast("VersionedIOManager", of.store.manager)
        state.start_step(Event("step_started", run_id, key.asset, partition=key.partition))
        state.commit()
        lease.check()
        stored = manager.restore(load, version.load_id, token=lease.token)
        event = Event(
            "step_succeeded",
            run_id,
            key.asset,
            {"restored": version.load_id},
            partition=key.partition,
        )
        state.end_step(
            event,
            status="succeeded",
            rows=stored.rows,
            reason=f"rolled back to {version.load_id}",
            load_id=load.load_id,
        )
        if (declared := of.asset.partitions) is not None:
            for span in declared.parse_set(key.partition).spans():
                state.record_span(environment, of.key, span, "materialized", before.code_version)
        state.record_materialization(
            event,
            environment=environment,
            store=of.store.name,
            load_id=load.load_id or "",
            stored=stored,
            code_version=before.code_version,
            data_version=before.data_version,
            upstream=before.upstream,
            settings=before.settings,
            cursor=before.cursor,
            restored_from=version.load_id,
        )
        status = "succeeded"
        return stored
    finally:
        state.end_run(run_id, status)
        lease.release()
