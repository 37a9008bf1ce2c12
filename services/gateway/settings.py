"""The settings of the gateway."""

import hmac
import re
from hashlib import sha256

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]+)?|http://(localhost|127\.0\.0\.1)(:[0-9]+)?")


class Settings(ServiceSettings):
    """Settings, read from `GATEWAY_…`."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    # addresses:begin, from the registry
    identity_url: str = Field("http://127.0.0.1:8101", description="Base URL")
    catalogue_url: str = Field("http://127.0.0.1:8102", description="Base URL")
    documents_url: str = Field("http://127.0.0.1:8103", description="Base URL")
    applications_url: str = Field("http://127.0.0.1:8104", description="Base URL")
    ministries_url: str = Field("http://127.0.0.1:8105", description="Base URL")
    notifications_url: str = Field("http://127.0.0.1:8106", description="Base URL")
    cases_url: str = Field("http://127.0.0.1:8107", description="Base URL")
    programme_url: str = Field("http://127.0.0.1:8108", description="Base URL")
    issuance_url: str = Field("http://127.0.0.1:8109", description="Base URL")
    # addresses:end, from the registry
    traces_of_callers_per_s: float = Field(
        0.0, ge=0, description="Traces a second that clients may have sampled; 0 in production"
    )
    cors_origins: str = Field(
        "",
        description="Origins of front ends whose pages call the API from a browser, with commas "
        "between: https://app.example; HTTPS, but on one machine",
    )
    live_secret: SecretStr = Field(
        min_length=32,
        description="Seals the addresses of live views, the same in all processes; at least 32 "
        "random characters",
    )
    forward_deadline_s: float = Field(
        5.0, description="Seconds an upstream has to answer before the caller gets 504"
    )
    connections_per_upstream: int = Field(
        200, description="Most kept-alive connections to one upstream"
    )

    streams_at_once: int = Field(
        1000, description="Most uploads and downloads at the same time in this process"
    )
    streams_per_caller: int = Field(
        30, description="Open uploads and downloads of one citizen: the pictures of a page at once"
    )

    # One service centre is one address, and a whole mobile network can be one too.
    address_rate: float = Field(
        1000.0, description="Requests a second from one address, in the long run"
    )
    address_burst: float = Field(3000.0, description="Requests from one address at once")
    caller_rate: float = Field(
        30.0, description="Requests a second from one citizen, in the long run"
    )
    caller_burst: float = Field(120.0, description="Requests from one citizen at once")
    lookup_rate: float = Field(
        5.0, description="Lookups of papers by their numbers a second from one address"
    )
    lookup_burst: float = Field(300.0, description="Lookups from one address at once")

    services_cache_s: float = Field(
        10.0, description="Longest time in seconds that a response of the catalogue is cached"
    )
    watchers_limit: int = Field(10_000, description="Open live views in this process")
    watchers_per_caller: int = Field(20, description="Open live views of one citizen")
    heartbeat_s: float = Field(15.0, description="Seconds between heartbeats on a live view")

    @property
    def origins(self) -> list[str]:
        """The origins of `cors_origins`."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @property
    def live_key(self) -> bytes:
        """The key of 256 bits that seals the addresses of live views."""
        secret = self.live_secret.get_secret_value().encode()
        return hmac.digest(secret, b"gateway live views", sha256)

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        """Check the origins.

        Raises:
            ValueError: one is no origin as browsers write it, or not HTTPS and not of this machine.
        """
        for origin in filter(None, (part.strip() for part in value.split(","))):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"not an origin like https://app.example: {origin}")
        return value
