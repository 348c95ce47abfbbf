"""Run as a script: kills a change before each of its file operations in turn, and looks at what
is left. Every attempt is a fork of this process, which itself uses neither DuckDB nor threads."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from vibepiper.component import ComponentContext
from vibepiper.io_manager import AssetRef, Change
from vibepiper_files import FileIOManager, FileSettings

WATCHED = {"open", "os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"}
FIRST, SECOND, THIRD = (AssetRef("raw/t", load_id=name) for name in ("a1", "b2", "c3"))
OLD, NEW = [(1, "a"), (2, "b")], [(2, "c"), (3, "d")]
AFTER = {
    "replace": NEW,
    "append": OLD + NEW,
    "upsert": [(1, "a"), *NEW],
    "delete_insert": [(1, "a"), *NEW],
    "scd2": [(1, "a"), (2, "b"), *NEW],
    "restore": OLD,
}


def new_store(root: Path) -> FileIOManager:
    settings = FileSettings(keep_versions=2, reader_seconds=0)
    return FileIOManager(settings, ComponentContext("default", root))


def put(store: FileIOManager, ref: AssetRef, rows: list[tuple[int, str]], mode: str) -> None:
    table = pa.table({"id": [row[0] for row in rows], "v": [row[1] for row in rows]})
    at = dt.datetime(2026, 1, ord(ref.load_id[0]) - 96, tzinfo=dt.UTC)
    change = Change(mode=mode, key=("id",), cursor=ref.load_id, at=at)
    store.apply(ref, store.stage(ref, table), change)


def prepare(root: Path, mode: str, plain: bool) -> None:
    first = "replace" if plain and mode != "scd2" else mode
    put(new_store(root), FIRST, OLD, "append" if first == "restore" else first)
    if mode == "restore":
        put(new_store(root), THIRD, NEW, "append" if not plain else "replace")


def change(root: Path, mode: str, step: int) -> None:
    store, seen = new_store(root), 0

    def watch(event: str, args: tuple[object, ...]) -> None:
        nonlocal seen
        if event in WATCHED and str(root) in str(args[0]):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    again(store, mode)


def again(store: FileIOManager, mode: str) -> None:
    if mode == "restore":
        store.restore(SECOND, "a1")
    else:
        put(store, SECOND, NEW, mode)


def check(root: Path, mode: str) -> None:
    store = new_store(root)
    before = held(store)
    committed = store.committed(FIRST).load_id == "b2"
    assert committed == store.is_committed(SECOND)
    assert committed == any(v.current and v.load_id == "b2" for v in store.versions(FIRST))
    if committed:
        assert before == sorted(AFTER[mode]), before
    elif mode != "restore":
        assert before == OLD, before
    assert store.committed(FIRST).cursor == (
        "a1" if mode == "restore" and committed else store.committed(FIRST).load_id
    )
    again(store, mode)
    assert held(store) == sorted(AFTER[mode]), held(store)
    store.stage(AssetRef("raw/t", load_id="d4"), pa.table({"id": [9], "v": ["z"]}))
    store.close()
    no_litter(root)


def held(store: FileIOManager) -> list[tuple[int, str]]:
    found = store.load(FIRST.published).read_all().to_pylist()
    return sorted((row["id"], row["v"]) for row in found)


def no_litter(root: Path) -> None:
    data = root / "data" / "raw"
    versions = data / ".versions" / "t"
    manifests = list(versions.glob("*.json"))
    assert not (data / ".staging").exists()
    texts = [path.read_text() for path in manifests]
    for path in [path for path in data.rglob("*") if path.is_file()]:
        if path.parent == versions:
            number = path.name.split(".")[0]
            assert (versions / f"{number}.json").exists(), path
        elif path.name != "t.parquet":
            assert any(path.name in text for text in texts), path
    assert len([p for p in data.iterdir() if p.is_file()]) + len(list(data.glob("t/*"))) > 0


def forked(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        code = 0
        try:
            work()
        except BaseException:  # noqa: BLE001 (the child must not go on as the parent)
            traceback.print_exc()
            code = 1
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(root: Path, mode: str, plain: bool) -> int:
    for step in range(1, 500):
        shutil.rmtree(root, ignore_errors=True)
        assert forked(lambda: prepare(root, mode, plain)) == 0
        ended = forked(lambda: change(root, mode, step))  # noqa: B023
        assert ended in (0, -signal.SIGKILL), f"step {step}: {ended}"
        assert forked(lambda: check(root, mode)) == 0, f"killed before step {step}"
        if ended == 0:
            return step - 1
    raise AssertionError("the change never ends")


if __name__ == "__main__":
    steps = main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "plain")
    print(steps, "steps")
    assert steps > 10
