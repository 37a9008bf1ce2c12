"""The settings of one-time codes as their rules take them."""

from datetime import timedelta

from services.identity.citizens.rules import SilencePolicy
from services.identity.codes.rules import CodePolicy, RateLimit
from services.identity.settings import DAY_S, Settings
from services.identity.signing_keys.key_wrapping import derive_key


def silence_policy(settings: Settings) -> SilencePolicy:
    """Return when a number alone does not open its account any more."""
    return SilencePolicy(
        hash_key=derive_key(settings.key_secret.get_secret_value(), "numbers set aside"),
        silent_after=timedelta(days=settings.silent_after_days),
        wrong_proofs=settings.wrong_proofs,
    )


def code_policy(settings: Settings) -> CodePolicy:
    """Return the limits and the hash key of codes."""
    return CodePolicy(
        hash_key=derive_key(settings.key_secret.get_secret_value(), "one-time codes"),
        valid_s=settings.code_valid_s,
        attempts=settings.code_attempts,
        phone_limits=(
            RateLimit(settings.codes_per_phone, settings.codes_per_phone_within_s),
            RateLimit(settings.codes_per_phone_per_day, DAY_S),
        ),
        phone_wrong=settings.wrong_codes_per_phone,
        sent={
            "address": settings.codes_per_address_per_day,
            "network": settings.codes_per_network_per_day,
            "provider": settings.codes_per_provider_per_day,
            "device": settings.codes_per_device_per_day,
            "platform": settings.codes_per_day,
        },
        wrong={
            "address": settings.wrong_codes_per_address,
            "network": settings.wrong_codes_per_network,
            "device": settings.wrong_codes_per_device,
            "platform": settings.wrong_codes_per_day,
        },
    )
