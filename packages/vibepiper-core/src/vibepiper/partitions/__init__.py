"""Partitions of an asset: how they are declared, named, counted and mapped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper.partitions.declarations import cron as cron
    from vibepiper.partitions.declarations import daily as daily
    from vibepiper.partitions.declarations import dynamic as dynamic
    from vibepiper.partitions.declarations import hourly as hourly
    from vibepiper.partitions.declarations import monthly as monthly
    from vibepiper.partitions.declarations import product as product
    from vibepiper.partitions.declarations import static as static
    from vibepiper.partitions.declarations import weekly as weekly
    from vibepiper.partitions.definition import Partitions as Partitions
    from vibepiper.partitions.mapping import PartitionMapping as PartitionMapping
    from vibepiper.partitions.mappings import AllPartitions as AllPartitions
    from vibepiper.partitions.mappings import LastPartition as LastPartition
    from vibepiper.partitions.mappings import as_mapping as as_mapping
    from vibepiper.partitions.mappings import default_mapping as default_mapping
    from vibepiper.partitions.mappings_along import Overlapping as Overlapping
    from vibepiper.partitions.mappings_along import SamePartition as SamePartition
    from vibepiper.partitions.mappings_along import Window as Window
    from vibepiper.partitions.partition_key import PartitionKey as PartitionKey
    from vibepiper.partitions.partition_set import PartitionSet as PartitionSet
    from vibepiper.partitions.span import WHOLE as WHOLE
    from vibepiper.partitions.span import Span as Span
    from vibepiper.partitions.uri_check import check_uri as check_uri

_HOME = {
    "WHOLE": "span",
    "AllPartitions": "mappings",
    "LastPartition": "mappings",
    "Overlapping": "mappings_along",
    "PartitionKey": "partition_key",
    "PartitionMapping": "mapping",
    "PartitionSet": "partition_set",
    "Partitions": "definition",
    "SamePartition": "mappings_along",
    "Span": "span",
    "Window": "mappings_along",
    "as_mapping": "mappings",
    "check_uri": "uri_check",
    "cron": "declarations",
    "daily": "declarations",
    "default_mapping": "mappings",
    "dynamic": "declarations",
    "hourly": "declarations",
    "monthly": "declarations",
    "product": "declarations",
    "static": "declarations",
    "weekly": "declarations",
}

__all__ = [
    "WHOLE",
    "AllPartitions",
    "LastPartition",
    "Overlapping",
    "PartitionKey",
    "PartitionMapping",
    "PartitionSet",
    "Partitions",
    "SamePartition",
    "Span",
    "Window",
    "as_mapping",
    "check_uri",
    "cron",
    "daily",
    "default_mapping",
    "dynamic",
    "hourly",
    "monthly",
    "product",
    "static",
    "weekly",
]

__getattr__ = lazy_attributes(__name__, _HOME)
