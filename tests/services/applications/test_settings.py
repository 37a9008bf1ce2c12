import pytest
from pydantic import ValidationError

from services.applications.settings import Settings


def test_every_setting_is_described_and_has_a_default() -> None:
    """An operator reads what a setting does, with its unit in its name."""
    fields = Settings.model_fields
    assert all(field.description for field in fields.values())
    assert Settings().overdue_limit == 500


@pytest.mark.parametrize("setting", ["group_limit", "catalogue_refresh_s", "responses_kept_days"])
def test_zero_is_refused(setting: str) -> None:
    """A setting that would stop the service is refused at the start."""
    with pytest.raises(ValidationError):
        Settings.model_validate({setting: 0})
