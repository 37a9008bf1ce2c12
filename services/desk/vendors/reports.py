"""The report of a check in a posted form."""

from typing import Final

from pydantic import BaseModel, ConfigDict

from libs.contracts.language import Language, Text
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem
from libs.pages.posts import Posted
from services.desk.staff.forms import errors_of

_PLACE: Final = "report"
_NO_REPORT: Final = Text(
    bn="adapters check --json যা লিখেছে, এটি তা নয়। স্বাক্ষরসহ পুরোটা আবার দিন।",
    en="This is not what adapters check --json printed. Paste all of it again, with its signature.",
)
_MOST_CHARS = 20_000


class PastedReport(BaseModel):
    """What was pasted, if it is an object; the API says what is wrong with it."""

    model_config = ConfigDict(extra="allow")


def report_in(posted: Posted) -> BaseModel:
    """Return the last line of a pasted report, which `adapters check --json` prints as JSON."""
    lines = posted.text("report")[-_MOST_CHARS:].splitlines()[-1:]
    try:
        return PastedReport.model_validate_json("".join(lines))
    except ValueError:
        return PastedReport()


def errors_with_report(failure: ApiProblem, place: str, language: Language) -> list[PageError]:
    """Return what is wrong on a page with a report, whose own fields nobody typed."""
    if place == _PLACE and failure.problem.errors:
        return [PageError(_PLACE, _NO_REPORT.in_language(language))]
    return errors_of(failure, place)
