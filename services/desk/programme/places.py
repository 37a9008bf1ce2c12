"""Where people work: names of centres and offices, and choices of them by words."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from libs.bangladesh.geography import (
    areas_by_code,
    districts,
    geo_divisions,
    unions_by_id,
    upazilas,
)
from libs.contracts.centres import CentreDetails, CentreList
from libs.contracts.offices import OfficeList, OfficeView
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


async def read_office_names(
    gateway: Gateway, staff: Visit, office_ids: Iterable[str | None]
) -> Mapping[str, str]:
    """Return the names of offices in the language of the visit; of an unknown one, its id."""
    wanted = sorted({office_id for office_id in office_ids if office_id})
    names = await asyncio.gather(*(_office_name(gateway, staff, wanting) for wanting in wanted))
    return dict(zip(wanted, names, strict=True))


async def _office_name(gateway: Gateway, staff: Visit, office_id: str) -> str:
    path = path_of("/v1/offices/{id}", id=office_id)
    try:
        office = await gateway.read(staff, OfficeView, path, personal=True)
    except ApiProblem:
        return office_id
    return office.name.in_language(staff.language)


def by_name(places: Iterable[Any], staff: Visit) -> list[tuple[str, str]]:
    """Return codes and names of places, by name in the language of the visit."""
    name = "name_bn" if staff.language == "bn" else "name_en"
    return sorted(((place.code, getattr(place, name)) for place in places), key=itemgetter(1))


def district_of(area: str) -> str:
    """Return the code of the district of an area; empty if the area is larger, or none."""
    place, union = areas_by_code().get(area), unions_by_id().get(area)
    if union is not None:
        place = areas_by_code().get(union.upazila_code)
    own = [district.code for district in districts() if district.code == area]
    return place.district_code if place else next(iter(own), "")


def areas_of_office(district: str, now: str, staff: Visit) -> list[tuple[str, str]]:
    """Return the areas of a district for which an office can be: itself, its parts, its unions.

    The area that an office has now is among them, also a geo division.
    """
    is_bangla = staff.language == "bn"
    whole = [place for place in districts() if place.code == district]
    parts = [place for place in areas_by_code().values() if place.district_code == district]
    names = dict(
        by_name([upazila for upazila in upazilas() if upazila.district_code == district], staff)
    )
    unions = [
        (
            union.union_id,
            f"{names[union.upazila_code]}: {union.name_bn if is_bangla else union.name_en}",
        )
        for union in unions_by_id().values()
        if union.upazila_code in names
    ]
    found = [*by_name(whole, staff), *by_name(parts, staff), *sorted(unions, key=itemgetter(1))]
    if now and now not in dict(found):
        divisions = [division for division in geo_divisions() if division.code == now]
        found = [*by_name(divisions, staff), *found]
    return found
