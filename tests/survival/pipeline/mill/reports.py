"""What reads several stores at once."""

from __future__ import annotations

import pyarrow as pa
from vibepiper import asset

from mill.rounds import entered


def counted(**tables: pa.Table) -> pa.Table:
    names = list(tables)
    return pa.table({"name": names, "rows": [tables[name].num_rows for name in names]})


@asset(materialization="file", uri="out/orders.csv")
def orders_page(open_orders: pa.Table, duck_copy: pa.Table) -> pa.Table:
    entered("orders_page")
    return counted(open_orders=open_orders, duck_copy=duck_copy)


@asset(io_manager="postgres")
def changes_report(
    file_upsert: pa.Table, duck_upsert: pa.Table, pg_upsert: pa.Table, capitals: pa.Table
) -> pa.Table:
    entered("changes_report")
    return counted(file=file_upsert, duck=duck_upsert, pg=pg_upsert, capitals=capitals)


@asset(io_manager="warehouse")
def days_report(file_days: pa.Table, duck_days: pa.Table, pg_days: pa.Table) -> pa.Table:
    entered("days_report")
    return counted(file=file_days, duck=duck_days, pg=pg_days)


@asset
def all_of_it(orders_page: pa.Table, changes_report: pa.Table, days_report: pa.Table) -> pa.Table:
    entered("all_of_it")
    return pa.concat_tables([orders_page, changes_report, days_report])
