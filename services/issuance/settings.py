"""The settings of issuance."""

from typing import Final, Self

from cryptography import x509
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from libs.bangladesh.text import parse_int
from libs.settings import PapersSettings, SharedSecret, is_on_loopback

ONE_MACHINE_SECRET: Final = "for-the-decisions-of-one-machine"  # noqa: S105


class Settings(PapersSettings):
    """Settings, read from `ISSUANCE_…`."""

    model_config = SettingsConfigDict(env_prefix="ISSUANCE_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, whose keys sign access tokens"
    )
    documents_url: str = Field(
        "http://127.0.0.1:8103",
        description="Base URL of documents, which has the files that ministries bring as papers",
    )
    file_deadline_s: float = Field(20.0, gt=0, description="Seconds for fetching one of them")
    gateway_origin: str = Field(
        "http://127.0.0.1:8100",
        pattern="^https?://[^/]+$",
        description="Address of the gateway as clients see it, without a path: what proofs of "
        "devices name",
    )
    portal_origin: str = Field(
        "http://127.0.0.1:8081",
        pattern="^https?://[^/]+$",
        description="Address of the portal, without a path: what the codes on papers lead to",
    )
    key_secret: SecretStr = Field(
        SecretStr(ONE_MACHINE_SECRET),
        min_length=32,
        description="From which the keys of bodies are derived, one for each year; 32 random "
        "characters",
    )
    earlier_key_secrets: list[SharedSecret] = Field(
        default_factory=list, description="Earlier secrets, whose papers are still verified"
    )
    certificates: dict[str, str] = Field(
        default_factory=dict,
        description="Certificates in PEM that a licensed authority gave for keys of bodies, by "
        "body and year, as `lgd-2026`: the key's own first, then those above it; a body without "
        "one gives itself one, which no authority has looked at",
    )
    opener: str = Field(
        "",
        description="Socket of the opener, the process of another user in which papers are drawn; "
        "empty draws them in processes of the service's own user",
    )
    drawings_at_once: int = Field(2, gt=0, description="Papers that are drawn at once")
    drawing_wait_s: float = Field(3.0, gt=0, description="Seconds that a paper waits for its turn")

    @property
    def origins(self) -> frozenset[str]:
        """The addresses by which clients know this API, without a path."""
        return frozenset({self.gateway_origin})

    @property
    def certificates_by_key(self) -> dict[tuple[str, int], list[x509.Certificate]]:
        """The certificates, by body and year.

        Raises:
            ValueError: a name is none of a body and a year, or a text is no certificate.
        """
        found = {}
        for name, text in self.certificates.items():
            body, _, year = name.rpartition("-")
            try:
                found[body, parse_int(year)] = x509.load_pem_x509_certificates(text.encode())
            except ValueError:
                raise ValueError(
                    f"ISSUANCE_CERTIFICATES: {name!r} must be a body and a year, as lgd-2026, "
                    "and its value certificates in PEM"
                ) from None
        return found

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check the secrets and the certificates.

        Raises:
            ValueError: the default secret, which is public, signs or has signed where a database or
                a broker is not on this machine's loopback: anybody could make papers with it. Or a
                certificate is none.
        """
        secrets = [self.key_secret, *self.earlier_key_secrets]
        is_public = ONE_MACHINE_SECRET in [secret.get_secret_value() for secret in secrets]
        if is_public and not is_on_loopback(self.dsn, self.kafka_bootstrap):
            raise ValueError(
                "ISSUANCE_KEY_SECRET must be set, and ISSUANCE_EARLIER_KEY_SECRETS be without the "
                "default: database or broker are elsewhere"
            )
        _ = self.certificates_by_key
        return self
