"""VibePiper measured beside its limits and peers, in one run. ``python -m benchmarks --help``."""
