"""Maps of districts and upazilas as SVG paths, drawn from TopoJSON topologies.

Boundaries: Bangladesh Bureau of Statistics, OCHA (cod-ab-bgd v03), CC BY 3.0 IGO, simplified.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, radians
from pathlib import Path
from typing import Any, Final, Literal

from libs.bangladesh.geography import areas_by_code

Layer = Literal["districts", "upazilas"]
WIDTH: Final = 600.0
_MIDDLE_LATITUDE: Final = 23.7
_LEAST_SIDE: Final = 20.0  # of an enlarged part
_FOLDER: Final = Path(__file__).parent / "outlines"
_Arc = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Shape:
    """The area of one code as an SVG path."""

    code: str
    path: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The projection of degrees to points of the drawing."""

    west: float
    north: float
    per_degree_east: float
    per_degree_north: float
    height: float

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """Return a place on the drawing, from its upper left corner."""
        return (
            round((lon - self.west) * self.per_degree_east, 1),
            round((self.north - lat) * self.per_degree_north, 1),
        )


@cache
def frame() -> Frame:
    """The frame of the drawing: all districts."""
    west, south, east, north = _topology("districts")["bbox"]
    east_px = WIDTH / (east - west)
    north_px = east_px / cos(radians(_MIDDLE_LATITUDE))
    return Frame(west, north, east_px, north_px, round((north - south) * north_px, 1))


@cache
def shapes(layer: Layer) -> tuple[Shape, ...]:
    """Return the areas of a layer."""
    topology = _topology(layer)
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [_placed(arc, scale, translate) for arc in topology["arcs"]]
    geometries = topology["objects"][layer]["geometries"]
    return tuple(Shape(str(geometry["id"]), _path(geometry, arcs)) for geometry in geometries)


@cache
def borders() -> str:
    """Return the borders of districts as one path of lines, on half the frame.

    A border between two districts is drawn once, in whole points of the drawing: so it is a fifth
    of the areas of `shapes`, for pages that everybody reads.
    """
    topology = _topology("districts")
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = [_coarse(_placed(arc, scale, translate)) for arc in topology["arcs"]]
    return "".join(_line(points) for points in lines if len(points) > 1)


def place_of(area: str) -> tuple[float, float] | None:
    """Return where an upazila or city corporation is on the drawing."""
    place = areas_by_code().get(area)
    return frame().point(place.lon, place.lat) if place else None


def near(areas: Iterable[str]) -> tuple[float, float, float, float] | None:
    """Return the square of the drawing in which some areas are, if it is small; else None."""
    places = [place for area in areas if (place := place_of(area))]
    if not places:
        return None
    (west, north), (east, south) = (
        [choose(place[axis] for place in places) for axis in (0, 1)] for choose in (min, max)
    )
    side = max(east - west, south - north) * 1.6 + _LEAST_SIDE
    if side > WIDTH / 4:
        return None
    left, top = (west + east - side) / 2, (north + south - side) / 2
    return round(left, 1), round(top, 1), round(side, 1), round(side, 1)


@cache
def _topology(layer: Layer) -> Mapping[str, Any]:
    topology: Mapping[str, Any] = json.loads((_FOLDER / f"{layer}.topojson").read_bytes())
    if "bbox" in topology:
        return topology
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    points = [point for arc in topology["arcs"] for point in _absolute(arc)]
    columns, rows = [x for x, _ in points], [y for _, y in points]
    low = [min(columns) * scale[0] + translate[0], min(rows) * scale[1] + translate[1]]
    high = [max(columns) * scale[0] + translate[0], max(rows) * scale[1] + translate[1]]
    return {**topology, "bbox": [*low, *high]}


def _absolute(arc: _Arc) -> list[tuple[int, int]]:
    """Return the points of an arc, which is stored as steps."""
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x, y))
    return points


def _placed(
    arc: _Arc, scale: Sequence[float], translate: Sequence[float]
) -> list[tuple[float, float]]:
    return [
        frame().point(x * scale[0] + translate[0], y * scale[1] + translate[1])
        for x, y in _absolute(arc)
    ]


def _coarse(points: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Return points on half the drawing, without those that fall together."""
    found: list[tuple[int, int]] = []
    for x, y in points:
        point = round(x / 2), round(y / 2)
        if not found or found[-1] != point:
            found.append(point)
    return found


def _line(points: Sequence[tuple[int, int]]) -> str:
    steps = " ".join(f"{x2 - x1} {y2 - y1}" for (x1, y1), (x2, y2) in pairwise(points))
    return f"M{points[0][0]} {points[0][1]}l{steps}".replace(" -", "-")


def _path(geometry: Mapping[str, Any], arcs: Sequence[Sequence[tuple[float, float]]]) -> str:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return "".join(_ring(ring, arcs) for polygon in polygons for ring in polygon)


def _ring(ring: Sequence[int], arcs: Sequence[Sequence[tuple[float, float]]]) -> str:
    """Return one ring; a negative number is an arc that is walked backwards."""
    points: list[tuple[float, float]] = []
    for number in ring:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    steps = "".join(f"l{x2 - x1:.1f} {y2 - y1:.1f}" for (x1, y1), (x2, y2) in pairwise(points[:-1]))
    return f"M{points[0][0]:.1f} {points[0][1]:.1f}{steps}z"
