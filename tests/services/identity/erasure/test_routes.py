"""A citizen erases the account through the API."""

from tests.services.identity.running import Identity, announced

ERASURE = "/v1/me/erasure"


async def test_an_erasure_is_requested_with_a_fresh_code(identity: Identity) -> None:
    """It is shown with its day and with what is kept."""
    token = (await identity.log_in())["access_token"]
    code = await identity.request_code()
    requested = await identity.call("POST", ERASURE, {"code": code}, token=token)
    assert requested.status == 202
    assert any("number of a paper" in kept["what"]["en"] for kept in requested.body["kept"])
    assert requested.headers["cache-control"] == "no-store"
    shown = await identity.call("GET", ERASURE, token=token)
    assert shown.body == requested.body


async def test_a_session_alone_does_not_erase(identity: Identity) -> None:
    """A wrong code is refused and counted; a used one is refused too."""
    token = (await identity.log_in())["access_token"]
    code = await identity.request_code()
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = await identity.call("POST", ERASURE, {"code": wrong}, token=token)
    assert (refused.status, refused.problem) == (422, "code_wrong")
    async with identity.database.transaction() as tx:
        assert (
            await tx.fetchval("SELECT sum(wrong)::bigint FROM code_counts WHERE scope = 'address'")
            == 1
        )
    await identity.try_code(code)
    used = await identity.call("POST", ERASURE, {"code": code}, token=token)
    assert used.problem == "code_expired"
    assert (await identity.call("GET", ERASURE, token=token)).problem == "erasure_not_requested"


async def test_an_erasure_can_be_cancelled(identity: Identity) -> None:
    """By a login in the waiting time; a repeat finds none."""
    token = (await identity.log_in())["access_token"]
    await identity.call("POST", ERASURE, {"code": await identity.request_code()}, token=token)
    cancellation = f"{ERASURE}/cancellation"
    assert (await identity.call("POST", cancellation, token=token)).status == 204
    again = await identity.call("POST", cancellation, token=token)
    assert (again.status, again.problem) == (404, "erasure_not_requested")
    notices = [getattr(event, "notice", None) for event in await announced(identity.database)]
    assert [notice for notice in notices if notice] == ["erasure_requested", "erasure_cancelled"]
