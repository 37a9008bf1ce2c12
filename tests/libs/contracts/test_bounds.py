"""What comes over HTTP keeps the limits of the events that are made of it."""

import pytest
from pydantic import ValidationError

from libs.contracts.applications import CorrectApplication, SubmitApplication


@pytest.mark.parametrize("value", [-(10**30), 1e300, {"deep": [10**19]}])
def test_numbers_that_an_event_refuses_are_refused_over_http(value: object) -> None:
    """A form with such a number is an error of the request, at its field."""
    with pytest.raises(ValidationError, match="too many digits"):
        SubmitApplication(public_service_id="S001", form={"land": value})
    with pytest.raises(ValidationError, match="too many digits"):
        CorrectApplication(form={"land": value})
