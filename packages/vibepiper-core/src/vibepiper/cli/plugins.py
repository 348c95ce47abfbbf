"""``vibepiper plugins`` and the commands below it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from vibepiper.cli import exits
from vibepiper.cli.console import stdout
from vibepiper.cli.output import print_json, print_table
from vibepiper.component import ComponentSpec
from vibepiper.errors import ConfigError, PluginError, StoreError
from vibepiper.faults import one_line
from vibepiper.host import Plugin, PluginHost

if TYPE_CHECKING:
    from pydantic import BaseModel

    from vibepiper.component import Component
    from vibepiper.settings import Setting

__all__ = [
    "check_lock",
    "create_plugin",
    "examine_plugins",
    "show_plugin",
    "show_plugins",
    "write_lock",
]


def show_plugins(host: PluginHost, *, as_json: bool) -> None:
    if as_json:
        print_json([_document(host, plugin) for plugin in host.plugins])
        return
    print_table(
        ("plugin", "distribution", "version", "state", "offers"),
        [
            (p.name, p.distribution, p.version, _state(host, p), _offers(p) or p.mend)
            for p in host.plugins
        ],
    )
    for plugin in host.plugins:
        for deprecation in plugin.deprecations:
            stdout.print(
                f"{plugin.distribution}: deprecated: {one_line(deprecation)}", markup=False
            )


def show_plugin(host: PluginHost, name: str, *, as_json: bool) -> None:
    """One plugin, or the plugins that offer what is called ``name``, with their settings."""
    found = [p for p in host.plugins if any(d.name == name for d in p.declarations)]
    plugins = [host.plugin(name)] if not found or _is_plugin(host, name) else found
    documents = [_detailed(host, plugin) for plugin in plugins]
    if as_json:
        print_json(documents)
        return
    for plugin in plugins:
        stdout.print(
            f"{plugin.distribution} {plugin.version}: {_state(host, plugin)}", markup=False
        )
        for spec in plugin.declarations:
            stdout.print(f"\n{spec.kind} {spec.name}: {one_line(spec.summary)}", markup=False)
            if isinstance(spec, ComponentSpec):
                _print_component(host, spec)


def examine_plugins(host: PluginHost, seconds: float, *, as_json: bool) -> int:
    """Tries every plugin in a process of its own; returns the exit code."""
    from vibepiper.doctor import examine

    diagnoses = examine(host, seconds=seconds)
    if as_json:
        print_json(diagnoses)
    else:
        print_table(
            ("distribution", "version", "state", "mend"),
            [
                (d.distribution, d.version, finding.problem, finding.mend)
                for d in diagnoses
                for finding in d.findings
            ]
            + [(d.distribution, d.version, "ok", "") for d in diagnoses if not d.findings],
        )
    return exits.FAILED if any(d.findings for d in diagnoses) else exits.OK


def write_lock(output: Path, *, as_json: bool) -> None:
    from vibepiper.requirements import installed_constraints

    text = installed_constraints()
    aside = output.with_name(output.name + ".part")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(output)
    except OSError as error:
        raise StoreError(f"{output}: cannot be written: {error.strerror or error}") from error
    pins = text.count("==")
    if as_json:
        print_json({"file": output, "pins": pins})
    else:
        stdout.print(f"{pins} versions written to {output}.", markup=False)


def check_lock(file: Path, *, as_json: bool) -> None:
    """Raises `ConfigError` unless the environment is what the file says."""
    from vibepiper.requirements import compare_with_lock, read_lock

    pins = read_lock(file)
    if differences := compare_with_lock(pins):
        told = "".join(f"\n  {difference}" for difference in differences)
        raise ConfigError(
            f"the environment differs from {file} in {len(differences)} of {len(pins)}:{told}",
            hint=f"pip install -c {file} and what it names, or lock anew.",
        )
    if as_json:
        print_json({"file": file, "pins": len(pins), "equal": True})
    else:
        stdout.print(f"The environment is what {file} says: {len(pins)} versions.", markup=False)


def _is_plugin(host: PluginHost, name: str) -> bool:
    return any(name in (plugin.name, plugin.distribution) for plugin in host.plugins)


def _state(host: PluginHost, plugin: Plugin) -> str:
    if plugin.fault is not None:
        return f"set aside: {plugin.problem}"
    taken = [f"{o.declaration.kind} '{o.declaration.name}'" for o in host.conflicts(plugin)]
    return f"ok, but names are taken twice: {', '.join(taken)}" if taken else "ok"


def _offers(plugin: Plugin) -> str:
    return ", ".join(f"{d.kind}:{d.name}" for d in plugin.declarations)


def _document(host: PluginHost, plugin: Plugin) -> dict[str, object]:
    return {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "state": plugin.state,
        "problem": plugin.problem,
        "mend": plugin.mend,
        "offers": [{"kind": d.kind, "name": d.name} for d in plugin.declarations],
        "conflicts": [
            {
                "kind": offer.declaration.kind,
                "name": offer.declaration.name,
                "distribution": offer.plugin.distribution,
            }
            for offer in host.conflicts(plugin)
        ],
        "deprecations": plugin.deprecations,
    }


def _detailed(host: PluginHost, plugin: Plugin) -> dict[str, object]:
    components = [
        {
            "kind": spec.kind,
            "name": spec.name,
            "summary": spec.summary,
            "capabilities": spec.capabilities,
            **_settings_document(host, spec),
        }
        for spec in plugin.components
    ]
    return {**_document(host, plugin), "components": components}


def _settings_document(host: PluginHost, spec: ComponentSpec) -> dict[str, object]:
    try:
        return {"settings": _settings(host, spec), "problem": None}
    except PluginError as error:
        return {"settings": None, "problem": str(error)}


def _settings(host: PluginHost, spec: ComponentSpec) -> list[Setting]:
    from vibepiper.settings import describe_settings

    component = cast("type[Component[BaseModel]]", host.load(spec))
    model = getattr(component, "settings_model", None)
    return [] if model is None else describe_settings(model)


def _print_component(host: PluginHost, spec: ComponentSpec) -> None:
    if spec.capabilities:
        told = ", ".join(f"{key} {level}" for key, level in sorted(spec.capabilities.items()))
        stdout.print(f"capabilities: {told}", markup=False)
    try:
        settings = _settings(host, spec)
    except PluginError as error:
        stdout.print(str(error), style="red", markup=False)
        return
    if settings:
        print_table(
            ("setting", "type", "default", "secret"),
            [(s.name, s.type, s.default, "yes" if s.secret else "") for s in settings],
        )


def create_plugin(name: str, kind: str, parent: Path, *, as_json: bool) -> None:
    from vibepiper.scaffold import new_plugin

    folder = new_plugin(name, kind, parent)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    if as_json:
        print_json({"folder": folder, "kind": kind, "files": files})
        return
    for file in files:
        stdout.print(str(file), markup=False)
    stdout.print(f"\ncd {folder} && pip install -e '.[test]' && pytest", markup=False)
