"""Areas and post offices in memory, indexed by the areas that contain them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from libs.bangladesh.geography import Postcode
from libs.contracts import catalogue
from libs.contracts.catalogue import (
    AreaKind,
    AreaPage,
    AreasQuery,
    PostOffice,
    PostOfficePage,
    PostOfficesQuery,
)
from libs.contracts.language import Text
from libs.errors import Refused
from services.catalogue.areas.rules import Area

_FILTERS: Final[tuple[AreaKind, ...]] = ("geo_division", "district", "upazila")

Item = TypeVar("Item")


class AreaIndex:
    """Areas and post offices; immutable."""

    def __init__(self, areas: Sequence[Area], postcodes: Sequence[Postcode]) -> None:
        self._areas = {area.code: area for area in areas}
        self._areas_in: dict[tuple[AreaKind, str | None], list[Area]] = defaultdict(list)
        for area in areas:
            for code in (None, *self._containing(area.parent)):
                self._areas_in[area.kind, code].append(area)
        self._post_offices_in: dict[str | None, list[Postcode]] = defaultdict(list)
        for postcode in postcodes:
            for code in (None, *self._containing(postcode.district_code)):
                self._post_offices_in[code].append(postcode)

    def areas(self, kind: AreaKind, query: AreasQuery) -> AreaPage:
        """Return the areas of one kind that lie in all areas of a query.

        Raises:
            Refused: an area of the query does not exist.
        """
        found = _in_all([self._areas_in.get((kind, code), []) for code in self._codes(query)])
        items = [_area_view(area) for area in _page(found, query)]
        return AreaPage(items=items, total=len(found), offset=query.offset)

    def post_offices(self, query: PostOfficesQuery) -> PostOfficePage:
        """Return the post offices that lie in all areas of a query and have its post code.

        Raises:
            Refused: an area of the query does not exist.
        """
        found = _in_all([self._post_offices_in.get(code, []) for code in self._codes(query)])
        if query.post_code is not None:
            found = [office for office in found if office.postcode == query.post_code]
        items = [_post_office(office) for office in _page(found, query)]
        return PostOfficePage(items=items, total=len(found), offset=query.offset)

    def _containing(self, code: str | None) -> Iterator[str]:
        while code is not None:
            yield code
            code = self._areas[code].parent

    def _codes(self, query: AreasQuery) -> Sequence[str | None]:
        """Return the codes of a query's areas; None, which holds all, if there are none.

        Raises:
            Refused: there is no such area.
        """
        codes = {kind: code for kind in _FILTERS if (code := getattr(query, kind)) is not None}
        for kind, code in codes.items():
            area = self._areas.get(code)
            if area is None or area.kind != kind:
                raise Refused("area_not_found", pointer=f"/{kind}")
        return list(codes.values()) or [None]


def _in_all(lists: Sequence[Sequence[Item]]) -> Sequence[Item]:
    """Return the items that all lists contain, in the order of the shortest."""
    shortest, *others = sorted(lists, key=len)
    for other in others:
        other_items = set(other)
        shortest = [item for item in shortest if item in other_items]
    return shortest


def _page(found: Sequence[Item], query: AreasQuery) -> Sequence[Item]:
    return found[query.offset : query.offset + query.limit]


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
