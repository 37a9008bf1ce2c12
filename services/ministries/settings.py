"""The settings of ministries."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from libs.addresses import parse_networks
from libs.mail import MailSettings
from libs.party_addresses import HttpAddress
from libs.settings import PapersSettings, SharedSecret


class OAuthClient(BaseModel):
    """A client of a ministry's authorization server (RFC 6749, section 4.4)."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token_url: HttpAddress
    client_id: str
    client_secret: SecretStr
    scope: str = ""


class Login(BaseModel):
    """User and password at a ministry's system."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    user: str
    password: SecretStr


class ClientCertificate(BaseModel):
    """Files in PEM for mutual TLS (RFC 8446, section 4.3.2)."""

    model_config = ConfigDict(extra="forbid")

    certificate_file: Path
    key_file: Path
    ca_file: Path | None = None


class Settings(PapersSettings, MailSettings):
    """Settings, read from `MINISTRIES_…`."""

    model_config = SettingsConfigDict(env_prefix="MINISTRIES_")

    ministries_url: HttpAddress = Field(
        "http://127.0.0.1:8099",
        description="Base URL of the systems of ministries without a connection of their own",
    )
    private_networks: str = Field(
        "",
        description="Private networks that ministries' systems may be in (CIDR, separated by "
        "commas); addresses in others are not connected to",
    )
    ministry_secret: SharedSecret = Field(
        description="Master secret from which the ministries' secrets are derived; at least 32 "
        "random characters"
    )
    # Callbacks carry the trace of what we sent, of which we sampled a share.
    traces_of_callers_per_s: float = Field(
        10.0, ge=0, description="Traces a second that callbacks may have sampled"
    )
    ministry_keys: dict[str, Annotated[list[SharedSecret], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Signing keys of a ministry, by ministry, the newest first; several are valid "
        "while one is rotated; at least 32 characters each. Else one derived from ministry_secret",
    )
    oauth_clients: dict[str, OAuthClient] = Field(
        default_factory=dict,
        description="How to get access tokens, by the name of a connection's credentials",
    )
    client_certificates: dict[str, ClientCertificate] = Field(
        default_factory=dict,
        description="Certificates for mutual TLS, by the name of a connection's credentials",
    )
    logins: dict[str, Login] = Field(
        default_factory=dict,
        description="Users and passwords, by the name of a connection's credentials",
    )
    ssh_keys: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="Private keys for file exchange, by the name of a connection's credentials",
    )
    file_deadline_s: float = Field(
        60.0,
        description="Seconds that each step of an exchange of files may take: to put aside, to "
        "send, to read",
        gt=0,
    )
    opener: str = Field(
        "",
        description="Socket of the opener, the process of another user in which workbooks are "
        "opened; empty opens them in processes of the service's own user",
    )
    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, to check operators' tokens"
    )
    documents_url: str = Field(
        "http://127.0.0.1:8106",
        description="Base URL at which ministries' systems fetch papers from documents",
    )
    answer_deadline_s: float = Field(
        15.0, description="Seconds a ministry has to answer a call before it has failed", gt=0
    )
    hand_over_deadline_s: float = Field(
        60.0,
        description="Seconds for all calls of one hand-over together: to fetch papers, and to pass "
        "them on. Longer than one answer",
        gt=0,
    )
    calls_per_ministry: int = Field(
        16, description="Most calls to one ministry's system at the same time", gt=0
    )
    retry_first_s: float = Field(
        1.5, description="Seconds until the second attempt; the pause grows from there", gt=0
    )
    retry_factor: float = Field(2.0, description="Factor by which the pause grows", gt=1)
    retry_most_s: float = Field(43_200.0, description="Longest pause in seconds", gt=0)
    asked_every_s: float = Field(
        3600.0,
        description="Seconds in which a ministry that something waits for is called once at least, "
        "however long the pauses are",
        gt=0,
    )
    next_in_line_after_days: float = Field(
        30.0,
        description="Days of waiting after which the next in line is told, beside the focal point",
        ge=2,
    )
    processes: int = Field(
        1, description="Processes of this service; they share the limits of a ministry", gt=0
    )
    unreadable_tries: int = Field(
        60,
        description="Unreadable answers after which a delivery is failed. With the pauses above 60 "
        "of them take two days at least",
        gt=0,
    )
    delay_announced_after_s: float = Field(
        900.0, description="Seconds of waiting after which the citizen is notified", gt=0
    )
    keep_handed_over_days: int = Field(
        14,
        description="Days for which a ministry that lost data can ask for what it was handed; the "
        "forms are deleted an hour later",
        gt=0,
    )
    keep_calls_days: int = Field(
        90, description="Days for which a repeated callback is recognised by its id", gt=0
    )

    @field_validator("private_networks")
    @classmethod
    def _are_private_networks(cls, value: str) -> str:
        """Check the networks; a malformed one raises ValueError."""
        parse_networks(value)
        return value
