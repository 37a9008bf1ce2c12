"""Areas of five kinds in one shape: what they are called and what lies in what."""

from collections.abc import Iterator
from dataclasses import dataclass

from libs.bangladesh import geography
from libs.contracts.catalogue import AreaKind


@dataclass(frozen=True, slots=True)
class Area:
    """A geo division, district, upazila, city corporation or union.

    `parent` is the code of the area around it; only a geo division has none.
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
    """Return the 5,105 areas of the reference, each after the one around it."""
    return [*_geo_divisions(), *_districts(), *_upazilas(), *_city_corporations(), *_unions()]


def _geo_divisions() -> Iterator[Area]:
    for each in geography.geo_divisions():
        yield Area(
            code=each.code,
            kind="geo_division",
            parent=None,
            name_bn=each.name_bn,
            name_en=each.name_en,
            alt_en=each.alt_en,
            latitude=each.lat,
            longitude=each.lon,
        )


def _districts() -> Iterator[Area]:
    for each in geography.districts():
        yield Area(
            code=each.code,
            kind="district",
            parent=each.geo_division_code,
            name_bn=each.name_bn,
            name_en=each.name_en,
            alt_en=each.alt_en,
            latitude=each.lat,
            longitude=each.lon,
        )


def _upazilas() -> Iterator[Area]:
    for each in geography.upazilas():
        yield Area(
            code=each.code,
            kind="upazila",
            parent=each.district_code,
            name_bn=each.name_bn,
            name_en=each.name_en,
            alt_bn=each.alt_bn,
            alt_en=each.alt_en,
            latitude=each.lat,
            longitude=each.lon,
        )


def _city_corporations() -> Iterator[Area]:
    for each in geography.city_corporations():
        yield Area(
            code=each.code,
            kind="city_corporation",
            parent=each.district_code,
            name_bn=each.name_bn,
            name_en=each.name_en,
            latitude=each.lat,
            longitude=each.lon,
            ward_count=each.ward_count,
        )


def _unions() -> Iterator[Area]:
    for each in geography.unions():
        yield Area(
            code=each.union_id,
            kind="union",
            parent=each.upazila_code,
            name_bn=each.name_bn,
            name_en=each.name_en,
        )
