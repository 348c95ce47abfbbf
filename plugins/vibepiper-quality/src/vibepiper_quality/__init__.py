"""What a table is like, told where it lies: profiles, proposed contracts, anomalies, drift.

Names are imported on first use, so that finding the plugin costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vibepiper.lazy import lazy_attributes

if TYPE_CHECKING:
    from vibepiper_quality.contract import propose_contract as propose_contract
    from vibepiper_quality.drift import ColumnDrift as ColumnDrift
    from vibepiper_quality.drift import Drift as Drift
    from vibepiper_quality.drift import DriftTest as DriftTest
    from vibepiper_quality.drift import find_drift as find_drift
    from vibepiper_quality.isolation import IsolatedRows as IsolatedRows
    from vibepiper_quality.isolation import find_isolated_rows as find_isolated_rows
    from vibepiper_quality.limits import Limits as Limits
    from vibepiper_quality.metrics import Metric as Metric
    from vibepiper_quality.metrics import MetricAnomaly as MetricAnomaly
    from vibepiper_quality.metrics import Point as Point
    from vibepiper_quality.metrics import find_metric_anomalies as find_metric_anomalies
    from vibepiper_quality.metrics import metrics_of as metrics_of
    from vibepiper_quality.parts import Part as Part
    from vibepiper_quality.parts import find_drift_by as find_drift_by
    from vibepiper_quality.profile import Bin as Bin
    from vibepiper_quality.profile import ColumnProfile as ColumnProfile
    from vibepiper_quality.profile import Correlation as Correlation
    from vibepiper_quality.profile import Dependency as Dependency
    from vibepiper_quality.profile import Frequent as Frequent
    from vibepiper_quality.profile import Lengths as Lengths
    from vibepiper_quality.profile import Profile as Profile
    from vibepiper_quality.profiling import profile_table as profile_table
    from vibepiper_quality.row_anomalies import RowAnomalies as RowAnomalies
    from vibepiper_quality.row_anomalies import find_row_anomalies as find_row_anomalies
    from vibepiper_quality.scores import DimensionScore as DimensionScore
    from vibepiper_quality.scores import QualityScore as QualityScore
    from vibepiper_quality.scores import score_history as score_history
    from vibepiper_quality.series import SeriesAnomaly as SeriesAnomaly
    from vibepiper_quality.series import find_series_anomalies as find_series_anomalies

_HOME = {
    "Bin": "profile",
    "ColumnDrift": "drift",
    "ColumnProfile": "profile",
    "Correlation": "profile",
    "Dependency": "profile",
    "DimensionScore": "scores",
    "Drift": "drift",
    "DriftTest": "drift",
    "Frequent": "profile",
    "IsolatedRows": "isolation",
    "Lengths": "profile",
    "Limits": "limits",
    "Metric": "metrics",
    "MetricAnomaly": "metrics",
    "Part": "parts",
    "Point": "metrics",
    "Profile": "profile",
    "QualityScore": "scores",
    "RowAnomalies": "row_anomalies",
    "SeriesAnomaly": "series",
    "find_drift": "drift",
    "find_drift_by": "parts",
    "find_isolated_rows": "isolation",
    "find_metric_anomalies": "metrics",
    "find_row_anomalies": "row_anomalies",
    "find_series_anomalies": "series",
    "metrics_of": "metrics",
    "profile_table": "profiling",
    "propose_contract": "contract",
    "score_history": "scores",
}

__all__ = [
    "Bin",
    "ColumnDrift",
    "ColumnProfile",
    "Correlation",
    "Dependency",
    "DimensionScore",
    "Drift",
    "DriftTest",
    "Frequent",
    "IsolatedRows",
    "Lengths",
    "Limits",
    "Metric",
    "MetricAnomaly",
    "Part",
    "Point",
    "Profile",
    "QualityScore",
    "RowAnomalies",
    "SeriesAnomaly",
    "find_drift",
    "find_drift_by",
    "find_isolated_rows",
    "find_metric_anomalies",
    "find_row_anomalies",
    "find_series_anomalies",
    "metrics_of",
    "profile_table",
    "propose_contract",
    "score_history",
]


__getattr__ = lazy_attributes(__name__, _HOME)
