import pytest

from libs.errors import Refused
from services.applications.domain.centres import SERVICE_CENTRES, check_service_centre


@pytest.mark.parametrize("service_centre_id", [None, "gulshan", "uttara", "nilkhet"])
def test_the_three_centres_of_the_pilot_and_none(service_centre_id: str | None) -> None:
    """A citizen applies alone or at one of three centres."""
    check_service_centre(service_centre_id)
    assert len(SERVICE_CENTRES) == 3


def test_another_centre_is_refused() -> None:
    """The field at fault is named."""
    with pytest.raises(Refused) as refusal:
        check_service_centre("Gulshan ")
    assert refusal.value.pointer == "/service_centre_id"
