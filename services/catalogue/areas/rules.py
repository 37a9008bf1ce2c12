"""Areas: one shape for five kinds."""

from dataclasses import dataclass

from libs.bangladesh import geography
from libs.contracts.catalogue import AreaKind

_Place = geography.GeoDivision | geography.District | geography.Upazila | geography.CityCorporation


@dataclass(frozen=True, slots=True)
class Area:
    """A geo division, district, upazila, city corporation or union.

    `parent` is the code of the area that contains it; None for a geo division.
    """

    code: str
    kind: AreaKind
    parent: str | None
    name_bn: str
    name_en: str
    alt_bn: str | None = None
    alt_en: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    ward_count: int | None = None


def reference_areas() -> list[Area]:
    """Return the 5,105 areas of the reference, an area after its parent."""
    return [
        *(_area("geo_division", place, None) for place in geography.geo_divisions()),
        *(_area("district", place, place.geo_division_code) for place in geography.districts()),
        *(_area("upazila", place, place.district_code) for place in geography.upazilas()),
        *(
            _area("city_corporation", place, place.district_code)
            for place in geography.city_corporations()
        ),
        *(
            Area(place.union_id, "union", place.upazila_code, place.name_bn, place.name_en)
            for place in geography.unions()
        ),
    ]


def _area(kind: AreaKind, place: _Place, parent: str | None) -> Area:
    return Area(
        code=place.code,
        kind=kind,
        parent=parent,
        name_bn=place.name_bn,
        name_en=place.name_en,
        alt_bn=getattr(place, "alt_bn", None),
        alt_en=getattr(place, "alt_en", None),
        latitude=place.lat,
        longitude=place.lon,
        ward_count=getattr(place, "ward_count", None),
    )
