"""Declares what is planted, as a plugin does."""

import planted_databases
import planted_executors
import planted_others
import planted_packs
import planted_stores
from vibepiper import hookimpl


@hookimpl
def vibepiper_components():
    return [
        *planted_stores.specs(),
        *planted_others.specs(),
        *planted_executors.specs(),
        *planted_databases.specs(),
        *planted_packs.specs(),
    ]
