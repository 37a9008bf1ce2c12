"""Flags: what people of the programme look at. A machine refuses nothing because of them."""

from datetime import timedelta
from typing import Final

from libs.clock import Clock
from libs.service import Capability, Resources
from services.identity.flags import routes, use_cases
from services.identity.flags.rules import FlagPolicy
from services.identity.settings import Settings

_OFFICES_EVERY_S: Final = 3600.0


def flag_policy(settings: Settings) -> FlagPolicy:
    """Return the settings of flags as their rules take them."""
    return FlagPolicy(
        citizens_per_phone=settings.flag_citizens_per_phone,
        fast_code=timedelta(seconds=settings.flag_fast_code_s),
        mandates_per_hour=settings.flag_mandates_per_hour,
        centre_in_30_days=settings.flag_centre_in_30_days,
        citizens_per_helper_device=settings.flag_citizens_per_helper_device,
        office_per_1000_in_30_days=settings.flag_office_per_1000_in_30_days,
    )


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability, with the hourly look at offices and their population."""
    policy = flag_policy(settings)
    offices = resources.periodic(
        "offices above their population",
        lambda tx: use_cases.check_offices(tx, policy, clock.now()),
        every_s=_OFFICES_EVERY_S,
    )
    return Capability("flags", routes=routes.routes, components=[offices])
