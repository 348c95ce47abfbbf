"""The page of an asset's quality tells what it is given, escaped, and nothing that is masked."""

from __future__ import annotations

import datetime

import pyarrow as pa
from vibepiper.state.records import CheckRecord
from vibepiper_quality import find_drift_by, metrics_of, profile_table, score_history
from vibepiper_quality.quality_page import AssetQuality, quality_page

DAY = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
TABLE = pa.table(
    {
        "month": [n // 100 for n in range(300)],
        "amount": [float(n % 100 + 500 * (n >= 200)) for n in range(300)],
        "<i>": ["<script>"] * 300,
        "secret": [424242.0 + n for n in range(300)],
    }
)


def record(run: int, check: str, failed: int | None, value: float | None = None) -> CheckRecord:
    at = DAY + datetime.timedelta(days=run)
    rows = None if failed is None else 100
    status = "failed" if failed else "passed"
    expected = None if failed else "any"
    return CheckRecord(
        f"r{run}", at, "a", "", check, status, "warn", None, rows, failed, expected, None, value,
        None,
    )  # fmt: skip


def page() -> str:
    checks = [
        record(run, check, failed, value)
        for run in (2, 1)
        for check, failed, value in (
            ("column_values_not_null(amount)", 10 * run, None),
            ("observed_mean(amount)", None, run * 1.5),
        )
    ]
    masked = ["secret"]
    profile, parts = profile_table(TABLE, masked=masked), find_drift_by(TABLE, "month")
    scores, metrics = score_history(checks), metrics_of([], checks)
    return quality_page(
        "Quality", [AssetQuality("a", profile, scores, metrics, "month", parts, masked)]
    )


def test_scores_metrics_and_drift_are_told() -> None:
    text = page()
    assert "completeness<td class=n>80.0%" in text
    assert "<code>mean(amount)</code><td class=n>3<td><svg" in text
    assert "1.5 to 3 in 2 runs" in text
    assert "Population stability index from each month to the next" in text
    amounts = text.split("<tr><td>amount")[1].split("</tr>")[0]
    assert amounts.count("<td class=drift") == 2
    assert ">0.00" in amounts
    assert "49.5 to 549.5 in 3 parts" in amounts


def test_a_page_escapes_loads_nothing_and_keeps_secrets() -> None:
    text = page()
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not any(part in text for part in ("http", "src=", "424,", "4242"))


def test_of_an_asset_without_history_there_is_its_profile() -> None:
    text = quality_page("Quality", [AssetQuality("a", profile_table(TABLE))])
    assert [part in text for part in ("Scores", "Metrics", "Drift by", "histogram")] == [
        False, False, False, True,
    ]  # fmt: skip
