import pytest
from pydantic import ValidationError

from services.applications.settings import Settings


def test_every_knob_is_described_and_has_a_default() -> None:
    """An operator reads what a knob does, with its unit in its name."""
    fields = Settings.model_fields
    assert all(field.description for field in fields.values())
    assert Settings().overdue_limit == 500


@pytest.mark.parametrize("knob", ["group_limit", "catalogue_refresh_s", "answers_kept_days"])
def test_a_knob_that_would_stop_the_service_is_turned_back(knob: str) -> None:
    """Zero is refused at the start, not found out at night."""
    with pytest.raises(ValidationError):
        Settings.model_validate({knob: 0})
