"""The settings of the programme."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.settings import EncryptedSettings


class Settings(EncryptedSettings):
    """Settings, read from `PROGRAMME_…`."""

    model_config = SettingsConfigDict(env_prefix="PROGRAMME_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, to check tokens"
    )
