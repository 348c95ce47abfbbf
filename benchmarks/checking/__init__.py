"""22 checks over 10 million rows: the data, and each side as a program of its own.

A side is run as ``python -m benchmarks.checking.SIDE ORDERS PRODUCTS good|bad`` (the peers by
their file, in an environment of theirs) and prints what `report` does.
"""
