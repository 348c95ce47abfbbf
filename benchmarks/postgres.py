"""PostgreSQL to Parquet and back, against the driver itself."""
