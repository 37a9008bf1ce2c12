"""Areas and post offices in memory."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from libs.bangladesh.geography import Postcode
from libs.contracts.catalogue import (
    Area,
    AreaKind,
    AreaPage,
    AreasQuery,
    PostOffice,
    PostOfficePage,
    PostOfficesQuery,
)
from libs.errors import Refused

_FILTERS: Final = ("geo_division", "district", "upazila")

Item = TypeVar("Item")
Located = tuple[Item, frozenset[str]]  # an item, and the codes of the areas that contain it


class AreaIndex:
    """Areas and post offices; immutable.

    Args:
        areas: all areas; the parent of an area is one of them.
        postcodes: one per post office.
    """

    def __init__(self, areas: Sequence[Area], postcodes: Sequence[Postcode]) -> None:
        self._areas = {area.code: area for area in areas}
        self._located = [(area, self._containing(area.parent)) for area in areas]
        upazilas = dict(_upazilas_by_name(areas))
        self._post_offices = [
            (_post_office(postcode), self._containing(_place_of(postcode, upazilas)))
            for postcode in postcodes
        ]

    def areas(self, kind: AreaKind, query: AreasQuery) -> AreaPage:
        """Return the areas of one kind that lie in all areas of a query.

        Raises:
            Refused: an area of the query does not exist.
        """
        of_kind = [located for located in self._located if located[0].kind == kind]
        found = self._inside(of_kind, query)
        return AreaPage(**_page(found, query))

    def post_offices(self, query: PostOfficesQuery) -> PostOfficePage:
        """Return the post offices that lie in all areas of a query and have its post code.

        Raises:
            Refused: an area of the query does not exist.
        """
        found = self._inside(self._post_offices, query)
        if query.post_code is not None:
            found = [office for office in found if office.post_code == query.post_code]
        return PostOfficePage(**_page(found, query))

    def _containing(self, code: str | None) -> frozenset[str]:
        codes = set[str]()
        while code is not None:
            codes.add(code)
            code = self._areas[code].parent
        return frozenset(codes)

    def _inside(self, items: Sequence[Located[Item]], query: AreasQuery) -> list[Item]:
        """Return the items that lie in all areas of a query.

        Raises:
            Refused: an area of the query does not exist.
        """
        filters = {kind: code for kind in _FILTERS if (code := getattr(query, kind)) is not None}
        for kind, code in filters.items():
            if code not in self._areas or self._areas[code].kind != kind:
                raise Refused("area_not_found", pointer=f"/{kind}")
        codes = set(filters.values())
        return [item for item, containing in items if codes <= containing]


def _upazilas_by_name(areas: Sequence[Area]) -> Iterator[tuple[tuple[str | None, str], str]]:
    """Yield `((district, name), code)` for every upazila and each of its names."""
    for area in areas:
        names = (area.other_name_bn, area.name.bn, area.other_name_en, area.name.en)
        if area.kind == "upazila":
            yield from (((area.parent, _plain(name)), area.code) for name in names if name)


def _place_of(postcode: Postcode, upazilas: Mapping[tuple[str | None, str], str]) -> str:
    """Return the code of the upazila that its thana is named like, or of its district."""
    for thana in (postcode.thana_en, postcode.thana_bn):
        code = upazilas.get((postcode.district_code, _plain(thana or "")))
        if code is not None:
            return code
    return postcode.district_code


def _plain(name: str) -> str:
    return re.sub(r"[\s'’.-]", "", name.casefold())


def _page(found: list[Item], query: AreasQuery) -> dict[str, Any]:
    first = query.after + query.offset
    end = first + query.limit
    return {
        "items": found[first:end],
        "total": len(found),
        "offset": first,
        "next": end if end < len(found) else None,
    }


def _post_office(postcode: Postcode) -> PostOffice:
    return PostOffice(
        post_code=postcode.postcode,
        district=postcode.district_code,
        thana_en=postcode.thana_en,
        thana_bn=postcode.thana_bn,
        office_en=postcode.office_en,
        office_bn=postcode.office_bn,
    )
