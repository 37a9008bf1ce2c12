"""Areas and post offices in memory, indexed by the areas that contain them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from libs.bangladesh.geography import Postcode
from libs.contracts import catalogue
from libs.contracts.catalogue import AreaKind, AreaPage, PostOffice, PostOfficePage
from libs.contracts.language import Text
from libs.errors import Refused
from services.catalogue.areas.rules import Area, AreaFilter

Item = TypeVar("Item")


class AreaIndex:
    """Areas and post offices; immutable."""

    def __init__(self, areas: Sequence[Area], postcodes: Sequence[Postcode]) -> None:
        self._areas = {area.code: area for area in areas}
        self._areas_in: dict[tuple[AreaKind, str | None], list[Area]] = defaultdict(list)
        for area in areas:
            self._areas_in[area.kind, None].append(area)
            for code in self._containing(area.parent):
                self._areas_in[area.kind, code].append(area)
        self._post_offices_in: dict[str | None, list[Postcode]] = defaultdict(list)
        for postcode in postcodes:
            self._post_offices_in[None].append(postcode)
            for code in self._containing(postcode.district_code):
                self._post_offices_in[code].append(postcode)

    def areas(self, kind: AreaKind, wanted: AreaFilter) -> AreaPage:
        """Return the areas of one kind that match a filter.

        Raises:
            Refused: an area of the filter does not exist.
        """
        self._check(wanted)
        found = _in_all([self._areas_in.get((kind, code), []) for code in _codes(wanted)])
        items = [_area_view(area) for area in _page(found, wanted)]
        return AreaPage(items=items, total=len(found), offset=wanted.offset)

    def post_offices(self, wanted: AreaFilter, post_code: str | None) -> PostOfficePage:
        """Return the post offices that match a filter, and a post code if one is given.

        Raises:
            Refused: an area of the filter does not exist.
        """
        self._check(wanted)
        found = _in_all([self._post_offices_in.get(code, []) for code in _codes(wanted)])
        if post_code is not None:
            found = [office for office in found if office.postcode == post_code]
        items = [_post_office(office) for office in _page(found, wanted)]
        return PostOfficePage(items=items, total=len(found), offset=wanted.offset)

    def _containing(self, code: str | None) -> Iterator[str]:
        if code is not None:
            yield code
            yield from self._containing(self._areas[code].parent)

    def _check(self, wanted: AreaFilter) -> None:
        for kind, code in wanted.inside:
            area = self._areas.get(code)
            if area is None or area.kind != kind:
                raise Refused("area_not_found", pointer=f"/{kind}")


def _codes(wanted: AreaFilter) -> Sequence[str | None]:
    return [code for _, code in wanted.inside] or [None]  # None holds all


def _in_all(lists: Sequence[Sequence[Item]]) -> Sequence[Item]:
    """Return the items that all lists contain, in the order of the shortest."""
    shortest, *others = sorted(lists, key=len)
    for other in others:
        other_items = set(other)
        shortest = [item for item in shortest if item in other_items]
    return shortest


def _page(found: Sequence[Item], wanted: AreaFilter) -> Sequence[Item]:
    return found[wanted.offset : wanted.offset + wanted.limit]


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
