"""The settings with the addresses of the services that the gateway calls."""

from collections.abc import Sequence

from services.registry import ServiceEntry

_FIRST_PORT = 8101


def gateway_addresses(registry: Sequence[ServiceEntry]) -> list[str]:
    """Return a setting for each service that the gateway calls, as lines of its `settings.py`."""
    (gateway,) = (entry for entry in registry if entry.name == "gateway")
    return [
        f'    {name}_url: str = Field("http://127.0.0.1:{port}", description="Base URL")'
        for port, name in enumerate(gateway.calls, _FIRST_PORT)
    ]
