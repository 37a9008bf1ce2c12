"""Places of Bangladesh by the codes of the Bureau of Statistics.

A code is text with its leading zeros, and begins with the code of the place that contains it: geo
division (2 digits), district (4), upazila (6). Sources and licences: reference/README.md.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from libs.bangladesh.text import parse_int

_FOLDER: Final = Path(__file__).with_name("reference") / "geography"


@dataclass(frozen=True, slots=True)
class GeoDivision:
    """One of 8 geo divisions (বিভাগ); not a division of a ministry."""

    code: str
    name_en: str
    name_bn: str
    alt_en: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class District:
    """One of 64 districts (জেলা); a 13-digit NID begins with its district_code2."""

    code: str
    district_code2: str
    geo_division_code: str
    name_en: str
    name_bn: str
    alt_en: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Upazila:
    """One of 495 upazilas (উপজেলা)."""

    code: str
    district_code: str
    geo_division_code: str
    name_en: str
    name_bn: str
    alt_en: str | None
    alt_bn: str | None
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class CityCorporation:
    """One of 12 city corporations (সিটি কর্পোরেশন); Bangla name and ward count are unchecked."""

    code: str
    district_code: str
    geo_division_code: str
    name_en: str
    name_bn: str
    ward_count: int
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Union:
    """One of 4,526 unions (ইউনিয়ন), nine wards each by law; the id is ours, not the Bureau's."""

    union_id: str
    upazila_code: str
    name_en: str
    name_bn: str


@dataclass(frozen=True, slots=True)
class Postcode:
    """A post office and its four-digit code; several offices can share a code."""

    postcode: str
    district_code: str
    thana_en: str
    thana_bn: str | None
    office_en: str
    office_bn: str | None


@cache
def geo_divisions() -> tuple[GeoDivision, ...]:
    """Return the 8 geo divisions by code."""
    return tuple(
        GeoDivision(
            code=row["code"],
            name_en=row["name_en"],
            name_bn=row["name_bn"],
            alt_en=row["alt_en"] or None,
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in _rows("divisions.csv")
    )


@cache
def districts() -> tuple[District, ...]:
    """Return the 64 districts by code."""
    return tuple(
        District(
            code=row["code"],
            district_code2=row["district_code2"],
            geo_division_code=row["division_code"],
            name_en=row["name_en"],
            name_bn=row["name_bn"],
            alt_en=row["alt_en"] or None,
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in _rows("districts.csv")
    )


@cache
def upazilas() -> tuple[Upazila, ...]:
    """Return the 495 upazilas by code."""
    return tuple(
        Upazila(
            code=row["code"],
            district_code=row["district_code"],
            geo_division_code=row["division_code"],
            name_en=row["name_en"],
            name_bn=row["name_bn"],
            alt_en=row["alt_en"] or None,
            alt_bn=row["alt_bn"] or None,
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in _rows("upazilas.csv")
    )


@cache
def city_corporations() -> tuple[CityCorporation, ...]:
    """Return the 12 city corporations by code."""
    return tuple(
        CityCorporation(
            code=row["code"],
            district_code=row["district_code"],
            geo_division_code=row["division_code"],
            name_en=row["name_en"],
            name_bn=row["name_bn"],
            ward_count=parse_int(row["ward_count_from_memory"]),
            lat=float(row["lat"]),
            lon=float(row["lon"]),
        )
        for row in _rows("city_corporations.csv")
    )


@cache
def unions() -> tuple[Union, ...]:
    """Return the 4,526 unions by upazila."""
    return tuple(
        Union(
            union_id=row["id"],
            upazila_code=row["upazila_code"],
            name_en=row["name_en"],
            name_bn=row["name_bn"],
        )
        for row in _rows("unions.csv")
    )


@cache
def postcodes() -> tuple[Postcode, ...]:
    """Return the 1,343 post offices by code."""
    return tuple(
        Postcode(
            postcode=row["postcode"],
            district_code=row["district_code"],
            thana_en=row["thana_en"],
            thana_bn=row["thana_bn"] or None,
            office_en=row["office_en"],
            office_bn=row["office_bn"] or None,
        )
        for row in _rows("postcodes.csv")
    )


@cache
def areas_by_code() -> Mapping[str, Upazila | CityCorporation]:
    """Return every upazila and city corporation under its code: the `area` of an address."""
    areas: list[Upazila | CityCorporation] = [*upazilas(), *city_corporations()]
    return MappingProxyType({area.code: area for area in areas})


@cache
def unions_by_id() -> Mapping[str, Union]:
    """Return every union under its id."""
    return MappingProxyType({union.union_id: union for union in unions()})


def is_area(code: str) -> bool:
    """Whether a code is that of a geo division, district, upazila, city corporation or union."""
    larger = {geo_division.code for geo_division in geo_divisions()} | {
        district.code for district in districts()
    }
    return code in areas_by_code() or code in unions_by_id() or code in larger


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
