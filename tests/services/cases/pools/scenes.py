"""A pool of a union with applications for the old-age allowance."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.applications import SubmissionMade
from libs.contracts.pools import DrawPoolList
from libs.database.pool import Database
from libs.ids import new_id
from services.cases.officers.rules import Officer
from services.cases.pools import use_cases
from services.cases.pools.use_cases import Seen
from services.catalogue.workflows.reference import reference_workflows
from tests.services.cases.scenes import NOW, Desk, acted, submitted

ALLOWANCE = next(each for each in reference_workflows() if each.key == "S055@1")
OFFICE = "union-U2393"
COMMITTEE = frozenset({"union_committee"})
DRAWER = Officer(UUID(int=11), "lgd", OFFICE, COMMITTEE)
CONFIRMER = Officer(UUID(int=12), "lgd", OFFICE, COMMITTEE)
SOCIAL = Officer(UUID(int=13), "lgd", OFFICE, frozenset({"social_services"}))
UNION = {"area": "100409", "union": "U2393"}


def asked(born: str = "1950-01-31", **fields: Any) -> SubmissionMade:
    """Somebody who asks for the allowance."""
    answers = {
        "name_bn": "রহিমা খাতুন", "sex": "female", "birth_date": born, "yearly_income_bdt": 9000,
        "landless": False, "permanent_address": UNION, **fields.pop("answers", {}),
    }  # fmt: skip
    return submitted("S055", answers=answers, applicant_id=new_id(), **fields)


async def waiting(database: Database, *events: SubmissionMade) -> Desk:
    """All of them wait to be ranked."""
    desk = await Desk(database).prepare([ALLOWANCE])
    await came(desk, *events)
    return desk


async def came(desk: Desk, *events: SubmissionMade) -> None:
    """More of them wait."""
    await desk.take_in(*events)
    for event in events:
        await acted(desk, SOCIAL, event.event_id, "ok")


async def drawn(desk: Desk, quota: int, *, officer: Officer = DRAWER, group: str = "U2393") -> UUID:
    """A list of the union."""
    body = DrawPoolList(
        duty="union_committee", workflow="S055@1", step="rank", group=group, quota=quota,
        order="order 7 of 1 July 2026",
    )  # fmt: skip
    async with desk.database.transaction() as tx:
        return await use_cases.draw(tx, officer, body, NOW + timedelta(hours=1))


async def read(desk: Desk, list_id: UUID, officer: Officer = CONFIRMER) -> Seen:
    """A list as an officer sees it."""
    async with desk.database.transaction() as tx:
        return await use_cases.read_list(tx, officer, list_id, NOW, after=0, limit=1000)


async def results(desk: Desk, list_id: UUID) -> list[tuple[UUID, int, str]]:
    """Cases with place and result, in their order."""
    page = (await read(desk, list_id)).page
    return [(row.case_id, row.place, row.result) for row in page]


async def confirmed(desk: Desk, list_id: UUID, expected: int, officer: Officer = CONFIRMER) -> None:
    """Confirm a list."""
    async with desk.database.transaction() as tx:
        await use_cases.confirm(tx, officer, list_id, expected, NOW + timedelta(hours=2))


async def gone_on(desk: Desk, *, limit: int = 200, at: datetime | None = None) -> int:
    """Take steps until nothing is left to do; return how many had something to do."""
    steps = 0
    while True:
        async with desk.database.transaction() as tx:
            if not await use_cases.go_on(tx, at=at or NOW + timedelta(hours=3), limit=limit):
                return steps
        steps += 1


async def steps_of(desk: Desk, *events: SubmissionMade) -> list[str]:
    """The steps at which cases are."""
    return [(await desk.file(event)).state.step for event in events]
