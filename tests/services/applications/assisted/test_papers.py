"""A decision waits at the counter until it was told and its paper printed."""

from typing import Any
from uuid import UUID

import pytest

from libs.contracts.events import Event
from libs.contracts.identity import UddoktaChanged
from libs.contracts.issuance import PaperIssued, PaperPrinted, PaperReplaced, PaperWithdrawn
from libs.database.pool import Database
from services.applications.assisted import consumers as assisted
from services.applications.timeline import consumers
from tests.consuming import consuming
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.running import Api, running_api
from tests.services.applications.scenes import (
    NOW,
    RAHIM,
    SELIM,
    decided,
    mandate_evidence,
    row_count,
)

FIRST, LATER = "7K4M-9PXR-T3H5", "2B7C-4DXR-K9H3"


async def heard(database: Database, *events: Event) -> None:
    """Consume events of issuance."""
    async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
        await consume(*events)


async def news(api: Api, *, told: bool = False, who: str = "rahim") -> list[Any]:
    """What an uddokta has to tell, or has told."""
    path = f"/v1/assisted-news?told={str(told).lower()}"
    items: list[Any] = (await api.get(path, who=who)).json()["items"]
    return items


async def tell(api: Api, row: Any) -> Any:
    """Tell the citizen."""
    return (await api.post(f"/v1/assisted-news/{row['news_id']}/telling", who="rahim")).json()


async def sent(api: Api, consent: str = "witness", key: str = "first-click") -> UUID:
    """An application that was sent at the counter and decided."""
    reply = (await Office(api, mandate_evidence(consent=consent)).submit(key=key)).json()
    application_id = UUID(reply["application_id"])
    await api.consume(decided(application_id))
    return application_id


def fact(kind: type[Any], application_id: UUID, number: str = FIRST, **fields: Any) -> Any:
    """What issuance says of a paper."""
    return kind(application_id=application_id, number=number, occurred_at=NOW, **fields)


def states(row: Any) -> dict[str, tuple[str, bool]]:
    """The papers of a row, and whether each waits."""
    return {paper["number"]: (paper["state"], paper["waits"]) for paper in row["papers"]}


@pytest.mark.parametrize("consent", ["guardian_phone", "shared_phone", "witness"])
async def test_a_decision_waits_until_its_paper_is_printed(
    database: Database, consent: str
) -> None:
    """Told or not; a paper that comes after the telling puts it back."""
    async with running_api(database) as api:
        application_id = await sent(api, consent)
        (row,) = await news(api)
        assert row["papers"] == []
        await tell(api, row)
        assert await news(api) == []
        await heard(database, fact(PaperIssued, application_id))
        (row,) = await news(api)
        assert (states(row), row["told_at"] is None) == ({FIRST: ("to_print", True)}, False)
        assert await news(api, told=True) == []
        await heard(database, fact(PaperPrinted, application_id))
        assert await news(api) == []
        (row,) = await news(api, told=True)
        assert states(row) == {FIRST: ("printed", False)}


async def test_what_was_printed_and_was_not_told_stays(database: Database) -> None:
    """The paper in the hand is not the telling."""
    async with running_api(database) as api:
        application_id = await sent(api)
        await heard(database, fact(PaperIssued, application_id), fact(PaperPrinted, application_id))
        (row,) = await news(api)
        assert states(row) == {FIRST: ("printed", False)}
        assert states(await tell(api, row)) == {FIRST: ("printed", False)}
        assert await news(api) == []


@pytest.mark.parametrize("in_order", [True, False])
async def test_a_printed_paper_that_ends_comes_back_until_it_is_told(
    database: Database, *, in_order: bool
) -> None:
    """With the new one to print; in any order of the events."""
    async with running_api(database) as api:
        application_id = await sent(api)
        (row,) = await news(api)
        await tell(api, row)
        events = [
            fact(PaperIssued, application_id),
            fact(PaperPrinted, application_id),
            fact(PaperReplaced, application_id, replaced_by=LATER),
            fact(PaperIssued, application_id, LATER),
        ]
        for event in events if in_order else reversed(events):
            await heard(database, event)
        (row,) = await news(api)
        assert states(row) == {FIRST: ("ended", True), LATER: ("to_print", True)}
        assert states(await tell(api, row)) == {FIRST: ("ended", False), LATER: ("to_print", True)}
        (row,) = await news(api)
        await heard(database, fact(PaperPrinted, application_id, LATER))
        assert await news(api) == []


async def test_a_paper_that_ends_before_anybody_printed_it_waits_for_nobody(
    database: Database,
) -> None:
    """There is nothing in the hand, and nothing to print."""
    async with running_api(database) as api:
        application_id = await sent(api)
        (row,) = await news(api)
        await tell(api, row)
        await heard(
            database, fact(PaperIssued, application_id), fact(PaperWithdrawn, application_id)
        )
        assert await news(api) == []


async def test_a_paper_that_was_issued_before_papers_were_kept_here_ends_by_its_number(
    database: Database,
) -> None:
    """It was printed since, and the uddokta sees which one holds no more."""
    async with running_api(database) as api:
        application_id = await sent(api)
        (row,) = await news(api)
        await tell(api, row)
        await heard(
            database, fact(PaperPrinted, application_id), fact(PaperWithdrawn, application_id)
        )
        (row,) = await news(api)
        assert states(row) == {FIRST: ("ended", True)}


async def test_of_a_citizen_with_a_phone_of_her_own_nothing_is_kept(database: Database) -> None:
    """She is told by SMS, and asks for the print herself."""
    async with running_api(database) as api:
        application_id = await sent(api, "own_phone")
        await heard(database, fact(PaperIssued, application_id), fact(PaperPrinted, application_id))
        assert await news(api) == []
        async with database.transaction() as tx:
            assert await row_count(tx, "counter_papers") == 0


async def test_a_paper_that_nobody_prints_any_more_is_taken_over(database: Database) -> None:
    """It was told, its uddokta is gone, and another one of the centre prints it."""
    async with running_api(database) as api:
        application_id = await sent(api)
        (row,) = await news(api)
        await tell(api, row)
        here = {"service_centre_id": "uttara", "occurred_at": NOW}
        selim = UddoktaChanged(uddokta_id=SELIM, state="active", **here)
        rahim = UddoktaChanged(uddokta_id=RAHIM, state="suspended", **here)
        async with database.transaction() as tx, consuming(assisted.router, tx) as consume:
            await consume(selim, rahim)
        assert (await api.get("/v1/left-news", who="selim")).json() == {"applications": 0}
        await heard(database, fact(PaperIssued, application_id))
        assert (await api.get("/v1/left-news", who="selim")).json() == {"applications": 1}
        await api.post("/v1/left-news/takeover", who="selim")
        (row,) = await news(api, who="selim")
        assert states(row) == {FIRST: ("to_print", True)}
