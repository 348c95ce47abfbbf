"""``python -m benchmarks [NAME ...]``: prints medians and ratios, the first side being 1."""

from __future__ import annotations

import argparse
import importlib

NAMES = (
    "startup",
    "overhead",
    "builder",
    "lineage",
    "tpch",
    "placement",
    "checks",
    "profile",
    "csv",
    "postgres",
    "upsert",
    "memory",
    "state",
    "partitions",
    "million",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    chosen = parser.parse_args().names or NAMES
    if unknown := set(chosen) - set(NAMES):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    for name in chosen:
        for measure in importlib.import_module(f"benchmarks.{name}").measure():
            print("\n".join(measure.lines()), flush=True)


main()
