"""Settings of the catalogue."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.contracts.catalogue import MinistryAdapter
from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the catalogue."""

    model_config = SettingsConfigDict(env_prefix="CATALOGUE_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, to check operators' tokens"
    )
    refresh_s: float = Field(
        1.0, description="Seconds between two checks for changes by other processes", gt=0
    )
    adapter_of_bodies: MinistryAdapter = Field(
        "none_yet",
        description="What hands submissions to a body for which `set-adapter` was never called: "
        "`none_yet`, they wait; `hosted` only where the sandbox plays all ministries",
    )
    grievances: bool = Field(
        default=False,
        description="Whether grievances are taken (G001). Only once no process of a release runs "
        "that does not know them: its readers refuse the workflow, and route by no body",
    )
    cache_s: int = Field(
        60, description="Seconds for which a browser or proxy may cache a response", ge=0
    )
