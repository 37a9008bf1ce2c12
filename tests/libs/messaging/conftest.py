import pytest

from libs.telemetry.logging import configure


@pytest.fixture(scope="package", autouse=True)
def quiet() -> None:
    """Log as a service does: the pretty tracebacks of the default take seconds each."""
    configure("tests", "CRITICAL")
