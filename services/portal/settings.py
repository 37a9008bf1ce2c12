"""Settings of the portal."""

from pydantic_settings import SettingsConfigDict

from libs.pages.settings import PageSettings


class Settings(PageSettings):
    """Settings, read from `PORTAL_…`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_")
