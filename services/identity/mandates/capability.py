"""Mandates: a citizen lets an uddokta apply once, at a fixed price, and can see and stop it."""

from typing import Final

from libs.clock import Clock
from libs.service import Capability, Resources
from libs.web.handling.routes import Routes
from services.identity.codes.policy import silence_policy
from services.identity.flags.capability import flag_policy
from services.identity.mandates import (
    consumers,
    oversight,
    programme_routes,
    routes,
    use_cases,
)
from services.identity.mandates.consents import MandatePolicy
from services.identity.settings import Settings
from services.identity.signing_keys.key_wrapping import derive_key

_HOUR_S: Final = 3600.0


def mandate_policy(settings: Settings) -> MandatePolicy:
    """Return the settings of mandates as their rules take them."""
    return MandatePolicy(
        hash_key=derive_key(settings.key_secret.get_secret_value(), "mandates"),
        usual_charge_bdt=settings.usual_charge_bdt,
        charge_cap_bdt=settings.charge_cap_bdt,
        requests_per_phone=settings.mandates_per_phone_per_day,
        wards_per_phone=settings.wards_per_phone,
        test_phones=frozenset(phone for phone in settings.test_phones.split(",") if phone),
        flags=flag_policy(settings),
    )


def capability(resources: Resources, settings: Settings, clock: Clock) -> Capability:
    """Return the capability; beside it mandates end, offices and complaints are looked at."""
    policy = mandate_policy(settings)
    expiry = resources.periodic(
        "mandate expiry",
        lambda tx: use_cases.expire(tx, clock.now()),
        every_s=settings.cleanup_every_s,
    )
    offices = resources.periodic(
        "offices above their population",
        lambda tx: oversight.check_offices(tx, policy.flags, clock.now()),
        every_s=_HOUR_S,
    )
    complaints = resources.periodic(
        "complaints without an answer", oversight.reopen_unanswered, every_s=_HOUR_S
    )
    return Capability(
        "mandates",
        routes=Routes.joined(routes.routes, programme_routes.routes),
        consumers=consumers.router,
        provides=[policy, silence_policy(settings)],
        components=[expiry, offices, complaints],
    )
