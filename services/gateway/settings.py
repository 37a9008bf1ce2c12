"""The settings of the gateway."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings, read from `GATEWAY_…`."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    identity_url: str = Field("http://127.0.0.1:8101", description="Base URL of identity")
    catalogue_url: str = Field("http://127.0.0.1:8102", description="Base URL of catalogue")
    applications_url: str = Field("http://127.0.0.1:8103", description="Base URL of applications")
    ministries_url: str = Field("http://127.0.0.1:8104", description="Base URL of ministries")
    notifications_url: str = Field("http://127.0.0.1:8105", description="Base URL of notifications")
    documents_url: str = Field("http://127.0.0.1:8106", description="Base URL of documents")
    traces_of_callers_per_s: float = Field(
        0.0, ge=0, description="Traces a second that clients may have sampled; for trials only"
    )
    forward_deadline_s: float = Field(
        5.0, description="Seconds an upstream has to answer before the caller gets 504"
    )
    connections_per_upstream: int = Field(
        200, description="Most kept-alive connections to one upstream"
    )

    # One service centre is one address, and a whole mobile network can be one too.
    address_rate: float = Field(
        1000.0, description="Requests a second from one address, in the long run"
    )
    address_burst: float = Field(3000.0, description="Requests from one address at once")
    caller_rate: float = Field(
        30.0, description="Requests a second from one citizen, in the long run"
    )
    caller_burst: float = Field(120.0, description="Requests from one citizen at once")

    services_cache_s: float = Field(
        10.0, description="Longest time in seconds that a response of the catalogue is cached"
    )
    watchers_limit: int = Field(10_000, description="Open live views in this process")
    watchers_per_caller: int = Field(20, description="Open live views of one citizen")
    heartbeat_s: float = Field(15.0, description="Seconds between heartbeats on a live view")
