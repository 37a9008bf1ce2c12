"""The settings of the sandbox."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings, read from `SANDBOX_…`."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_")

    folder: Path = Field(Path(".nagorik/sandbox"), description="Folder of the ledger file")
    seed: int = Field(1, description="Determines decisions and faults")
    ministry_secret: SecretStr = Field(
        SecretStr("sandbox-ministry-secret"),
        description="Master secret from which the ministries' secrets are derived",
    )
    ministry_keys: dict[str, Annotated[list[SecretStr], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Keys of a ministry, by ministry, the newest first; else a derived one",
    )
    sms_secret: SecretStr = Field(
        SecretStr("sandbox-sms-secret"),
        description="Secret that signs the SMS operator's delivery reports",
    )
    report_delay_ms: int = Field(
        20, description="Average milliseconds from a message to its delivery report"
    )
    sftp_port: int = Field(
        0, description="Port of the file server of ministries without an interface; 0 for none"
    )
    hang_s: float = Field(
        600.0, description="Seconds after which the connection of a hanging request is closed"
    )
    callback_deadline_s: float = Field(
        10.0, description="Seconds the platform has to accept a callback before the next attempt"
    )
    callback_tls_folder: Path | None = Field(
        None,
        description="Folder with tls.crt, tls.key and ca.crt, for callbacks that do not pass the "
        "ingress; empty for none",
    )
    callbacks_at_once: int = Field(
        64, description="Most callbacks of one kind (decisions, reports) under way"
    )
    spans_kept: int = Field(200_000, description="Most spans in memory; the newest are kept")
