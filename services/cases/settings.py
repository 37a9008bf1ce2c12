"""The settings of cases."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.mail import MailSettings
from libs.settings import PapersSettings


class Settings(PapersSettings, MailSettings):
    """Settings, read from `CASES_…`."""

    model_config = SettingsConfigDict(env_prefix="CASES_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, whose keys sign access tokens"
    )
    clocks_every_s: float = Field(
        5.0, description="Seconds between two searches for clocks that have run out", gt=0
    )
    clocks_at_once: int = Field(
        200, description="Clocks that run out in one transaction, at most", gt=0
    )
    stalled_every_s: float = Field(
        10.0, description="Seconds between two looks at some of the open cases", gt=0
    )
    stalled_at_once: int = Field(
        5_000, description="Open cases that one look checks, at most", gt=0
    )
    overdue_every_s: float = Field(
        10.0, description="Seconds between two looks for overdue cases at some open tasks", gt=0
    )
    overdue_at_once: int = Field(
        5_000, description="Open tasks that one look checks, at most", gt=0
    )
