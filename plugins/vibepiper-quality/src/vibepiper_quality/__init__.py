"""What a table is like, told where it lies: profiles, proposed contracts, anomalies, drift.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_quality.contract import propose_contract as propose_contract
    from vibepiper_quality.profile import Bin as Bin
    from vibepiper_quality.profile import ColumnProfile as ColumnProfile
    from vibepiper_quality.profile import Correlation as Correlation
    from vibepiper_quality.profile import Dependency as Dependency
    from vibepiper_quality.profile import Frequent as Frequent
    from vibepiper_quality.profile import Lengths as Lengths
    from vibepiper_quality.profile import Profile as Profile
    from vibepiper_quality.profiling import profile_table as profile_table

_HOME = {
    "Bin": "profile",
    "ColumnProfile": "profile",
    "Correlation": "profile",
    "Dependency": "profile",
    "Frequent": "profile",
    "Lengths": "profile",
    "Profile": "profile",
    "profile_table": "profiling",
    "propose_contract": "contract",
}

__all__ = [
    "Bin",
    "ColumnProfile",
    "Correlation",
    "Dependency",
    "Frequent",
    "Lengths",
    "Profile",
    "profile_table",
    "propose_contract",
]


__getattr__ = lazy_attributes(__name__, _HOME)
