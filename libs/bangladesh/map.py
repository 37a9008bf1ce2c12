"""The map of districts as one SVG path, drawn from a TopoJSON topology.

Boundaries: Bangladesh Bureau of Statistics, OCHA (cod-ab-bgd v03), CC BY 3.0 IGO, simplified.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, radians
from pathlib import Path
from typing import Any, Final

from libs.bangladesh.geography import areas_by_code

WIDTH: Final = 600.0
_MIDDLE_LATITUDE: Final = 23.7
_OUTLINES: Final = Path(__file__).parent / "outlines" / "districts.topojson"
_Arc = Sequence[Sequence[int]]


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
    west, south, east, north = _topology()["bbox"]
    east_px = WIDTH / (east - west)
    north_px = east_px / cos(radians(_MIDDLE_LATITUDE))
    return Frame(west, north, east_px, north_px, round((north - south) * north_px, 1))


@cache
def borders() -> str:
    """Return the borders of districts as one path of lines, on half the frame.

    A border between two districts is drawn once, in whole points of the drawing: so it is 5 kB, for
    pages that everybody reads.
    """
    topology = _topology()
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    lines = [_coarse(_placed(arc, scale, translate)) for arc in topology["arcs"]]
    return "".join(_line(points) for points in lines if len(points) > 1)


def place_of(area: str) -> tuple[float, float] | None:
    """Return where an upazila or city corporation is on the drawing."""
    place = areas_by_code().get(area)
    return frame().point(place.lon, place.lat) if place else None


@cache
def _topology() -> Mapping[str, Any]:
    topology: Mapping[str, Any] = json.loads(_OUTLINES.read_bytes())
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
