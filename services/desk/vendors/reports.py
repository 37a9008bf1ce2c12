"""The report of a check in a posted form."""

from pydantic import BaseModel, ConfigDict

from libs.pages.posts import Posted

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
