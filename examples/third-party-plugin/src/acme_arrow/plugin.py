"""What this plugin offers. Read whenever the command line starts, so it imports no library."""

from vibepiper import ComponentSpec, hookimpl


@hookimpl
def vibepiper_components() -> list[ComponentSpec]:
    return [
        ComponentSpec(
            kind="io_manager",
            name="acme-arrow",
            target="acme_arrow.io_manager:AcmeArrowIOManager",
            summary="Each asset as an Arrow file, published by a rename.",
            capabilities={"staging": "full", "durable": "full"},
        )
    ]
