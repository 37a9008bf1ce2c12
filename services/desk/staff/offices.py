"""The names of offices, for pages that have their ids."""

from collections.abc import Collection, Mapping
from typing import Final

from libs.contracts.language import Text
from libs.contracts.offices import OfficeNames
from libs.errors import Unavailable
from libs.pages.gateway import ApiProblem, Gateway
from libs.pages.visits import Visit

_MOST_IDS: Final = 7_000


async def names_of_offices(
    gateway: Gateway, staff: Visit, office_ids: Collection[str]
) -> Mapping[str, Text]:
    """Return the names of offices; none where they are not known now: pages show the ids then."""
    if not office_ids:
        return {}
    query = {"ids": ",".join(sorted(office_ids))[:_MOST_IDS]}
    try:
        found = await gateway.read(staff, OfficeNames, "/v1/office-names", query, personal=True)
    except (ApiProblem, Unavailable):
        return {}
    return found.names
