"""``vibepiper partitions``."""

from __future__ import annotations

from collections.abc import Sequence

from vibepiper.cli.console import stdout
from vibepiper.cli.output import counted, print_json, print_table
from vibepiper.cli.requests import Request
from vibepiper.cli.standard_output import project_code
from vibepiper.cli.stores import existing_state
from vibepiper.errors import UsageError, suggest
from vibepiper.events import now
from vibepiper.freshness import Freshness, not_stored
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
            gone = missing & fresh.made(of.key, declared)
    layers: dict[str, PartitionSet] = {
        "made": there - missing,
        "missing": missing,
        "not_stored": gone,
        "failed": failed,
    }
    if as_json:
        print_json({"asset": asset, "count": there.count(), **_document(layers)})
        return
    said = {"not_stored": f"made, and {not_stored(of.store)}"}
    rows = [
        (said.get(name, name), f"{part.count():,}", part.describe(_SPANS))
        for name, part in layers.items()
        if name not in said or not part.is_empty
    ]
    print_table(("", "partitions", "which"), rows, right=("partitions",))
    stdout.print(f"{counted(there.count(), 'partition')}: {there.describe(_SPANS)}")


def change_partitions(
    request: Request, asset: str, add: Sequence[str], remove: Sequence[str], *, as_json: bool
) -> None:
    """Adds and removes keys of the asset's dynamic dimensions; where it has several, each is
    ``NAME=KEY``."""
    with project_code():
        project = request.project()
        with Session(project, request.host) as session:
            declared = _declared(session, asset)
        names = _dynamic(declared, asset)
        added, removed = _by_name(names, add), _by_name(names, remove)
        for name in names:
            declared.check_keys(name, added[name])
        with StateStore(project.state) as state:
            for name in names:
                _check_there(state, name, removed[name])
            for name in names:
                state.add_partitions(name, added[name])
                state.remove_partitions(name, removed[name])
            keys = {name: list(state.dynamic_partitions(name)) for name in names}
    if as_json:
        print_json({"asset": asset, "keys": keys})
        return
    for name in names:
        stdout.print(f"'{name}' has {counted(len(keys[name]), 'key')}.")


def _by_name(names: Sequence[str], given: Sequence[str]) -> dict[str, list[str]]:
    """The keys of each dynamic dimension."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for each in given:
        name, named, key = each.partition("=")
        if not named and len(names) == 1:
            name, key = names[0], each
        if name not in found:
            raise UsageError(
                f"'{each}' does not say of which dynamic partitions it is a key",
                hint=f"Give NAME=KEY, where NAME is {' or '.join(map(repr, names))}.",
            )
        found[name].append(key)
    return found


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


def _dynamic(declared: Partitions, asset: str) -> Sequence[str]:
    """The names that its dynamic keys are kept under."""
    if not declared.dynamic_names:
        raise UsageError(
            f"the partitions of asset '{asset}' are declared in the code: no keys can be added "
            "to them or removed",
            hint="Keys that come up at run time are dynamic('name').",
        )
    return declared.dynamic_names
