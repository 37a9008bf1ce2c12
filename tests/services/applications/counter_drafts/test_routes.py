"""What is typed at a counter ends with the mandate, and with the work of its uddokta."""

from typing import Any
from uuid import UUID

import orjson
import pytest

from libs.contracts.identity import CitizenErased, MandateEnded, UddoktaChanged
from libs.contracts.mandates import EndReason
from libs.database.pool import Database
from libs.ids import new_id
from services.applications.assisted import consumers
from services.applications.erasure.use_cases import erase_citizen
from tests.consuming import consuming
from tests.services.applications.assisted.scenes import Office
from tests.services.applications.running import Api, running_api
from tests.services.applications.scenes import RAHIM, RAHIMA, correction_asked, row_count

TYPED = {"typed": {"name_bn": "রহিমা"}}
STOPPED = UddoktaChanged(uddokta_id=RAHIM, service_centre_id="uttara", state="suspended")


async def heard(database: Database, *events: Any) -> None:
    """Consume events of identity."""
    async with database.transaction() as tx, consuming(consumers.router, tx) as consume:
        await consume(*events)


async def put(api: Api, draft_id: UUID, body: Any, who: str = "rahim") -> Any:
    """Save a draft."""
    headers = {"authorization": f"Bearer {who}", "content-type": "application/json"}
    return await api.send("PUT", f"/v1/counter-drafts/{draft_id}", orjson.dumps(body), headers)


async def save(api: Api, draft_id: UUID, **more: Any) -> Any:
    """Save what the uddokta typed."""
    body = {"answers": TYPED, **more}
    return await put(api, draft_id, body)


async def read(api: Api, draft_id: UUID) -> Any:
    """Read it."""
    return await api.get(f"/v1/counter-drafts/{draft_id}", who="rahim")


async def kept(database: Database) -> int:
    async with database.transaction() as tx:
        return await row_count(tx, "counter_drafts")


async def corrected(api: Api, database: Database, office: Office) -> tuple[UUID, str]:
    """A draft of the correction for which the ministry asks."""
    number = (await office.submit()).json()["tracking_number"]
    async with database.transaction() as tx:
        application_id = await tx.fetchval("SELECT application_id FROM applications")
    await api.consume(correction_asked(application_id))
    draft_id = new_id()
    assert (await save(api, draft_id, correction_of=number)).status == 204
    assert (await read(api, draft_id)).json()["answers"] == TYPED
    return draft_id, number


@pytest.mark.parametrize("reason", ["revoked", "expired", "uddokta_stopped", "citizen_erased"])
async def test_a_draft_goes_with_its_mandate(database: Database, reason: EndReason) -> None:
    """Nothing is saved under it again; that of another citizen stays."""
    async with running_api(database) as api:
        mandate_id, other = new_id(), new_id()
        for draft_id in (mandate_id, other):
            assert (await save(api, draft_id)).status == 204
        await heard(database, MandateEnded(mandate_id=mandate_id, reason=reason))
        assert await kept(database) == 1
        assert (await read(api, mandate_id)).code == "counter_draft_unknown"
        assert (await save(api, mandate_id)).code == "mandate_ended"
        assert (await read(api, other)).json()["answers"] == TYPED


async def test_a_draft_that_crossed_the_end_of_its_mandate_is_not_shown(
    database: Database,
) -> None:
    """It was saved in the moment in which the end was read."""
    async with running_api(database) as api:
        mandate_id = new_id()
        assert (await save(api, mandate_id)).status == 204
        async with database.transaction() as tx:
            await tx.execute(
                "INSERT INTO mandates (mandate_id, ended_at) VALUES ($1, now())", mandate_id
            )
        assert (await read(api, mandate_id)).code == "mandate_ended"


async def test_the_draft_of_a_correction_goes_with_the_mandate_of_its_application(
    database: Database,
) -> None:
    """Whose follow-up the citizen has ended; another uddokta's application has no draft."""
    async with running_api(database) as api:
        office = Office(api)
        draft_id, number = await corrected(api, database, office)
        body = {"answers": TYPED, "correction_of": number}
        other = await put(api, new_id(), body, who="selim")
        assert other.code == "application_unknown"
        await heard(database, MandateEnded(mandate_id=office.evidence.mandate_id, reason="revoked"))
        assert await kept(database) == 0
        assert (await save(api, draft_id, correction_of=number)).code == "application_unknown"


async def test_all_drafts_of_an_uddokta_go_with_the_stop(database: Database) -> None:
    """Also of corrections, whose mandates are not over."""
    async with running_api(database) as api:
        await corrected(api, database, Office(api))
        mandate_id = new_id()
        await save(api, mandate_id)
        await heard(database, STOPPED)
        assert await kept(database) == 0
        assert (await save(api, mandate_id)).code == "uddokta_stopped"


async def test_an_erased_citizen_leaves_no_draft_of_a_correction(database: Database) -> None:
    """It is found by the application that it corrects."""
    async with running_api(database) as api:
        await corrected(api, database, Office(api))
        await save(api, new_id())
        async with database.transaction() as tx:
            confirmed = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert confirmed.deleted["counter_drafts"] == 1
    assert await kept(database) == 1
