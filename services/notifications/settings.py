"""The settings of notifications."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.settings import EncryptedSettings, SharedSecret


class Settings(EncryptedSettings):
    """Settings, read from `NOTIFICATIONS_…`."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")

    # Callbacks carry the trace of what we sent, of which we sampled a share.
    traces_of_callers_per_s: float = Field(
        10.0, ge=0, description="Traces a second that callbacks may have sampled"
    )
    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, to check tokens"
    )
    sms_url: str = Field(
        "http://127.0.0.1:8099", description="Base URL of the SMS provider, without a final slash"
    )
    sms_secret: SharedSecret = Field(
        description="Secret shared with the SMS provider that signs its delivery reports; at least "
        "32 random characters"
    )
    sms_deadline_s: float = Field(
        5.0, description="Seconds given to one call of the SMS provider", gt=0
    )
    sms_per_request: int = Field(
        200, description="Most messages in one request to the provider; 1 for no lists", gt=0
    )
    sms_at_once: int = Field(
        4, description="Most requests with messages about applications at the provider", gt=0
    )
    codes_at_once: int = Field(
        32, description="Most requests with one-time codes at the provider, beside those", gt=0
    )
    first_retry_s: float = Field(1.0, description="Seconds before the second attempt", gt=0)
    longest_retry_s: float = Field(900.0, description="Longest pause in seconds", gt=0)
    give_up_after_s: float = Field(
        7 * 24 * 3600.0, description="Age in seconds at which a message fails for good", gt=0
    )
    keep_days: int = Field(
        90, description="Days after which a message that has left the queue is deleted", gt=0
    )
    tidy_every_s: float = Field(
        10.0, description="Seconds between two rounds of closing expired codes and deleting", gt=0
    )
