"""``vibepiper partitions``."""

from __future__ import annotations

from collections.abc import Sequence

from vibepiper.cli.output import print_json, print_table, stdout
from vibepiper.cli.requests import Request
from vibepiper.cli.standard_output import project_code
from vibepiper.cli.stores import existing_state
from vibepiper.errors import DefinitionError, UsageError, suggest
from vibepiper.events import now
from vibepiper.freshness import Freshness
from vibepiper.partitions import Partitions, PartitionSet
from vibepiper.plan import Planner
from vibepiper.session import Session
from vibepiper.state import StateStore

__all__ = ["change_partitions", "show_partitions"]

_SPANS = 20


def show_partitions(request: Request, asset: str, *, as_json: bool) -> None:
    with project_code():
        project = request.project()
        with existing_state(project) as state, Session(project, request.host) as session:
            declared = _declared(session, asset)
            at = now()
            fresh = Freshness(session, state)
            of = Planner(session, project.params, at, False).asset(project.graph[asset].key)
            there = declared.universe(at, fresh.dynamic)
            missing, failed = fresh.missing(of, there), fresh.failed(of, there)
    layers: dict[str, PartitionSet] = {
        "made": there - missing,
        "missing": missing,
        "failed": failed,
    }
    if as_json:
        print_json({"asset": asset, "count": there.count(), **_document(layers)})
        return
    rows = [(name, f"{part.count():,}", part.describe(_SPANS)) for name, part in layers.items()]
    print_table(("", "partitions", "which"), rows, right=("partitions",))
    stdout.print(f"{there.count():,} partitions: {there.describe(_SPANS)}")


def change_partitions(
    request: Request, asset: str, add: Sequence[str], remove: Sequence[str], *, as_json: bool
) -> None:
    with project_code():
        project = request.project()
        with Session(project, request.host) as session:
            declared = _declared(session, asset)
        name = _dynamic(declared, asset)
        declared.check_keys(name, add)
        with StateStore(project.state) as state:
            _check_there(state, name, remove)
            state.add_partitions(name, add)
            state.remove_partitions(name, remove)
            keys = list(state.dynamic_partitions(name))
    if as_json:
        print_json({"asset": asset, "dynamic": name, "keys": keys})
    else:
        stdout.print(f"'{name}' has {len(keys):,} keys.")


def _check_there(state: StateStore, name: str, keys: Sequence[str]) -> None:
    there = state.dynamic_partitions(name)
    for key in keys:
        if key not in there:
            raise UsageError(f"'{name}' has no key '{key}'", hint=suggest(key, there))


def _document(layers: dict[str, PartitionSet]) -> dict[str, object]:
    return {
        name: {"count": part.count(), "which": part.describe(_SPANS)}
        for name, part in layers.items()
    }


def _declared(session: Session, asset: str) -> Partitions:
    found = session.project.graph[asset]
    if found.partitions is None:
        raise UsageError(f"asset '{found.key}' has no partitions")
    return found.partitions


def _dynamic(declared: Partitions, asset: str) -> str:
    names = declared.dynamic_names
    if len(names) != 1:
        raise DefinitionError(
            f"asset '{asset}' has {len(names) or 'no'} dynamic dimensions; keys can be added to one"
        )
    return names[0]
