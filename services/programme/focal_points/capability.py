"""Focal points, whose people are deleted some time after their duty."""

from typing import Final

from libs.bangladesh.calendar import dhaka_date
from libs.clock import Clock
from libs.service import Capability, Resources
from services.programme.bodies.overview import Overview
from services.programme.focal_points import routes, use_cases

_EVERY_S: Final = 3600.0


def capability(resources: Resources, overview: Overview, clock: Clock) -> Capability:
    """Return the capability, with the periodic deletion of people without a duty."""
    forgetting = resources.periodic(
        "people without a duty",
        lambda tx: use_cases.forget(tx, overview, dhaka_date(clock.now())),
        every_s=_EVERY_S,
    )
    return Capability("focal_points", routes=routes.routes, components=[forgetting])
