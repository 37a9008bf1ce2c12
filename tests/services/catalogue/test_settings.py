import pytest
from pydantic import ValidationError

from services.catalogue.settings import Settings


def test_the_refresh_interval_is_positive() -> None:
    """A refresh interval of zero is refused."""
    with pytest.raises(ValidationError):
        Settings(refresh_s=0)
