"""The areas of the reference data, of five kinds."""

from libs.bangladesh import geography
from libs.contracts.catalogue import Area, AreaKind
from libs.contracts.language import Text

_Place = geography.GeoDivision | geography.District | geography.Upazila | geography.CityCorporation


def reference_areas() -> list[Area]:
    """Return the 5,105 areas of the reference; an area follows its parent."""
    return [
        *(_area("geo_division", place, None) for place in geography.geo_divisions()),
        *(_area("district", place, place.geo_division_code) for place in geography.districts()),
        *(_area("upazila", place, place.district_code) for place in geography.upazilas()),
        *(
            _area("city_corporation", place, place.district_code)
            for place in geography.city_corporations()
        ),
        *(_union(place) for place in geography.unions()),
    ]


def _area(kind: AreaKind, place: _Place, parent: str | None) -> Area:
    return Area(
        code=place.code,
        kind=kind,
        parent=parent,
        name=Text(bn=place.name_bn, en=place.name_en),
        other_name_bn=getattr(place, "alt_bn", None),
        other_name_en=getattr(place, "alt_en", None),
        latitude=place.lat,
        longitude=place.lon,
        ward_count=getattr(place, "ward_count", None),
    )


def _union(place: geography.Union) -> Area:
    return Area(
        code=place.union_id,
        kind="union",
        parent=place.upazila_code,
        name=Text(bn=place.name_bn, en=place.name_en),
    )
