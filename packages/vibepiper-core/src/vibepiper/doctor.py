"""``vibepiper plugins doctor``: tries each plugin in a process of its own.

What hangs or crashes there takes nothing else down.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from vibepiper.component import ComponentSpec
from vibepiper.errors import PluginError
from vibepiper.faults import REPORT, Fault
from vibepiper.host import GROUP, PluginHost

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


def _examine(entry: EntryPoint, host: PluginHost, seconds: float) -> Diagnosis:
    name = entry.dist.name if entry.dist else entry.value
    found = entry.dist.version if entry.dist else ""
    if (blocked := host.blocked(entry)) is not None:
        return Diagnosis(entry.name, name, found, (blocked,))
    findings = (*_unmet(entry), *_tried(entry, seconds))
    return Diagnosis(entry.name, name, found, findings)


def _unmet(entry: EntryPoint) -> Iterable[Fault]:
    if entry.dist is None:
        return
    from vibepiper.requirements import unmet

    for missing in unmet(entry.dist):
        yield Fault("requirement", f"it requires {missing}", missing.mend)


def _tried(entry: EntryPoint, seconds: float) -> list[Fault]:
    with tempfile.TemporaryDirectory(prefix="vibepiper-doctor-") as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "vibepiper.doctor", entry.name, entry.value, str(report)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        try:
            done = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return [Fault("hangs", f"importing it takes over {seconds:g} seconds", REPORT)]
        if not report.exists():
            return [Fault("crashes", f"importing it ends the process: {_end(done)}", REPORT)]
        return [Fault(**fault) for fault in json.loads(report.read_text())]


def _end(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode >= 0:
        return f"exit code {done.returncode}"
    return signal.Signals(-done.returncode).name


def _findings(name: str, value: str) -> list[Fault]:
    """What one plugin shows, in this process."""
    entries = [e for e in entry_points(group=GROUP) if e.value == value and e.name == name]
    host = PluginHost(entries[:1])
    faults = [plugin.fault for plugin in host.plugins if plugin.fault is not None]
    for plugin in host.plugins:
        for spec in plugin.declarations:
            try:
                if isinstance(spec, ComponentSpec):
                    host.load(spec)
            except PluginError as error:
                faults.append(Fault("import_error", error.message, error.hint or REPORT))
    return faults


def _main(name: str, value: str, report: str) -> None:
    text = json.dumps([asdict(fault) for fault in _findings(name, value)])
    aside = Path(report + ".part")
    aside.write_text(text)
    aside.rename(report)


if __name__ == "__main__":
    _main(*sys.argv[1:])
