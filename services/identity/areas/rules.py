"""Whether a place lies in an open area."""

from collections.abc import Mapping

from libs.bangladesh.places import trail
from libs.contracts.programme import AreaStage


def is_open(place: str, stages: Mapping[str, AreaStage]) -> bool:
    """Whether a place is open, and no area around it is paused."""
    return stages.get(place) == "open" and not any(
        stages.get(area) == "paused" for area in trail(place)
    )
