"""Every knob of the sandbox."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the sandbox."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_")

    folder: Path = Field(
        Path(".nagorik/sandbox"), description="Folder of the ledger, the sandbox's own file"
    )
    seed: int = Field(1, description="Chooses what is decided and what goes wrong; repeatable")
    ministry_secret: SecretStr = Field(
        SecretStr("sandbox-ministry-secret"),
        description="Master secret from which each ministry's secret for signing is derived",
    )
    sms_secret: SecretStr = Field(
        SecretStr("sandbox-sms-secret"),
        description="Secret that signs the SMS operator's delivery reports",
    )
    report_delay_ms: int = Field(
        20, description="Milliseconds from taking a message to its delivery report, about"
    )
    hang_s: float = Field(
        600.0, description="Seconds after which a request that hangs is cut off after all"
    )
    callback_deadline_s: float = Field(
        10.0, description="Seconds our side has to take a callback over before it is attempt again"
    )
    callbacks_at_once: int = Field(
        64, description="Most callbacks of one kind (decisions, reports) under way"
    )
    spans_kept: int = Field(200_000, description="How many of the newest spans are kept in memory")
