"""Settings of the portal."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.pages.settings import PageSettings


class Settings(PageSettings):
    """Settings, read from `PORTAL_…`."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_")

    desk_origin: str = Field(
        "http://127.0.0.1:8102",
        pattern="^https?://[^/]+$",
        description="Address of the pages of staff as browsers see it, without a path",
    )
