"""IO managers with one defect each, and two that have none."""

import itertools
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pyarrow as pa
from pydantic import BaseModel, SecretStr
from vibepiper.data import as_reader, is_table
from vibepiper.errors import NotMaterialized, StoreError
from vibepiper.memory import MemoryIOManager, MemorySettings
from vibepiper_files import FileIOManager
from vibepiper_files.staging import Stage
from vibepiper_testing.conformance.writer import ROWS


class SoundMemory(MemoryIOManager):
    pass


class SoundFiles(FileIOManager):
    pass


class DropsNulls(MemoryIOManager):
    def save(self, ref, data):
        return super().save(ref, as_reader(data).read_all().drop_null() if is_table(data) else data)


class LosesTimeZones(MemoryIOManager):
    def save(self, ref, data):
        if is_table(data):
            data = as_reader(data).read_all()
            for place, field in enumerate(data.schema):
                if pa.types.is_timestamp(field.type):
                    plain = data[field.name].cast(pa.timestamp("us"))
                    data = data.set_column(place, field.name, plain)
        return super().save(ref, data)


class ReadsOneBatch(MemoryIOManager):
    def save(self, ref, data):
        if is_table(data):
            data = pa.Table.from_batches([next(iter(as_reader(data)))])
        return super().save(ref, data)


class KeepsHalf(MemoryIOManager):
    """Takes an error of the data's producer for its end."""

    def save(self, ref, data):
        return super().save(ref, until_it_fails(data) if is_table(data) else data)

    def stage(self, ref, data):
        return super().stage(ref, until_it_fails(data))


def until_it_fails(data):
    reader, batches = as_reader(data), []
    with suppress(StopIteration, RuntimeError):
        while True:
            batches.append(reader.read_next_batch())
    return pa.Table.from_batches(batches, reader.schema)


class SharesKeys(MemoryIOManager):
    def save(self, ref, data):
        return super().save(replace(ref, key=ref.key.lower()), data)

    def load(self, ref):
        return super().load(replace(ref, key=ref.key.lower()))

    def exists(self, ref):
        return super().exists(replace(ref, key=ref.key.lower()))


class StagesInTheOpen(MemoryIOManager):
    def stage(self, ref, data):
        self.save(ref.published, data)
        return super().stage(ref, self.load(ref.published))


class ForgetsDiscards(MemoryIOManager):
    def discard(self, ref):
        pass


class PublishesOnce(MemoryIOManager):
    def publish(self, ref, staged):
        if not self.exists(ref):
            raise StoreError(f"asset '{ref.key}': load {ref.load_id} is not staged")
        return super().publish(ref, staged)


class LetsOldLoadsReturn(MemoryIOManager):
    def publish(self, ref, staged):
        held = getattr(self, "_held", {})
        self._held = held
        if self.exists(ref):
            held[ref.load_id] = self.load(ref)
        elif ref.load_id in held:
            super().stage(ref, held[ref.load_id])
        return super().publish(ref, staged)


class RaisesKeyError(MemoryIOManager):
    def load(self, ref):
        try:
            return super().load(ref)
        except NotMaterialized:
            raise KeyError(ref.key) from None


class HidesItsStaging(MemoryIOManager):
    """Declares nothing, and has the methods."""


class HasNoRelation(MemoryIOManager):
    """Declares ``query`` without its method."""


class TakesObjectsUndeclared(MemoryIOManager):
    """Declares no ``objects``, and stores them."""


class LenientSettings(BaseModel):
    pass


class TakesAnySetting(MemoryIOManager):
    settings_model = LenientSettings


class OpenSettings(MemorySettings):
    password: SecretStr = SecretStr("hunter2")


class ShowsItsPassword(MemoryIOManager):
    settings_model = OpenSettings

    def __repr__(self):
        return f"ShowsItsPassword({self.settings.password.get_secret_value()})"


class WritesInPlace(FileIOManager):
    """Publishes by copying, a part at a time."""

    def publish(self, ref, staged):
        stage = Stage(self._place(ref), ref.load_id)
        source = stage.staged()
        if source is None:
            return super().publish(ref, staged)
        target = stage.place.file(source.suffix)
        content = source.read_bytes()
        with target.open("wb") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            time.sleep(0.4 if staged.rows == ROWS else 0.01)
            file.write(content[len(content) // 2 :])
        self._release(stage)
        return replace(staged, uri=str(target))


class RemovesLivingLoads(FileIOManager):
    """Takes everything that is staged for litter."""

    def stage(self, ref, data):
        shutil.rmtree(self._place(ref).folder / ".staging", ignore_errors=True)
        return super().stage(ref, data)


class LeavesLitter(FileIOManager):
    def stage(self, ref, data):
        import vibepiper_files.io_manager as module

        with Quiet(module):
            return super().stage(ref, data)


class Quiet:
    _lock = threading.RLock()

    def __init__(self, module):
        self.module = module

    def __enter__(self):
        self._lock.acquire()
        self.held, self.module.collect_litter = self.module.collect_litter, lambda place: None

    def __exit__(self, *exc):
        self.module.collect_litter = self.held
        self._lock.release()


class CachesForever(FileIOManager):
    """Never looks again at what it has loaded."""

    def load(self, ref):
        if ref.load_id is not None:
            return super().load(ref)
        cache = self.__dict__.setdefault("_cache", {})
        if ref.key not in cache:
            cache[ref.key] = super().load(ref).read_all()
        return cache[ref.key]

    def save(self, ref, data):
        stored = super().save(ref, data)
        self.__dict__.setdefault("_cache", {}).pop(ref.key, None)
        return stored

    def publish(self, ref, staged):
        stored = super().publish(ref, staged)
        self.__dict__.setdefault("_cache", {}).pop(ref.key, None)
        return stored


class KeepsTheDeleted(FileIOManager):
    def apply(self, ref, staged, change):
        return super().apply(ref, staged, replace(change, deleted=None))


class TakesTheLate(FileIOManager):
    def apply(self, ref, staged, change):
        if change.mode == "upsert":
            change = replace(change, order_by=None)
        return super().apply(ref, staged, change)


class ClosesNothing(FileIOManager):
    def apply(self, ref, staged, change):
        return super().apply(ref, staged, replace(change, close_missing=False))


class AppendsOnly(FileIOManager):
    """Under every key."""

    def apply(self, ref, staged, change):
        if change.mode == "delete_insert":
            change = replace(change, mode="append", key=())
        return super().apply(ref, staged, change)


class AppliesAgain(FileIOManager):
    """Takes a load that was published for a new one."""

    def apply(self, ref, staged, change):
        if change.mode == "append" and self.is_committed(ref):
            again = replace(ref, load_id=f"{ref.load_id}0")
            table = as_reader(self.load(replace(ref, load_id=None))).read_all()
            return super().apply(again, self.stage(again, table), change)
        return super().apply(ref, staged, change)


class FindsSome(FileIOManager):
    """Of several partitions one is enough."""

    def exists(self, ref):
        one = super().exists
        return one(ref) or any(one(replace(ref, partition=each)) for each in single(ref.partition))


def single(slices):
    for keys in itertools.product(*(part.keys for part in slices)):
        yield tuple(replace(part, keys=(key,)) for part, key in zip(slices, keys, strict=True))


class ForgetsWhose(FileIOManager):
    """Tells the last load of the asset, whichever partition it was of."""

    def committed(self, ref):
        return super().committed(ref.whole)
