"""Settings of identity."""

from typing import Final, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from libs.settings import EncryptedSettings, is_on_loopback
from libs.web.callers.tokens import TOKEN_MAX_LIFE_S
from libs.web.calling.key_sets import KEY_SET_REFRESH_S

ONE_MACHINE_SECRET: Final = "for-the-embedded-database-of-one-machine-only"  # noqa: S105
DAY_S: Final = 24 * 3600
REVOKED_WITHIN_S: Final = 60


class Settings(EncryptedSettings):
    """Settings of identity; environment variables begin with IDENTITY_."""

    model_config = SettingsConfigDict(env_prefix="IDENTITY_")

    key_secret: SecretStr = Field(
        SecretStr(ONE_MACHINE_SECRET),
        min_length=32,
        description="Encrypts signing keys and keys the hashes of codes; at least 32 "
        "random characters",
    )

    code_valid_s: int = Field(300, description="Seconds for which a one-time code is valid")
    code_attempts: int = Field(5, description="Wrong attempts after which a code is used up")
    codes_per_phone: int = Field(3, description="Codes for one phone in a short window")
    codes_per_phone_within_s: int = Field(600, description="Length of that window in seconds")
    codes_per_phone_per_day: int = Field(10, description="Codes for one phone in 24 hours")
    # Of a connection or a device; those that exchange codes get more (docs/limits.md). The limits
    # of connections shrink with what remains of the budget.
    codes_per_address_per_day: int = Field(
        100, description="Codes for an address that exchanges none, in 24 hours"
    )
    codes_per_network_per_day: int = Field(
        200, description="The same for a network: an IPv4 /24 or an IPv6 /48"
    )
    codes_per_provider_per_day: int = Field(
        10_000, description="The same for a provider: an IPv4 /16 or an IPv6 /32"
    )
    codes_per_device_per_day: int = Field(10, description="The same for a device")
    codes_per_day: int = Field(
        100_000,
        gt=0,
        description="Codes for all together in 24 hours; the last fifth is for phones with an "
        "account and for known devices",
    )
    wrong_codes_per_phone: int = Field(
        5, description="Wrong codes for one phone in 24 hours, after which it gets long codes"
    )
    wrong_codes_per_address: int = Field(
        5,
        description="Wrong codes from an address that exchanges none, after which only long "
        "codes are accepted from it for a day",
    )
    wrong_codes_per_network: int = Field(10, description="The same for a network")
    wrong_codes_per_device: int = Field(5, description="The same for a device")
    wrong_codes_per_day: int = Field(
        500, gt=0, description="The same for all unknown devices together"
    )

    access_token_s: int = Field(
        TOKEN_MAX_LIFE_S,
        le=TOKEN_MAX_LIFE_S,
        description="Seconds for which an access token is valid",
    )
    refresh_grace_s: int = Field(
        60, description="Seconds for which the previous refresh token gives the same successor"
    )
    session_idle_days: int = Field(30, description="Days without a refresh that end a session")
    session_max_days: int = Field(180, description="Days after the login that end a session")
    staff_session_idle_s: int = Field(
        1800, le=1800, description="Seconds without a refresh that end a session of staff"
    )
    staff_session_max_s: int = Field(
        12 * 3600, le=12 * 3600, description="Seconds after the login that end a session of staff"
    )

    silent_after_days: int = Field(
        300,
        ge=181,
        description="Days without a login after which a number alone does not open its account: "
        "longer than a session, and shorter than operators wait before they sell a number again",
    )
    wrong_proofs: int = Field(
        5, gt=0, description="Wrong numbers of the profile after which a new account begins"
    )
    phone_change_wait_days: int = Field(
        7, ge=1, description="Days until a change of number whose old number did not answer"
    )
    erasure_wait_days: int = Field(
        30, ge=1, description="Days in which a citizen can cancel the erasure of the account"
    )
    erasure_confirmed_within_h: int = Field(
        24, gt=0, description="Hours after which an erasure that a service has not confirmed alerts"
    )

    staff_origin: str = Field(
        "http://localhost",
        pattern="^https?://[^/]+$",
        description="Address of the page where staff log in, without a path: passkeys belong to it",
    )

    openid_issuer: str = Field(
        "http://localhost",
        pattern="^https?://[^/]+$",
        description="Address of the gateway as browsers see it, without a path: our name as an "
        "OpenID provider, which never changes; HTTPS, but on one machine",
    )
    openid_login_s: int = Field(
        8 * 3600, gt=0, description="Seconds for which a login in a browser serves other sites"
    )

    pilot_centres: bool = Field(
        default=True,
        description="Whether the service centres of the pilot are stored at the start",
    )
    usual_charge_bdt: int = Field(
        30, ge=0, description="Taka that a centre charges where it has no price of its own"
    )
    charge_cap_bdt: int = Field(
        50, ge=0, le=10_000, description="The most taka that a centre may charge"
    )
    mandates_per_phone_per_day: int = Field(
        10, gt=0, description="Requests for a consent to one phone in 24 hours"
    )
    wards_per_phone: int = Field(
        8,
        gt=0,
        description="Citizens for whom a phone may consent in a year that is not their own",
    )
    flag_citizens_per_phone: int = Field(
        5, gt=0, description="Citizens for whom one phone consents in 30 days, before a flag"
    )
    flag_fast_code_s: int = Field(
        8, gt=0, description="Seconds within which no citizen reads a code out: earlier is a flag"
    )
    flag_mandates_per_hour: int = Field(
        20, gt=0, description="Consents to one uddokta in an hour, before a flag"
    )
    flag_centre_in_30_days: int = Field(
        3_000, gt=0, description="Consents at one centre in 30 days, before a flag"
    )

    flag_citizens_per_helper_device: int = Field(
        2,
        gt=0,
        description="Citizens who log in on a centre's device, or on an uddokta's own one, in 30 "
        "days, before a flag",
    )
    flag_office_per_1000_in_30_days: int = Field(
        20,
        gt=0,
        description="Assisted applications for an office in 30 days, for every 1,000 people whom "
        "it serves, before a flag",
    )

    key_lead_s: int = Field(
        900, description="Seconds for which a new signing key is published before it signs"
    )
    keys_refresh_s: int = Field(15, description="Seconds between two reads of the signing keys")
    key_set_cached_s: int = Field(
        15, description="Seconds for which clients may cache the key set; less than key_lead_s"
    )
    test_phones: str = Field(
        "",
        description="Phones in E.164, with commas between, whose one-time code is always 000000; "
        "on one machine only",
    )
    cleanup_every_s: int = Field(60, description="Seconds between two clean-ups")

    @property
    def origins(self) -> frozenset[str]:
        """The addresses by which clients know this API, without a path."""
        return frozenset({self.openid_issuer})

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check the secret, our address, and the caching of the key set.

        Raises:
            ValueError: the default secret, which is public, or a phone with a fixed code is used
                with a database or a broker that is not on this machine's loopback; browsers would
                come over HTTP; a cached key set may lack the key that signs; or a revoked key may
                be accepted for longer than a minute.
        """
        is_default = self.key_secret.get_secret_value() == ONE_MACHINE_SECRET
        is_here = is_on_loopback(self.dsn, self.kafka_bootstrap)
        if self.test_phones and not is_here:
            raise ValueError("IDENTITY_TEST_PHONES is for one machine: anybody could log in")
        if is_default and not is_here:
            raise ValueError("IDENTITY_KEY_SECRET must be set: database or broker are elsewhere")
        issuer = urlsplit(self.openid_issuer)
        if issuer.scheme != "https" and issuer.hostname not in {"localhost", "127.0.0.1"}:
            raise ValueError("IDENTITY_OPENID_ISSUER must be HTTPS: codes pass through browsers")
        if self.key_set_cached_s + self.keys_refresh_s > self.key_lead_s:
            raise ValueError("key_lead_s must be longer than key_set_cached_s and keys_refresh_s")
        seen_after_s = self.keys_refresh_s + self.key_set_cached_s + KEY_SET_REFRESH_S
        if seen_after_s >= REVOKED_WITHIN_S:
            raise ValueError("key_set_cached_s and keys_refresh_s keep a stolen key alive too long")
        return self
