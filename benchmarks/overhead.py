"""What a step costs beside the asset's own work: trivial assets, durable state on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from vibepiper import AssetGraph, PluginHost, Project, Session, StateStore, make_plan, run_plan
from vibepiper.assets import Asset, make_asset
from vibepiper.config import EnvironmentConfig
from vibepiper.places import Places

from benchmarks.measure import Measure, compare


def measure() -> list[Measure]:
    found = []
    for steps in (200, 2_000, 20_000):
        for shape, upstream in {"chain": _chain, "fan-out": _fan_out}.items():
            functions = _functions(steps, upstream)
            assets = _declared(functions)
            bare = {
                "calling the functions": lambda f=functions: _call(f),
                "declaring the assets": lambda f=functions: _declared(f),
            }
            runs = {
                "plan and run, one at a time": lambda a=assets: _run(a, jobs=1),
                "plan and run, --jobs 2": lambda a=assets: _run(a, jobs=2),
            }
            measured = compare(
                f"{steps:,} steps as {shape}",
                bare | runs,
                budget="under 0.5 ms a step at 2,000, and 1.5 times that at 20,000",
                repeats=3,
            )
            per_step = {name: seconds / steps for name, seconds in measured.medians.items()}
            found.append(Measure(f"a step of {measured.question}", per_step, measured.budget))
    return found


def _chain(number: int) -> str:
    return f"a{number - 1}"


def _fan_out(number: int) -> str:
    return "a0"


def _functions(steps: int, upstream: Callable[[int], str]) -> list[Callable[..., object]]:
    scope: dict[str, Callable[..., object]] = {}
    exec("def a0(): return 0", scope)  # type: ignore[arg-type]
    for number in range(1, steps):
        exec(f"def a{number}({upstream(number)}): return {number}", scope)  # type: ignore[arg-type]
    return [scope[f"a{number}"] for number in range(steps)]


def _call(functions: list[Callable[..., object]]) -> None:
    functions[0]()
    for function in functions[1:]:
        function(0)


def _declared(functions: list[Callable[..., object]]) -> list[Asset]:
    return [make_asset(function, {}) for function in functions]


def _run(assets: list[Asset], *, jobs: int) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        project = Project(
            name="overhead",
            root=root,
            state=root / "state.db",
            environment="default",
            config=EnvironmentConfig(),
            places=Places("none", {}),
            graph=AssetGraph(assets),
        )
        with Session(project, PluginHost()) as session, StateStore(project.state) as state:
            result = run_plan(make_plan(session), session, state, jobs=jobs)
    assert result.status == "succeeded"
