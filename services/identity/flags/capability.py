"""Flags for people of the programme to look at. No request is refused because of them."""

from datetime import timedelta

from libs.service import Capability
from services.identity.flags import routes
from services.identity.flags.rules import FlagPolicy
from services.identity.settings import Settings


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


def capability() -> Capability:
    """Return the capability."""
    return Capability("flags", routes=routes.routes)
