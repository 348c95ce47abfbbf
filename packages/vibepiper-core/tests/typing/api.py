"""A user's program, which mypy --strict and pyright must accept; it is not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from vibepiper import (
    Asset,
    AssetContext,
    AssetGraph,
    AssetRef,
    Check,
    ComponentSpec,
    IOManager,
    Plan,
    PluginHost,
    RunResult,
    Session,
    StagingIOManager,
    StateStore,
    Stored,
    asset,
    hookimpl,
    load_project,
    make_asset,
    make_plan,
    run_plan,
    with_checks,
)


@asset
def bare() -> list[dict[str, object]]:
    return [{"n": 1}]


@asset()
def parentheses(bare: pa.Table) -> pa.Table:
    return bare


@asset(name="raw/orders", group="raw", tags=["a"], key="id", depends_on=[bare, "parentheses"])
def orders(context: AssetContext, day: str = "today") -> Iterator[dict[str, object]]:
    context.log(day)
    yield {"id": 1}


def plain() -> int:
    return 1


declared: Asset = bare
made: Asset = make_asset(plain, {"name": "made", "owner": "us"})
result: object = bare()
upstream: tuple[str, ...] = AssetGraph([bare, parentheses]).upstream("parentheses")


def checked(check: Check) -> Asset:
    return with_checks(made, check)


class Store:
    """What a third party's IO manager looks like: no base class is needed."""

    def load(self, ref: AssetRef) -> object:
        return {}

    def save(self, ref: AssetRef, data: object) -> Stored:
        return Stored(uri=ref.key, rows=1)

    def exists(self, ref: AssetRef) -> bool:
        return True


class Staging(Store):
    def stage(self, ref: AssetRef, data: object) -> Stored:
        return self.save(ref, data)

    def publish(self, ref: AssetRef, staged: Stored) -> Stored:
        return staged

    def discard(self, ref: AssetRef) -> None: ...


store: IOManager = Store()
staging: StagingIOManager = Staging()


@hookimpl
def vibepiper_components() -> list[ComponentSpec]:
    return [ComponentSpec("io_manager", "mine", "mine:Store", "Mine.", {"staging": "full"})]


def run() -> RunResult:
    project = load_project(Path(), environment="dev", params=["day"])
    with Session(project, PluginHost()) as session, StateStore(project.state) as state:
        plan: Plan = make_plan(session, selectors=["+raw/orders"], params={"day": "x"})
        return run_plan(plan, session, state, jobs=4)
