"""Settings of applications."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from libs.settings import EncryptedSettings


class Settings(EncryptedSettings):
    """Settings of applications."""

    model_config = SettingsConfigDict(env_prefix="APPLICATIONS_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, whose keys sign access tokens"
    )
    documents_url: str = Field(
        "http://127.0.0.1:8106", description="Base URL of documents, whose keys sign receipts"
    )
    gateway_origin: str = Field(
        "http://127.0.0.1:8100",
        pattern="^https?://[^/]+$",
        description="Address of the gateway as clients see it, without a path: what proofs of "
        "devices name",
    )
    group_limit: int = Field(512, description="Submissions in one transaction, at most", gt=0)
    catalogue_refresh_s: float = Field(
        1.0,
        description="Seconds between two checks for public services stored by other replicas",
        gt=0,
    )
    overdue_every_s: float = Field(
        60.0, description="Seconds between two searches for overdue applications", gt=0
    )
    overdue_limit: int = Field(
        500, description="Applications marked overdue in one transaction, at most", gt=0
    )
    responses_kept_days: int = Field(
        7, description="Days for which a repeated Idempotency-Key gets its first response", gt=0
    )

    @property
    def origins(self) -> frozenset[str]:
        """The addresses by which clients know this API, without a path."""
        return frozenset({self.gateway_origin})
