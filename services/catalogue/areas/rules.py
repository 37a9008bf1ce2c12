"""Areas: one shape for five kinds, and the filter and page of a list."""

from collections.abc import Iterator
from dataclasses import dataclass

from libs.bangladesh import geography
from libs.contracts.catalogue import AreaKind


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


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """Which areas or post offices are wanted.

    Args:
        inside: kind and code of areas; the result lies in all of them.
        offset: number of items to skip.
        limit: maximum number of items.
    """

    inside: tuple[tuple[AreaKind, str], ...]
    offset: int
    limit: int


def reference_areas() -> list[Area]:
    """Return the 5,105 areas of the reference, an area after its parent."""
    return [*_geo_divisions(), *_districts(), *_upazilas(), *_city_corporations(), *_unions()]


def _geo_divisions() -> Iterator[Area]:
    for area in geography.geo_divisions():
        yield Area(
            code=area.code,
            kind="geo_division",
            parent=None,
            name_bn=area.name_bn,
            name_en=area.name_en,
            alt_en=area.alt_en,
            latitude=area.lat,
            longitude=area.lon,
        )


def _districts() -> Iterator[Area]:
    for area in geography.districts():
        yield Area(
            code=area.code,
            kind="district",
            parent=area.geo_division_code,
            name_bn=area.name_bn,
            name_en=area.name_en,
            alt_en=area.alt_en,
            latitude=area.lat,
            longitude=area.lon,
        )


def _upazilas() -> Iterator[Area]:
    for area in geography.upazilas():
        yield Area(
            code=area.code,
            kind="upazila",
            parent=area.district_code,
            name_bn=area.name_bn,
            name_en=area.name_en,
            alt_bn=area.alt_bn,
            alt_en=area.alt_en,
            latitude=area.lat,
            longitude=area.lon,
        )


def _city_corporations() -> Iterator[Area]:
    for area in geography.city_corporations():
        yield Area(
            code=area.code,
            kind="city_corporation",
            parent=area.district_code,
            name_bn=area.name_bn,
            name_en=area.name_en,
            latitude=area.lat,
            longitude=area.lon,
            ward_count=area.ward_count,
        )


def _unions() -> Iterator[Area]:
    for area in geography.unions():
        yield Area(
            code=area.union_id,
            kind="union",
            parent=area.upazila_code,
            name_bn=area.name_bn,
            name_en=area.name_en,
        )
