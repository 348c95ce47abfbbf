"""What core itself offers, declared as any plugin's components are."""

from __future__ import annotations

from vibepiper.component import ComponentSpec
from vibepiper.declarations import ProjectTemplateSpec
from vibepiper.hookspecs import hookimpl

__all__ = ["vibepiper_components", "vibepiper_project_templates"]

_INPUTS = {
    "pyarrow:Table": ("Table", "the whole table in memory"),
    "pyarrow:RecordBatchReader": ("Reader", "a one-pass stream in constant memory"),
    "polars:DataFrame": ("PolarsFrame", "a Polars frame"),
    "polars:LazyFrame": ("PolarsLazyFrame", "a lazy Polars frame"),
    "pandas:DataFrame": ("PandasFrame", "a pandas frame"),
    "builtins:list": ("Rows", "rows as dicts"),
}


@hookimpl
def vibepiper_components() -> list[ComponentSpec]:
    memory = ComponentSpec(
        kind="io_manager",
        name="memory",
        target="vibepiper.memory:MemoryIOManager",
        summary="Tables and objects held by the process.",
        capabilities={"staging": "full", "objects": "full"},
    )
    inputs = [
        ComponentSpec("input", name, f"vibepiper.inputs:{target}", f"Upstreams as {summary}.")
        for name, (target, summary) in _INPUTS.items()
    ]
    return [memory, *_executors(), *inputs]


def _executors() -> list[ComponentSpec]:
    return [
        ComponentSpec(
            kind="executor",
            name="threads",
            target="vibepiper.executors.threads:ThreadExecutor",
            summary="Steps in threads of this process.",
            capabilities={"same_process": "full"},
        ),
        ComponentSpec(
            kind="executor",
            name="processes",
            target="vibepiper.executors.processes:ProcessExecutor",
            summary="Steps in processes of this machine.",
        ),
    ]


@hookimpl
def vibepiper_project_templates() -> list[ProjectTemplateSpec]:
    summary = "Two assets, kept as files where vibepiper-files is installed."
    return [ProjectTemplateSpec("minimal", "vibepiper:templates/minimal", summary)]
