"""Areas and post offices in memory, arranged by what lies in what."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from libs.bangladesh.geography import Postcode
from libs.contracts import catalogue
from libs.contracts.catalogue import AreaKind, AreaPage, PostOffice, PostOfficePage
from libs.contracts.language import Text
from libs.errors import Refused
from services.catalogue.areas import Area

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Within:
    """Which part of a list is wanted: what lies in all of these areas, and which page of it.

    Args:
        areas: kind and code of each area asked for.
        offset: how many items to pass over.
        limit: how many items to give.
    """

    areas: tuple[tuple[AreaKind, str], ...]
    offset: int
    limit: int


class Atlas:
    """Areas and post offices; never changed once made."""

    def __init__(self, areas: Sequence[Area], postcodes: Sequence[Postcode]) -> None:
        self._areas = {area.code: area for area in areas}
        self._inside: dict[tuple[AreaKind, str | None], list[Area]] = defaultdict(list)
        for area in areas:
            self._inside[area.kind, None].append(area)
            for around in self._around(area.parent):
                self._inside[area.kind, around].append(area)
        self._postcodes: dict[str | None, list[Postcode]] = defaultdict(list)
        for postcode in postcodes:
            self._postcodes[None].append(postcode)
            for around in self._around(postcode.district_code):
                self._postcodes[around].append(postcode)

    def areas(self, kind: AreaKind, within: Within) -> AreaPage:
        """Return areas of one kind.

        Raises:
            Refused: an area asked for does not exist.
        """
        self._check(within)
        found = _in_all([self._inside.get((kind, code), []) for code in _codes(within)])
        items = [_area_view(area) for area in _page(found, within)]
        return AreaPage(items=items, total=len(found), offset=within.offset)

    def post_offices(self, within: Within, post_code: str | None) -> PostOfficePage:
        """Return post offices, of one code where one is asked for.

        Raises:
            Refused: an area asked for does not exist.
        """
        self._check(within)
        found = _in_all([self._postcodes.get(code, []) for code in _codes(within)])
        if post_code is not None:
            found = [each for each in found if each.postcode == post_code]
        items = [_post_office(each) for each in _page(found, within)]
        return PostOfficePage(items=items, total=len(found), offset=within.offset)

    def _around(self, code: str | None) -> Iterator[str]:
        if code is not None:
            yield code
            yield from self._around(self._areas[code].parent)

    def _check(self, within: Within) -> None:
        for kind, code in within.areas:
            area = self._areas.get(code)
            if area is None or area.kind != kind:
                raise Refused("area_not_found", pointer=f"/{kind}")


def _codes(within: Within) -> Sequence[str | None]:
    return [code for _, code in within.areas] or [None]


def _in_all(lists: Sequence[Sequence[Item]]) -> Sequence[Item]:
    """Return what stands in every one of the lists, in the order of the shortest."""
    shortest, *others = sorted(lists, key=len)
    for other in others:
        kept = set(other)
        shortest = [each for each in shortest if each in kept]
    return shortest


def _page(found: Sequence[Item], within: Within) -> Sequence[Item]:
    return found[within.offset : within.offset + within.limit]


def _area_view(area: Area) -> catalogue.Area:
    return catalogue.Area(
        code=area.code,
        kind=area.kind,
        parent=area.parent,
        name=Text(bn=area.name_bn, en=area.name_en),
        other_name_bn=area.alt_bn,
        other_name_en=area.alt_en,
        latitude=area.latitude,
        longitude=area.longitude,
        ward_count=area.ward_count,
    )


def _post_office(postcode: Postcode) -> PostOffice:
    return PostOffice(
        post_code=postcode.postcode,
        district=postcode.district_code,
        thana_en=postcode.thana_en,
        thana_bn=postcode.thana_bn,
        office_en=postcode.office_en,
        office_bn=postcode.office_bn,
    )
