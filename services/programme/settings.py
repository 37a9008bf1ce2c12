"""The settings of the programme."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.mail import MailSettings
from libs.settings import EncryptedSettings


class Settings(EncryptedSettings, MailSettings):
    """Settings, read from `PROGRAMME_…`."""

    model_config = SettingsConfigDict(env_prefix="PROGRAMME_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, to check tokens"
    )
    chief_adviser_mail: str = Field(
        "",
        description="Address of the Chief Adviser's Office that is told what is late by 20 working "
        "days; empty for nobody",
    )
