"""Settings of every service; a service adds its own in its settings.py."""

import math
from ipaddress import ip_address, ip_network
from typing import Annotated, Final
from urllib.parse import parse_qs, urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.encryption import Cipher, MasterKeys

ONE_MACHINE_MASTER_KEYS: Final = "public:for-the-embedded-database-of-one-machine-only"
ONE_MACHINE_PAPERS_SECRET: Final = "for-the-links-to-papers-of-one-machine-only"  # noqa: S105

SharedSecret = Annotated[SecretStr, Field(min_length=32)]
"""A secret shared with another party: 128 bits at least, where a random character has four."""


def is_on_loopback(dsn: str, bootstrap: str) -> bool:
    """Whether the database and all brokers are sockets of this machine's loopback.

    Args:
        dsn: of the database; a DSN without a host is none, since the client then takes one from
            elsewhere. Empty for no database.
        bootstrap: Kafka brokers, separated by commas.
    """
    hosts = [broker.rpartition(":")[0] for broker in bootstrap.split(",")]
    if dsn:
        parts = urlsplit(dsn)
        listed = parts.netloc.rpartition("@")[2].split(",")
        query = parse_qs(parts.query)
        named = [host for key in ("host", "hostaddr") for host in query.get(key, ())]
        hosts += [_host(address) for address in listed if address or not named]
        hosts += [host for hosts_of_key in named for host in hosts_of_key.split(",")]
    return all(map(_is_loopback, hosts))


def _host(address: str) -> str:
    """The host of `host`, `host:port` or `[host]:port`."""
    if address.startswith("["):
        return address.partition("]")[0]
    return address.partition(":")[0]


def _is_loopback(host: str) -> bool:
    host = host.strip().strip("[]")
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _shared(name: str) -> AliasChoices:
    return AliasChoices(f"NAGORIK_{name}")


class ServiceSettings(BaseSettings):
    """Settings of one service process, read from the environment.

    Settings that differ between services have the service's prefix (`APPLICATIONS_DSN`); common
    settings have the prefix `NAGORIK_`.
    """

    # A failed start is logged, and pydantic quotes the values of all settings in one error.
    model_config = SettingsConfigDict(hide_input_in_errors=True)

    host: str = Field("127.0.0.1", description="Address the HTTP server listens on")
    port: int = Field(0, description="Port the HTTP server listens on; 0 takes a free one")
    public_url: str = Field(
        "", description="Base URL at which others reach this process; empty for http://host:port"
    )
    dsn: str = Field("", description="PostgreSQL DSN of the service's own database")
    trusted_proxies: str = Field(
        "127.0.0.0/8,::1/128",
        validation_alias=_shared("TRUSTED_PROXIES"),
        description="Networks of our own proxies and of the gateway (CIDR, separated by commas): "
        "their X-Forwarded-For says where a request comes from",
    )
    database_connections: int = Field(8, description="Maximum number of database connections")
    replica: str = Field(
        "0", description="Stable name of this replica among those of the service", max_length=40
    )
    drain_s: float = Field(10.0, description="Seconds for work under way when stopping")

    kafka_bootstrap: str = Field(
        "127.0.0.1:9092",
        validation_alias=_shared("KAFKA_BOOTSTRAP"),
        description="Kafka brokers, host:port, separated by commas",
    )
    kafka_security: str = Field(
        "PLAINTEXT",
        validation_alias=_shared("KAFKA_SECURITY"),
        description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL",
    )
    kafka_user: str = Field("", description="SCRAM-SHA-512 user of this service")
    kafka_password: str = Field("", description="Password of that user")
    kafka_ca_file: str = Field(
        "", validation_alias=_shared("KAFKA_CA_FILE"), description="CA bundle of the brokers"
    )
    tls_folder: str = Field(
        "",
        validation_alias=_shared("TLS_FOLDER"),
        description="Folder with tls.crt, tls.key and ca.crt: serve HTTPS, and trust that CA in "
        "other services; empty serves HTTP",
    )
    otlp_endpoint: str = Field(
        "",
        validation_alias=_shared("OTLP_ENDPOINT"),
        description="OTLP/HTTP traces endpoint; empty exports nothing",
    )
    otlp_ca_file: str = Field(
        "", validation_alias=_shared("OTLP_CA_FILE"), description="CA bundle of that endpoint"
    )
    traces_per_s: float = Field(
        5.0,
        ge=0,
        validation_alias=_shared("TRACES_PER_S"),
        description="Traces a second begun by a process that are sampled; `inf` for all",
    )
    traces_of_callers_per_s: float = Field(
        math.inf,
        ge=0,
        description="Traces a second that are sampled because a caller says so; beyond them they "
        "count as begun here. "
        "`inf` where all callers are our own",
    )
    release: str = Field(
        "", validation_alias=_shared("RELEASE"), description="Name of the release, for `build_info`"
    )
    log_level: str = Field(
        "INFO", validation_alias=_shared("LOG_LEVEL"), description="Lowest level that is logged"
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        """Check the networks; a malformed one raises ValueError."""
        for cidr in filter(None, value.split(",")):
            ip_network(cidr.strip())
        return value


class EncryptedSettings(ServiceSettings):
    """Settings of a service that stores personal data."""

    encryption_secret: SecretStr = Field(
        SecretStr(ONE_MACHINE_MASTER_KEYS),
        validate_default=True,
        description="Master keys of the service's database, `id:secret` separated by commas, the "
        "newest first; a secret is 32 random bytes in Base64",
    )

    @field_validator("encryption_secret")
    @classmethod
    def _are_master_keys(cls, secret: SecretStr, settings: ValidationInfo) -> SecretStr:
        """Check the master keys.

        Raises:
            ValueError: they are malformed or short; or the default, which is public, is used with
                a database or a broker that is not on this machine's loopback.
        """
        MasterKeys.parse(secret.get_secret_value())
        return _checked(secret, ONE_MACHINE_MASTER_KEYS, settings)


class PapersSettings(EncryptedSettings):
    """Settings of the services between which links to papers pass."""

    papers_secret: SharedSecret = Field(
        SecretStr(ONE_MACHINE_PAPERS_SECRET),
        validate_default=True,
        description="Secret from which the key of links to papers, and the key of a ministry that "
        "fetches papers, are derived; the same in documents, ministries, cases and issuance. No "
        "decision is signed with it",
    )

    @field_validator("papers_secret")
    @classmethod
    def _is_papers_secret(cls, secret: SecretStr, settings: ValidationInfo) -> SecretStr:
        """Check the secret.

        Raises:
            ValueError: the default, which is public, is used with a database or a broker that is
                not on this machine's loopback.
        """
        return _checked(secret, ONE_MACHINE_PAPERS_SECRET, settings)


def _checked(secret: SecretStr, public: str, settings: ValidationInfo) -> SecretStr:
    places = settings.data.get("dsn", ""), settings.data.get("kafka_bootstrap", "")
    if secret.get_secret_value() == public and not is_on_loopback(*places):
        raise ValueError("must be set: database or broker are elsewhere")
    return secret


def cipher_of(settings: ServiceSettings) -> Cipher | None:
    """Make the cipher of a service's database; None for a service that stores no personal data."""
    if not isinstance(settings, EncryptedSettings):
        return None
    return Cipher(MasterKeys.parse(settings.encryption_secret.get_secret_value()))
