import pytest
from pydantic import ValidationError

from services.catalogue.settings import Settings


def test_the_pause_between_refreshes_is_positive() -> None:
    """Without a pause the database would be read without end."""
    with pytest.raises(ValidationError):
        Settings(refresh_s=0)
