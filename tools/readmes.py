"""Writes what a plugin's README says of its settings and versions: python -m tools.readmes."""

from __future__ import annotations

import re
from pathlib import Path

from vibepiper import ComponentSpec
from vibepiper.host import PluginHost
from vibepiper.settings import Setting, describe_settings

from tools.known_components import offers
from tools.workspace import (
    DISTRIBUTIONS,
    PLUGINS,
    PYTHONS,
    ROOT,
    dependencies,
    name_of,
    outside_requirements,
    requirements,
)

MARKS = "<!-- {topic}: written by `nox -s generate` -->\n\n{text}\n\n<!-- end of {topic} -->"


def written(path: Path) -> str:
    """The README in ``path`` as it should be. Raises ValueError when a mark is missing."""
    readme = (path / "README.md").read_text()
    readme = _filled(readme, "settings", settings(path.name))
    return _filled(readme, "versions", versions(path))


def _filled(readme: str, topic: str, text: str) -> str:
    begin, _, end = MARKS.format(topic=topic, text="|").partition("\n\n|\n\n")
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    marked = MARKS.format(topic=topic, text=text)
    filled, count = re.subn(pattern, lambda _: marked, readme, flags=re.S)
    if count != 1:
        raise ValueError(f"the README must hold the marks of {topic} once, found {count}")
    return filled


def settings(distribution: str) -> str:
    """A section for each component: what it can do, and the keys of its settings."""
    host = PluginHost()
    specs = [spec for owner, spec in offers() if owner == distribution]
    return "\n\n".join(_component(host, spec) for spec in specs)


def _component(host: PluginHost, spec: ComponentSpec) -> str:
    told = ", ".join(f"{key} {level}" for key, level in sorted(spec.capabilities.items()))
    lines = [
        f"### The {spec.kind.replace('_', ' ')} `{spec.name}`",
        "",
        spec.summary.removesuffix(".") + ".",
    ]
    if told:
        lines += [f"Capabilities: {told}."]
    if (model := getattr(host.load(spec), "settings_model", None)) is not None:
        rows = [_row(setting) for setting in describe_settings(model)]
        lines += ["", "| setting | type | default | |", "| --- | --- | --- | --- |", *rows]
    return "\n".join(lines)


def _row(setting: Setting) -> str:
    kind, default = (
        text and f"`{text}`".replace("|", r"\|") for text in (setting.type, setting.default)
    )
    told = [setting.description or "", "a secret" if setting.secret else ""]
    meaning = "; ".join(filter(None, told)).replace("|", r"\|")
    return f"| `{setting.name}` | {kind} | {default or 'must be given'} | {meaning} |"


def versions(path: Path) -> str:
    """From the oldest versions, which ``nox -s lowest`` tests, to the newest, which are pinned."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines)
    shown = sorted(reached(path))
    rows = [f"| {name} | {oldest(name, path)} | {pins[name]} |" for name in shown]
    python = f"| Python | {PYTHONS[0]} | {PYTHONS[-1]} |"
    return "\n".join(["| | oldest | newest |", "| --- | --- | --- |", python, *rows])


def reached(path: Path) -> set[str]:
    """What a plugin requires, by itself or through the packages that it builds on."""
    through = requirements(path) - {"vibepiper-core"}
    lines = [line for name in through for line in dependencies(DISTRIBUTIONS[name])]
    return {name_of(line) for line in lines} - DISTRIBUTIONS.keys()


def oldest(name: str, path: Path) -> str:
    """The highest of the lower bounds on ``name`` in the environment that tests a plugin."""
    lines = [line for line in outside_requirements(path) if name_of(line) == name]
    bounds = [found[1] for line in lines if (found := re.search(r">=([\d.]+)", line))]
    return max(bounds, key=lambda bound: [int(part) for part in bound.split(".")])


if __name__ == "__main__":
    for plugin in PLUGINS.values():
        (plugin / "README.md").write_text(written(plugin))
