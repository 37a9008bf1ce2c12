"""Draws an application's way through the services from the README's twelve hops.

A hop stands in the column of its service. The map says who may write and read a topic.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from libs.contracts.topics import TOPICS
from services.registry import SERVICES

FILE = "docs/pictures/way.svg"

_HOP = re.compile(
    r"^[0-9]+\. \[`(?P<module>[^`]+)`\]\([^)]+\) `(?P<function>[\w.]+)` .*?"
    r"(?:Span: `(?P<service>\w+) (?P<span>[^`]+)`\.)?$",
    re.ASCII | re.MULTILINE,
)
_CITIZEN, _OUTSIDE = "citizen", "ministry, SMS provider"
_COLUMN, _ROW, _TOP = 180, 52, 40
_WIDTH, _HEIGHT = 150, 34  # of a box
_HEAD = """\
<style>
text {{ font: 11px sans-serif; fill: #1c2b33; text-anchor: middle }}
.head {{ font-size: 13px; font-weight: bold }}
.small {{ font-size: 9px; fill: #4a5a63 }}
.lane {{ stroke: #c9d3d0; stroke-dasharray: 3 4 }}
.box {{ fill: #e8f3ee; stroke: #00704a }}
.arrow {{ stroke: #1c2b33; fill: none; marker-end: url(#end) }}
.topic {{ stroke: #b3541e; stroke-width: 2 }}
</style>
<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" \
markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
<rect width="{width}" height="{height}" fill="#fff"/>"""


@dataclass(frozen=True, slots=True)
class _Hop:
    number: int
    module: str
    function: str
    service: str
    span: str


def drawing(readme: str) -> str:
    """Return an SVG of the hops that the text of the README lists.

    Raises:
        LookupError: a hop reads a topic that the service of the hop before does not write.
    """
    hops = _hops(readme)
    columns = [_CITIZEN, *dict.fromkeys(hop.service for hop in hops), _OUTSIDE]
    width, height = _COLUMN * len(columns), _TOP + _ROW * (len(hops) + 1)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">',
        "<title>The twelve hops of an application</title>",
        _HEAD.format(width=width, height=height),
        *_lanes(columns, height),
        *_arrows(columns, hops),
        *(line for hop in hops for line in _box(columns, hop)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _hops(readme: str) -> Sequence[_Hop]:
    hops: list[_Hop] = []
    for found in _HOP.finditer(readme):
        folder = found["module"].partition("/")[0]
        # What has no span of its own runs within the hop before; a library, in its service.
        service = found["service"] or (folder if folder in SERVICES else hops[-1].service)
        module = found["module"].removeprefix(f"{service}/")
        hops.append(_Hop(len(hops) + 1, module, found["function"], service, found["span"] or ""))
    return hops


def _lanes(columns: Sequence[str], height: int) -> Iterator[str]:
    for place, name in enumerate(columns):
        x = _middle(place)
        yield f'<line class="lane" x1="{x}" y1="{_TOP}" x2="{x}" y2="{height}"/>'
        yield f'<text class="head" x="{x}" y="24">{escape(name)}</text>'


def _box(columns: Sequence[str], hop: _Hop) -> Iterator[str]:
    x, y = _middle(columns.index(hop.service)), _at(hop.number)
    corner = f'x="{x - _WIDTH // 2}" y="{y - _HEIGHT // 2}"'
    yield f'<rect class="box" {corner} width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>'
    yield f'<text x="{x}" y="{y - 2}">{hop.number} {escape(hop.function)}</text>'
    yield f'<text class="small" x="{x}" y="{y + 11}">{escape(hop.module)}</text>'


def _arrows(columns: Sequence[str], hops: Sequence[_Hop]) -> Iterator[str]:
    first, last = hops[0], hops[-1]
    yield from _across(0, columns.index(first.service), _at(1), first.span)
    for before, hop in pairwise(hops):
        begin, end = columns.index(before.service), columns.index(hop.service)
        top = _at(hop.number) - _HEIGHT // 2
        if begin == end:
            yield _arrow(f"M{_middle(begin)} {_at(before.number) + _HEIGHT // 2}V{top}")
            continue
        topic = _topic_between(before, hop)
        edge = _middle(begin) + (_WIDTH // 2 if end > begin else -_WIDTH // 2)
        yield _arrow(f"M{edge} {_at(before.number)}H{_middle(end)}V{top}", topic=bool(topic))
        yield _label((edge + _middle(end)) // 2, _at(before.number), topic or hop.span)
    for hop in hops:
        if hop.module.endswith("jobs.py"):  # only jobs call the outside
            yield from _across(
                columns.index(hop.service), len(columns) - 1, _at(hop.number), "HTTP"
            )
    y = _at(last.number + 1) - 12
    yield _arrow(f"M{_middle(len(columns) - 1)} {_at(last.number)}V{y}H{_middle(0)}")
    yield _label(_middle(1), y, "SMS")


def _topic_between(before: _Hop, hop: _Hop) -> str:
    """Return the topic that a hop reads, or nothing where it is called.

    Raises:
        LookupError: the services before and behind it do not write and read it.
    """
    verb, _, name = hop.span.partition(" ")
    if verb != "process":
        return ""
    (topic,) = [topic for topic in TOPICS if topic.name == name]
    if topic.writer != before.service or hop.service not in topic.readers:
        raise LookupError(f"{before.service} does not reach {hop.service} by {name}")
    return name


def _across(begin: int, end: int, y: int, label: str) -> Iterator[str]:
    edge = _WIDTH // 2
    start = _middle(begin) + (edge if begin else 0)
    stop = _middle(end) - (0 if begin else edge)
    yield _arrow(f"M{start} {y}H{stop}")
    yield _label((start + stop) // 2, y, label)


def _arrow(path: str, *, topic: bool = False) -> str:
    return f'<path class="arrow{" topic" if topic else ""}" d="{path}"/>'


def _label(x: int, y: int, text: str) -> str:
    return f'<text class="small" x="{x}" y="{y - 4}">{escape(text)}</text>'


def _middle(column: int) -> int:
    return _COLUMN * column + _COLUMN // 2


def _at(row: int) -> int:
    return _TOP + _ROW * row - _ROW // 2
