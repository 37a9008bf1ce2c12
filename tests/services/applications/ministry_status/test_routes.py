from datetime import timedelta

from libs.contracts.ministries import MinistryUnreachable, PlannedOutage
from libs.database.pool import Database
from tests.libs.web.running import ask
from tests.services.applications.ministry_status.scenes import changed
from tests.services.applications.running import running_api
from tests.services.applications.scenes import MINISTRY, NOW

OUTAGE = PlannedOutage(starts_at=NOW, ends_at=NOW + timedelta(hours=1))


async def test_the_status_is_public_and_has_no_personal_data(database: Database) -> None:
    """No token is needed; a row for every ministry with public services."""
    async with running_api(database) as api:
        api.statuses.put({MINISTRY: changed("down", waiting=3)}, [])
        reply = await ask(api.app, "GET", "/v1/status")
    page = reply.json()
    assert reply.status == 200
    assert [(item["ministry"], item["state"], item["waiting"]) for item in page["items"]] == [
        (MINISTRY, "down", 3)
    ]
    assert page["items"][0]["name"]["bn"]
    assert "citizen" not in reply.body.decode()


async def test_a_delay_that_lasts_says_when_the_ministry_is_back(database: Database) -> None:
    """The outage is in the title of the delay; it goes with the delay."""
    async with running_api(database) as api:
        submitted = (await api.submit()).json()
        path = f"/v1/applications/{submitted['tracking_number']}"
        delay = MinistryUnreachable(application_id=submitted["application_id"], ministry=MINISTRY)
        await api.consume(delay)
        unexplained = (await api.get(path)).json()["timeline"][-1]["title"]["en"]
        api.statuses.put({MINISTRY: changed("planned_outage", outages=(OUTAGE,))}, [])
        explained = (await api.get(path)).json()["timeline"][-1]["title"]["en"]
    assert unexplained.endswith("you need not apply again")
    assert explained == (
        f"{unexplained}. The ministry has announced an outage until 25/11/2026, 17:00"
    )
