"""The HTTP route of what superiors see of the work below them, in numbers."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.bounds import Duty
from libs.contracts.cases import CaseFigure, CaseFigures, FiguresBy
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.cases.officers import use_cases as officers
from services.cases.queues import use_cases
from services.cases.queues.rules import FIGURES_OF, HEAD, Figure, Wanted
from services.cases.workflows import use_cases as workflows

routes = Routes()
_MOST: Final = 100
_DAY: Final = timedelta(days=1)


class FiguresQuery(BaseModel):
    """By what, and of which part."""

    by: Annotated[FiguresBy, Field(description="A row for each of these")] = "office"
    office: Annotated[str | None, Field(max_length=60, description="Of one office only")] = None
    duty: Annotated[Duty | None, Field(description="Of one duty only")] = None
    service: Annotated[
        str | None, Field(pattern=r"^[GS][0-9]{3}$", description="Of one public service only")
    ] = None


@routes.get(
    "/v1/cases/figures",
    roles=("officer",),
    problems=("duty_missing", "deputy_ended", "office_changed", "qualification_missing"),
)
async def count_work(
    query: FiguresQuery, staff: Staff, tx: Transaction, clock: Clock
) -> CaseFigures:
    """Count the work at offices of my ministry below my area, the most overdue first (officers).

    It is for officers with the duty `head`; nothing of what is in a case. A task is a case that
    waits for a duty.

    Raises:
        Refused: the caller is not a superior.
    """
    officer = await officers.read_officer(tx, staff, clock.now())
    if HEAD not in officer.duties:
        raise Refused("duty_missing")
    wanted = Wanted(query.by, query.office, query.duty, query.service)
    found = await use_cases.count_by(tx, officer, wanted, clock.now(), _MOST + 1)
    names = await workflows.read_names(tx)
    return CaseFigures(
        by=query.by,
        days=FIGURES_OF.days,
        items=[_view(figure, names.get(figure.key)) for figure in found[:_MOST]],
        is_cut=len(found) > _MOST,
    )


def _view(figure: Figure, name: Text | None) -> CaseFigure:
    age = figure.median_age
    return CaseFigure(
        key=figure.key,
        name=name,
        came=figure.came,
        done=figure.done,
        waiting=figure.waiting,
        overdue=figure.overdue,
        median_age_days=round(age / _DAY, 1) if age is not None else None,
    )
