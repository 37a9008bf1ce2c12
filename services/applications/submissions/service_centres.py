"""The service centres (নাগরিক সেবা কেন্দ্র) of the pilot, where people without a device apply."""

from collections.abc import Mapping
from types import MappingProxyType

from libs.contracts.language import Text
from libs.errors import Refused

SERVICE_CENTRES: Mapping[str, Text] = MappingProxyType(
    {
        "gulshan": Text(bn="গুলশান নাগরিক সেবা কেন্দ্র", en="Gulshan citizen service centre"),
        "uttara": Text(bn="উত্তরা নাগরিক সেবা কেন্দ্র", en="Uttara citizen service centre"),
        "nilkhet": Text(bn="নীলক্ষেত নাগরিক সেবা কেন্দ্র", en="Nilkhet citizen service centre"),
    }
)


def check_service_centre(service_centre_id: str | None) -> None:
    """Accept a centre of the pilot, or none for a citizen who applies alone.

    Raises:
        Refused: there is no such centre.
    """
    if service_centre_id is not None and service_centre_id not in SERVICE_CENTRES:
        raise Refused("service_centre_unknown", pointer="/service_centre_id")
