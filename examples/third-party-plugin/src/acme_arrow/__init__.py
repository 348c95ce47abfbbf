"""An IO manager that keeps each asset as an Arrow file."""

__all__: list[str] = []
