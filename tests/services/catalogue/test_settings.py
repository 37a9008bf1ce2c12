"""The catalogue's own knobs."""

import pytest
from pydantic import ValidationError

from services.catalogue.settings import Settings


def test_a_change_is_looked_for_at_least_now_and_then() -> None:
    """No pause would keep the database busy for nothing."""
    with pytest.raises(ValidationError):
        Settings(refresh_s=0)


def test_the_knobs_have_the_services_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    """CATALOGUE_ names what differs from other services."""
    monkeypatch.setenv("CATALOGUE_CACHE_S", "5")
    assert Settings().cache_s == 5
