"""Which services the home page names first."""

from libs.contracts.catalogue import ServicesQuery
from services.portal.search.rules import OFTEN_NEEDED, often_needed
from tests.libs.pages.scenes import index


def test_six_services_come_first_and_none_that_is_closed() -> None:
    """In the order in which the project chose them."""
    services = index().list_services(ServicesQuery()).items
    shown = [service.public_service_id for service, _ in often_needed(services)]
    assert shown == list(OFTEN_NEEDED)
    assert len(shown) == 6
    closed = [
        service.model_copy(update={"open": service.public_service_id != shown[0]})
        for service in services
    ]
    assert [service.public_service_id for service, _ in often_needed(closed)] == shown[1:]
