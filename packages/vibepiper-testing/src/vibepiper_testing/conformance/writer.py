"""A process that writes to a store until it is killed. Its order comes by standard input, for it
may hold secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import pyarrow as pa
from vibepiper import AssetRef, ComponentContext, PluginHost

__all__ = ["ROWS", "Order", "start_writer"]

ROWS = 200_000
_BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """Save (or only stage) a table of `ROWS` rows of ``value``, so many times."""

    component: str
    settings: Mapping[str, object]
    root: str
    ref: AssetRef
    value: int
    times: int
    stage: bool


@contextmanager
def start_writer(order: Order) -> Iterator[subprocess.Popen[str]]:
    """A process that writes and has made its component; it is killed when the block ends. It
    prints ``done`` after each write, and what went wrong to standard error."""
    command = [sys.executable, "-m", __name__]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asdict(order)) + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "ready\n", "the writer did not start: see above"
            yield process
        finally:
            process.kill()


def main(orders: TextIO) -> None:
    values = json.loads(orders.readline())
    order = replace(Order(**values), ref=AssetRef(**values["ref"]))
    store = _make(order)
    print("ready", flush=True)
    for _ in range(order.times):
        if order.stage:
            store.stage(order.ref, _stream(order.value))
        else:
            store.save(order.ref, _stream(order.value))
        print("done", flush=True)
    orders.readline() if order.stage else store.close()


def _make(order: Order) -> Any:
    host = PluginHost()
    spec = host.spec("io_manager", order.component)
    component: Any = host.load(spec)
    settings = component.settings_model.model_validate(order.settings)
    return component(settings, ComponentContext(spec.name, Path(order.root)))


def _stream(value: int) -> pa.RecordBatchReader:
    batch = pa.record_batch({"n": [value] * _BATCH})
    batches = (batch for _ in range(ROWS // _BATCH))
    return pa.RecordBatchReader.from_batches(batch.schema, batches)


if __name__ == "__main__":
    main(sys.stdin)
