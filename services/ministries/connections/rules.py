"""The connection to a ministry's system: data that operators change, version by version."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from libs.contracts.bounds import AppealDays, Moment
from libs.contracts.ministries import ConnectionChanged
from libs.errors import Refused
from libs.ids import NAMESPACE, derived_id
from libs.party_addresses import Address

AdapterName = Literal["http_json", "soap", "poll_json", "files"]
# The API says no more than that it is a name, so that another adapter changes no contract.
_Name = Annotated[AdapterName, WithJsonSchema({"type": "string", "examples": ["http_json"]})]

VALID_FOR: Final = timedelta(days=30)
"""The age until which a report opens the gate."""

TAKE_APPEALS: Final[frozenset[AdapterName]] = frozenset({"http_json", "poll_json"})
"""The adapters that hand objections over; the others cannot."""

APPEALED: Final = "appealed"
"""The rule of a report that says whether a system takes objections."""

BY_THE_PLATFORM: Final = "platform"
"""Author of a version that no person set."""


class Connection(BaseModel):
    """How to reach one ministry's system.

    Args:
        adapter: which adapter serves it.
        address: base URL without a final slash, over HTTPS but for the sandbox; for files
            `sftp://user@host:port/folder`.
        credentials: name of the secrets in the settings; by default the ministry's id.
        file_format: for files, what a batch is written as; results are read in both.
        host_key: for files, the server's public key as in `known_hosts`, which must not change.
        read_every_s: seconds between two questions, or two looks for files.
        read_at_once: most applications in one question, or rows in one batch.
        appeal_days: days, all counted, in which its citizens may object to a refusal; None for a
            system that takes no objections.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    adapter: _Name = "http_json"
    address: Address
    credentials: Annotated[str | None, Field(pattern=r"^[a-z0-9_-]{1,40}$")] = None
    file_format: Literal["csv", "xlsx"] = "csv"
    host_key: Annotated[str | None, Field(max_length=2000)] = None
    read_every_s: Annotated[float, Field(gt=0, le=7 * 86_400)] = 60.0
    read_at_once: Annotated[int, Field(gt=0, le=5000)] = 100
    appeal_days: AppealDays | None = None

    @model_validator(mode="after")
    def _takes_what_it_says(self) -> "Connection":
        if self.appeal_days is not None and self.adapter not in TAKE_APPEALS:
            raise ValueError(f"{self.adapter} takes no objections")
        return self


class CheckReport(BaseModel):
    """The report of `adapters check` on a ministry's system, as printed with `--json`.

    `signature` is made with the platform's secret: what somebody wrote by hand, or checked
    elsewhere, has none.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    ministry: str
    checked_at: Moment
    adapter: _Name
    address: Address
    host_key: Annotated[str | None, Field(max_length=2000)] = None
    file_format: Literal["csv", "xlsx"] = "csv"
    appeal_days: AppealDays | None = None
    rules: Annotated[dict[str, Literal["passed", "failed", "skipped"]], Field(min_length=1)]
    signature: Annotated[str, Field(max_length=100)] = ""

    @property
    def passed(self) -> bool:
        """Whether the system keeps every rule."""
        return set(self.rules.values()) == {"passed"}

    def signed(self, key: str) -> "CheckReport":
        """Return the report with its signature by the platform's key for reports."""
        return self.model_copy(update={"signature": self._mac(key)})

    def is_signed(self, key: str) -> bool:
        """Return whether it was signed with that key, and is as it was then."""
        return hmac.compare_digest(self._mac(key), self.signature)

    def _mac(self, key: str) -> str:
        # As of a report from before there were objections: its signature holds.
        new = set() if self.appeal_days else {"appeal_days"}
        content = self.model_dump_json(exclude={"signature", *new})
        return hmac.new(key.encode(), content.encode(), "sha256").hexdigest()

    def is_on(self, connection: Connection) -> bool:
        """Return whether it is on the system of a connection, as that reaches it.

        One that takes objections was checked with them.
        """
        if connection.appeal_days and APPEALED not in self.rules:
            return False
        return (self.adapter, self.address, self.host_key, self.file_format) == (
            connection.adapter,
            connection.address,
            connection.host_key,
            connection.file_format,
        )


def read_report(content: str, now: datetime) -> CheckReport:
    """Read a report.

    Raises:
        Refused: it is none, or from the future.
    """
    try:
        report = CheckReport.model_validate_json(content)
    except ValidationError:
        raise Refused("report_unreadable") from None
    if report.checked_at > now:
        raise Refused("report_unreadable", "from the future")
    return report


def check_signed(report: CheckReport, key: str) -> None:
    """Check that a report was made by the platform.

    Raises:
        Refused: it has no signature by this key.
    """
    if not report.is_signed(key):
        raise Refused("report_not_signed")


def check_gate(
    report: CheckReport | None,
    connection: Connection,
    despite: str | None,
    *,
    key: str,
    now: datetime,
) -> None:
    """Check that a ministry's system may be connected.

    Args:
        report: the last report on a system of the ministry, if there is one.
        connection: how it is to be connected.
        despite: why it goes live without a passed report.
        key: signs reports.
        now: the time.

    Raises:
        Refused: this system was not checked by this adapter, or a month ago, or breaks a rule, and
            nobody says why that does not matter.
    """
    if despite:
        return
    if report is None:
        raise Refused("connection_not_checked", "there is no report")
    if not report.is_on(connection):
        raise Refused("connection_not_checked", "the last report is on another system")
    if not report.is_signed(key):
        raise Refused("connection_not_checked", "the last report is not signed by the platform")
    if now - report.checked_at > VALID_FOR:
        raise Refused("connection_not_checked", f"the last report is of {report.checked_at:%F}")
    if not report.passed:
        wrong = [f"{name} {result}" for name, result in report.rules.items() if result != "passed"]
        raise Refused("connection_not_checked", ", ".join(wrong))


@dataclass(frozen=True, slots=True)
class Change:
    """The author of a change of a connection, and the reason."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a ministry's connection; None is the default one.

    A stopped connection calls nothing: deliveries wait, and an alert stands until it is resumed.
    `despite` says why it went live without a passed report.
    """

    ministry: str
    version: int = 0
    connection: Connection | None = None
    is_stopped: bool = False
    reason: str = ""
    set_by: str = ""
    set_at: datetime | None = None
    despite: str | None = None


def announcement(version: Version, reports: Sequence[CheckReport]) -> ConnectionChanged:
    """Return the announcement of a version that was set.

    Args:
        version: of a ministry's connection.
        reports: on systems of the ministry, the newest first; of another system none counts.
    """
    connection = version.connection
    report = next((report for report in reports if connection and report.is_on(connection)), None)
    passed, checked_at = report is not None and report.passed, report and report.checked_at
    # With its time: after a restore a number comes again, perhaps with another system.
    said = f"{version.ministry}/{version.version}/{version.set_at}/{checked_at}/{passed}"
    return ConnectionChanged(
        event_id=derived_id(NAMESPACE, f"connection/{said}"),
        ministry=version.ministry,
        adapter=connection and connection.adapter,
        version=version.version,
        checked_at=checked_at,
        passed=passed,
        despite=version.despite is not None and not passed,
        stopped=version.is_stopped,
    )
