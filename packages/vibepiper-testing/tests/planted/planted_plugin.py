"""Declares what is planted, as a plugin does: it imports none of it, for every process that asks
for one component reads it."""

from vibepiper import ComponentSpec, hookimpl

MEMORY = {"staging": "full", "objects": "full"}
FILES = {
    "places": "full",
    "staging": "full",
    "objects": "partial",
    "durable": "full",
    "query": "full",
}
CHANGES = dict.fromkeys(("staging", "apply", "append", "upsert", "delete_insert", "scd2"), "full")
PARTITIONS = {"apply": "full", "partitions": "full"}

NOT_IN_PARQUET = frozenset({"interval", "run_end", "union"})

STORES = {
    "SoundMemory": MEMORY,
    "SoundFiles": {**FILES, **PARTITIONS},
    "DropsNulls": MEMORY,
    "LosesTimeZones": MEMORY,
    "ReadsOneBatch": MEMORY,
    "KeepsHalf": MEMORY,
    "SharesKeys": MEMORY,
    "StagesInTheOpen": MEMORY,
    "ForgetsDiscards": MEMORY,
    "PublishesOnce": MEMORY,
    "LetsOldLoadsReturn": MEMORY,
    "RaisesKeyError": MEMORY,
    "HidesItsStaging": {"objects": "full"},
    "HasNoRelation": {**MEMORY, "query": "full"},
    "TakesObjectsUndeclared": {"staging": "full"},
    "TakesAnySetting": MEMORY,
    "ShowsItsPassword": MEMORY,
    "WritesInPlace": FILES,
    "RemovesLivingLoads": FILES,
    "LeavesLitter": FILES,
    "CachesForever": FILES,
}
CHANGING = ("KeepsTheDeleted", "TakesTheLate", "ClosesNothing", "AppendsOnly", "AppliesAgain")
PARTITIONED = ("FindsSome", "ForgetsWhose")
VALIDATORS = ("Sound", "PassesTheImpossible", "CountsWrong", "AnswersBackwards")
EXECUTORS = (
    "AsksNobody",
    "LosesLogs",
    "RunsOneByOne",
    "RunsAllAtOnce",
    "LeavesThreads",
    "RaisesFailures",
    "WorksOnce",
)
DATABASES = (
    "SoundDatabase",
    "CountsNoRows",
    "ReplacesOnCreate",
    "AddsOnReplace",
    "CommitsFailures",
    "PastesParameters",
    "DeliversOneBatch",
    "HasEverySchema",
    "TellsNothingOfBadSql",
    "ClosesOnce",
)
PACKS = (
    "SoundChecks",
    "FailsTheLimit",
    "PassesTooMuch",
    "CountsNullsAsFailing",
    "ComparesNothing",
    "TakesAnyOption",
    "ForgetsToVerify",
    "KeepsLists",
    "CanBeChanged",
    "ExpectsNothing",
    "PassesWithoutItsColumn",
    "AsksAnything",
    "SharesItsLimit",
    "PassesEveryOther",
    "TellsDecimals",
    "NamesTwoAlike",
    "LeavesOneUntried",
    "SaysNothing",
)
FORMATS = ("WritesOver", "TakesRubbishForEmpty")
BOTH = {"read": "full", "write": "full"}


@hookimpl
def vibepiper_components():
    return [
        *(spec("io_manager", "planted_stores", name, can) for name, can in STORES.items()),
        *(spec("io_manager", "planted_stores", name, CHANGES) for name in CHANGING),
        *(spec("io_manager", "planted_stores", name, PARTITIONS) for name in PARTITIONED),
        *(spec("file_format", "planted_others", name, BOTH) for name in FORMATS),
        *(spec("validator", "planted_others", name) for name in VALIDATORS),
        *(spec("database", "planted_databases", name) for name in DATABASES),
        *(spec("expectation_pack", "planted_packs", name) for name in PACKS),
        *(
            spec("executor", "planted_executors", name, {"same_process": "full"})
            for name in EXECUTORS
        ),
        ComponentSpec("input", "sqlite3:Row", "planted_others:DropsEmptyRows", "Planted."),
    ]


def spec(kind, module, name, capabilities=None):
    return ComponentSpec(kind, name, f"{module}:{name}", "Planted.", capabilities or {})
