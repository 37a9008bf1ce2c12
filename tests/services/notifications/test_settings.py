"""The service does not start with a secret that anybody could guess."""

import pytest
from pydantic import ValidationError

from services.notifications.settings import Settings

SECRET = "long enough to be a secret"


def test_without_a_secret_nothing_starts() -> None:
    """Anybody could report messages as delivered otherwise."""
    for given in ({}, {"sms_secret": ""}, {"sms_secret": "short"}):
        with pytest.raises(ValidationError):
            Settings.model_validate(given)


def test_the_secret_is_not_written_out() -> None:
    """Settings may be logged at the start."""
    assert SECRET not in repr(Settings.model_validate({"sms_secret": SECRET}))
