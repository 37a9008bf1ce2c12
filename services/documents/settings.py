"""The settings of documents."""

import tempfile
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from libs.settings import PapersSettings, SharedSecret, is_on_loopback

ONE_MACHINE_SECRET: Final = "for-the-papers-of-one-machine-only"  # noqa: S105


class Settings(PapersSettings):
    """Settings, read from `DOCUMENTS_…`."""

    model_config = SettingsConfigDict(env_prefix="DOCUMENTS_")

    identity_url: str = Field(
        "http://127.0.0.1:8101", description="Base URL of identity, whose keys sign access tokens"
    )
    issuance_url: str = Field(
        "http://127.0.0.1:8109",
        description="Base URL of issuance, which draws papers that are given without a file",
    )
    gateway_origin: str = Field(
        "http://127.0.0.1:8100",
        pattern="^https?://[^/]+$",
        description="Address of the gateway as clients see it, without a path: what proofs of "
        "devices name",
    )
    # Requests of ministries carry the trace of a submission, of which we sampled a share.
    traces_of_callers_per_s: float = Field(
        10.0, ge=0, description="Traces a second that ministries may have sampled"
    )
    key_secret: SecretStr = Field(
        SecretStr(ONE_MACHINE_SECRET),
        min_length=32,
        description="Signs receipts; 32 random characters",
    )
    earlier_key_secrets: list[SharedSecret] = Field(
        default_factory=list,
        description="Earlier secrets, whose receipts are still verified",
    )
    ministry_keys: dict[str, Annotated[list[SharedSecret], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Keys with which a ministry fetches papers, by ministry, the newest first; "
        "else one derived from papers_secret",
    )

    folder: Path = Field(
        Path(".nagorik/documents"), description="Folder of the papers where s3_bucket is empty"
    )
    s3_bucket: str = Field("", description="Bucket of the papers; empty for a folder")
    s3_endpoint: str = Field("", description="Address of an S3 server; empty for that of AWS")
    s3_region: str = Field("us-east-1", description="Region of the bucket")
    s3_access_key_id: str = Field("", description="Access key of the S3 server")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="Its secret")

    scanner: str = Field(
        "", description="host:port of a ClamAV daemon, or its socket's path; empty scans nothing"
    )
    scan_deadline_s: float = Field(30.0, gt=0, description="Seconds a scan of one file may take")
    scan_again_every_s: float = Field(
        60.0, gt=0, description="Seconds between two looks for papers that were not scanned"
    )

    scratch_folder: str = Field(
        "", description="Folder for the files that are being opened; empty for the system's"
    )
    opener: str = Field(
        "",
        description="Socket of the opener, the process of another user in which papers are opened; "
        "empty opens them in processes of the service's own user",
    )
    processes_at_once: int = Field(
        2,
        ge=2,
        description="Files that are opened at once, one of each person, in processes of their own",
    )
    process_wait_s: float = Field(
        10.0, gt=0, description="Seconds that a paper waits for one of these processes"
    )
    process_cpu_s: int = Field(20, gt=0, description="Seconds of CPU of such a process")
    process_deadline_s: float = Field(40.0, gt=0, description="Seconds that it may take")
    process_memory_mb: int = Field(1024, gt=0, description="Its address space in MiB")

    upload_kept_h: float = Field(24.0, gt=0, description="Hours that an unfinished upload is kept")
    receipt_valid_h: float = Field(24.0, gt=0, description="Hours that a receipt is valid")
    unused_kept_days: int = Field(
        180, gt=0, description="Days that a paper is kept which no application needs"
    )
    papers_per_citizen: int = Field(200, gt=0, description="Most papers in one locker")
    uploads_per_citizen: int = Field(20, gt=0, description="Most unfinished uploads of a citizen")
    upload_mb_per_hour: int = Field(
        500, gt=0, description="Most megabytes that a person uploads in an hour"
    )
    delete_every_s: float = Field(
        60.0, gt=0, description="Seconds between two deletions of what has ended"
    )
    sweep_every_s: float = Field(
        3600.0, gt=0, description="Seconds between two looks for objects without a row"
    )
    orphans_after_s: float = Field(
        3600.0, gt=0, description="Age in seconds at which an object without a row is an orphan"
    )

    @property
    def origins(self) -> frozenset[str]:
        """The addresses by which clients know this API, without a path."""
        return frozenset({self.gateway_origin})

    @property
    def scratch(self) -> Path:
        """The folder for the files that are being opened."""
        return Path(self.scratch_folder or tempfile.gettempdir())

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Check the secret.

        Raises:
            ValueError: the default secret, which is public, signs or has signed where a database or
                a broker is not on this machine's loopback: anybody could make receipts with it.
        """
        secrets = [self.key_secret, *self.earlier_key_secrets]
        is_public = ONE_MACHINE_SECRET in [secret.get_secret_value() for secret in secrets]
        if is_public and not is_on_loopback(self.dsn, self.kafka_bootstrap):
            raise ValueError(
                "DOCUMENTS_KEY_SECRET must be set, and DOCUMENTS_EARLIER_KEY_SECRETS be without "
                "the default: database or broker are elsewhere"
            )
        return self
