"""``vibepiper plugins doctor``: tries each plugin in a process of its own.

What hangs or crashes there takes nothing else down.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from vibepiper.component import ComponentSpec
from vibepiper.declarations import Declaration, ProjectTemplateSpec
from vibepiper.errors import PluginError
from vibepiper.faults import REPORT, Fault
from vibepiper.host import PluginHost
from vibepiper.plugin_entry import PluginEntry, installed_entries
from vibepiper.project_templates import template_folder

__all__ = ["Diagnosis", "examine"]

_CHILDREN = 2


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found at one plugin; nothing, when it is well."""

    name: str
    distribution: str
    version: str
    findings: tuple[Fault, ...]


def examine(host: PluginHost, *, seconds: float) -> list[Diagnosis]:
    """Imports each plugin and each of its components in a process of its own, for at most
    ``seconds``, and compares what its distribution requires with what is installed."""
    entries = sorted(host.entries, key=lambda entry: entry.name)
    with ThreadPoolExecutor(_CHILDREN) as pool:
        return list(pool.map(lambda entry: _examine(entry, host, seconds), entries))


def _examine(entry: PluginEntry, host: PluginHost, seconds: float) -> Diagnosis:
    if (fault := host.blocked(entry) or entry.fault) is not None:
        return Diagnosis(entry.name, entry.distribution, entry.version, (fault,))
    findings = (*_unmet(entry), *_tried(entry, seconds))
    return Diagnosis(entry.name, entry.distribution, entry.version, findings)


def _unmet(entry: PluginEntry) -> Iterable[Fault]:
    if entry.of is None:
        return
    from vibepiper.requirements import unmet

    for missing in unmet(entry.of):
        yield Fault("requirement", f"it requires {missing}", missing.mend)


def _tried(entry: PluginEntry, seconds: float) -> list[Fault]:
    with tempfile.TemporaryDirectory(prefix="vibepiper-doctor-") as folder:
        report = Path(folder) / "report.json"
        command = [
            sys.executable,
            "-m",
            "vibepiper.doctor",
            entry.name,
            entry.point.value,
            str(report),
        ]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        ended = _ended(command, environment, seconds)
        if ended is None:
            return [Fault("hangs", f"importing it takes over {seconds:g} seconds", REPORT)]
        if not report.exists():
            return [Fault("crashes", f"importing it ends the process: {_end(ended)}", REPORT)]
        return [Fault(**fault) for fault in json.loads(report.read_text())]


def _ended(command: list[str], environment: dict[str, str], seconds: float) -> int | None:
    """The exit code, or None where it took too long: then it is killed, and what it started."""
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _end(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"  # a real-time one, which has no name


def _findings(name: str, value: str) -> list[Fault]:
    """What one plugin shows, in this process."""
    entries = [e.point for e in installed_entries() if (e.name, e.point.value) == (name, value)]
    host = PluginHost(entries[:1])
    faults = [plugin.fault for plugin in host.plugins if plugin.fault is not None]
    for plugin in host.plugins:
        for spec in plugin.declarations:
            try:
                _reach(host, spec)
            except PluginError as error:
                faults.append(Fault("import_error", error.message, error.hint or REPORT))
    return faults


def _reach(host: PluginHost, spec: Declaration) -> None:
    """Imports what is declared, or finds the folder that it names. Raises `PluginError`."""
    if isinstance(spec, ProjectTemplateSpec):
        template_folder(spec)
    elif isinstance(spec, ComponentSpec):
        host.load(spec)
    else:
        host.target(spec)


def _main(name: str, value: str, report: str) -> None:
    text = json.dumps([asdict(fault) for fault in _findings(name, value)])
    aside = Path(report + ".part")
    aside.write_text(text)
    aside.rename(report)


if __name__ == "__main__":
    _main(*sys.argv[1:])
