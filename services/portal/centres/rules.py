"""Service centres in words for citizens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

from libs.bangladesh.geography import areas_by_code
from libs.bangladesh.map import place_of
from libs.contracts.centres import CentreState, CentreView
from libs.contracts.language import Text
from libs.contracts.ministries import ServiceHours

_STATES: Final[Mapping[CentreState, tuple[str, Text]]] = {
    "running": ("green", Text(bn="চালু", en="Running")),
    "paused": ("amber", Text(bn="সাময়িক বন্ধ", en="Paused")),
    "planned": ("blue", Text(bn="এখনো চালু হয়নি", en="Not running yet")),
    "closed": ("", Text(bn="বন্ধ হয়ে গেছে", en="Closed")),
}


@dataclass(frozen=True, slots=True)
class Centre:
    """A centre on the page: its state as a tag, its area by name, its hours."""

    view: CentreView
    colour: str
    state: Text
    area: Text | None
    hours: ServiceHours


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot of the map, and the centres there, those that run first."""

    x: float
    y: float
    centres: Sequence[Centre]

    @property
    def runs(self) -> bool:
        """Whether one of them runs."""
        return any(centre.view.state == "running" for centre in self.centres)


def shown(centres: Sequence[CentreView]) -> list[Centre]:
    """Return the centres as they are shown, those that run first."""
    order = list(_STATES)
    return [_centre(view) for view in sorted(centres, key=lambda centre: order.index(centre.state))]


def dots(centres: Sequence[Centre]) -> list[Dot]:
    """Return where centres are on the map: one dot for each area, with those that stand there."""
    found: dict[str, list[Centre]] = {}
    for centre in centres:
        if centre.view.state != "closed":
            found.setdefault(centre.view.area, []).append(centre)
    return [
        Dot(round(place[0] / 2, 1), round(place[1] / 2, 1), standing)
        for area, standing in found.items()
        if (place := place_of(area)) is not None
    ]


def _centre(view: CentreView) -> Centre:
    area = areas_by_code().get(view.area)
    opens_at, closes_at = (time.fromisoformat(at) for at in (view.opens_at, view.closes_at))
    return Centre(
        view,
        *_STATES[view.state],
        area=Text(bn=area.name_bn, en=area.name_en) if area else None,
        hours=ServiceHours(days=tuple(view.open_days), opens_at=opens_at, closes_at=closes_at),
    )
