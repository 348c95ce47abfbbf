"""The exit codes of ``vibepiper``, on which scripts may rely."""

__all__ = ["CANCELLED", "CHECKS_FAILED", "FAILED", "OK", "REFUSED"]

OK = 0
"""Everything asked for was done."""

FAILED = 1
"""A run went ahead and at least one step failed for another reason than its checks."""

REFUSED = 2
"""Wrong usage, configuration, definition, selection or plan: nothing was run or changed."""

CHECKS_FAILED = 3
"""A run went ahead, and every step that failed did so because its data broke a check."""

CANCELLED = 130
"""The run was cancelled (Ctrl-C)."""
