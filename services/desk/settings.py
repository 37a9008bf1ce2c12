"""Settings of the desk."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.pages.settings import PageSettings


class Settings(PageSettings):
    """Settings, read from `DESK_…`."""

    model_config = SettingsConfigDict(env_prefix="DESK_")

    portal_origin: str = Field(
        "http://127.0.0.1:8101",
        pattern="^https?://[^/]+$",
        description="Address of the citizens' pages as browsers see it, without a path",
    )
