"""For how long a sealed case stays."""

from datetime import date, datetime, time

from libs.bangladesh.calendar import DHAKA, dhaka_date
from libs.workflows.model import Workflow


def kept_from(workflow: Workflow, at: datetime) -> datetime | None:
    """Return the time before which a case must have ended to be deleted; None to delete none."""
    kept = workflow.kept
    if kept is None or kept.status != "sourced":
        return None
    return datetime.combine(_years_before(dhaka_date(at), kept.years), time.min, DHAKA)


def reason(workflow: Workflow, cases: int) -> str:
    """Return what the journal says of deleted cases."""
    years = workflow.kept.years if workflow.kept else 0
    law = workflow.kept.law if workflow.kept else ""
    return f"{cases} cases, ended more than {years} years ago: {law}"


def _years_before(day: date, years: int) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if is_leap_day else day.day)
