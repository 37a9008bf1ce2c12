"""A report of the conformance kit on a ministry's own adapter."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from libs.errors import Refused

Verdict = Literal["passed", "failed", "skipped"]


class Report(BaseModel):
    """The report of the conformance kit, as it writes it with `--report`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ministry: str
    checked_at: AwareDatetime
    rules: dict[str, Verdict] = Field(min_length=1)

    @property
    def passed(self) -> bool:
        """Whether the adapter keeps every rule that was checked, and none was left out."""
        return set(self.rules.values()) == {"passed"}

    @property
    def takes_appeals(self) -> bool:
        """Whether the adapter was checked with objections to refusals, and keeps every rule."""
        return self.passed and self.rules.get("appealed") == "passed"


def read_report(content: str, now: datetime) -> Report:
    """Read a report.

    Raises:
        Refused: it is none, or from the future.
    """
    try:
        report = Report.model_validate_json(content)
    except ValidationError:
        raise Refused("report_unreadable") from None
    if report.checked_at > now:
        raise Refused("report_unreadable", "from the future")
    return report


def check_gate(report: Report | None, despite: str | None) -> None:
    """Check that a ministry's own adapter may go live.

    Args:
        report: the last report on it, if there is one.
        despite: why it goes live without a passed report.

    Raises:
        Refused: it was not checked, or breaks a rule, and nobody says why that does not matter.
    """
    if despite or (report is not None and report.passed):
        return
    raise Refused("adapter_not_checked")
