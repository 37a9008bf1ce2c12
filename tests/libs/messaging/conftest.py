import pytest

from libs.telemetry.logging import configure


@pytest.fixture(autouse=True)
def quiet() -> None:
    """Log as a service does; structlog's default tracebacks take seconds."""
    configure("tests", "CRITICAL")
