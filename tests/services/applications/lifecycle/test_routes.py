import asyncio

from libs.database.pool import Database
from tests.services.applications.running import running_api
from tests.services.applications.scenes import decided, outbox_types


async def test_a_repeated_withdrawal_gets_the_same_response_and_is_announced_once(
    database: Database,
) -> None:
    """Five concurrent withdrawals get the same response and are announced once."""
    async with running_api(database) as api:
        number = (await api.submit()).json()["tracking_number"]
        path = f"/v1/applications/{number}/withdrawal"
        replies = await asyncio.gather(*(api.post(path) for _ in range(5)))
    assert {reply.status for reply in replies} == {200}
    assert {reply.json()["status"] for reply in replies} == {"withdrawn"}
    async with database.transaction() as tx:
        assert (await outbox_types(tx))[2:] == ["submission_withdrawn", "application_withdrawn"]


async def test_a_decided_application_cannot_be_withdrawn(database: Database) -> None:
    """A withdrawal after the decision is 409."""
    async with running_api(database) as api:
        submitted = (await api.submit()).json()
        await api.consume(decided(submitted["application_id"]))
        path = f"/v1/applications/{submitted['tracking_number']}/withdrawal"
        reply = await api.post(path)
    assert (reply.status, reply.code) == (409, "application_closed")
