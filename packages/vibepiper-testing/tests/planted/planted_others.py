"""Components of the other kinds with one defect each."""

import sqlite3
from dataclasses import dataclass

import pyarrow as pa
from pydantic import BaseModel, ConfigDict
from vibepiper import CheckResult, Component
from vibepiper.data import as_reader
from vibepiper.errors import DataError
from vibepiper.inputs import Rows
from vibepiper_files import ParquetFormat
from vibepiper_files.parquet import read_parquet, write_parquet


class WritesOver(ParquetFormat):
    """Writes to the file itself."""

    def write(self, table, path):
        return write_parquet(table, path)


class TakesRubbishForEmpty(ParquetFormat):
    def read(self, path):
        try:
            return read_parquet(path)
        except DataError:
            return pa.table({"n": pa.array([], pa.int64())}).to_reader()


class NoSettings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class NotNull:
    column: str
    validator: str
    severity: str = "error"

    @property
    def label(self):
        return f"not_null({self.column})"


class Sound(Component[NoSettings]):
    settings_model = NoSettings

    def evaluate(self, checks, data, context):
        table = as_reader(data).read_all()
        return [self.judge(check, table) for check in checks]

    def judge(self, check, table):
        if check.column not in table.column_names:
            return self.impossible(check)
        failed = table[check.column].null_count
        status = "failed" if failed else "passed"
        return CheckResult(check.label, status, check.severity, failed_rows=failed)

    def impossible(self, check):
        raise DataError(f"there is no column '{check.column}'")


class PassesTheImpossible(Sound):
    def impossible(self, check):
        return CheckResult(check.label, "passed")


class CountsWrong(Sound):
    def judge(self, check, table):
        result = super().judge(check, table)
        return CheckResult(check.label, result.status, failed_rows=result.failed_rows and 1)


class AnswersBackwards(Sound):
    def evaluate(self, checks, data, context):
        return super().evaluate(checks, data, context)[::-1]


class DropsEmptyRows(Rows):
    """For the annotation ``sqlite3:Row``, which nothing else serves."""

    def load(self, source):
        return Row(row for row in super().load(source) if any(v is not None for v in row.values()))


class Row(list):
    pass


sqlite3.Row = Row
