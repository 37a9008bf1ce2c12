"""Where people work: names of centres and offices, and choices of them by words."""

from collections.abc import Sequence

from libs.contracts.centres import CentreDetails, CentreList
from libs.contracts.offices import OfficeList
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.visits import Visit

Choices = Sequence[tuple[str, str]]
"""Ids, with names in the language of the visit."""


async def read_centre_name(gateway: Gateway, staff: Visit, centre_id: str) -> str | None:
    """Return the name of a centre in the language of the visit; None if there is none."""
    path = path_of("/v1/centres/{id}", id=centre_id)
    try:
        centre = await gateway.read(staff, CentreDetails, path, personal=True)
    except ApiProblem:
        return None
    return centre.name.in_language(staff.language)


async def find_centres(
    gateway: Gateway, staff: Visit, words: str | None, centre_id: str | None
) -> tuple[Choices, bool]:
    """Return the first centres with these words, or the one with an id; and whether more follow."""
    if centre_id:
        name = await read_centre_name(gateway, staff, centre_id)
        return ([(centre_id, name)] if name else []), True
    page = await gateway.read(staff, CentreList, "/v1/centres", {"q": words})
    language = staff.language
    choices = [
        (centre.service_centre_id, centre.name.in_language(language)) for centre in page.items
    ]
    return choices, page.next is not None


async def find_offices(gateway: Gateway, staff: Visit, words: str | None) -> tuple[Choices, bool]:
    """Return the first offices with these words that are open, and whether more follow."""
    page = await gateway.read(staff, OfficeList, "/v1/offices", {"q": words}, personal=True)
    language = staff.language
    choices = [
        (office.office_id, office.name.in_language(language))
        for office in page.items
        if office.state == "running"
    ]
    return choices, page.next is not None
