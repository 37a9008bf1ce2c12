import asyncio

from joserfc import jwt
from joserfc.jwk import KeySet

from services.identity.staff.use_cases import disable_staff
from tests.services.identity.running import Identity, Reply
from tests.services.identity.staff.accounts import PASSWORD, Account

WRONG = "not the password"


def alike(replies: list[Reply]) -> bool:
    """Whether responses are the same but for the trace."""
    bodies = [reply.body | {"trace_id": ""} for reply in replies]
    names = [sorted({name.lower() for name in reply.headers}) for reply in replies]
    return all(body == bodies[0] for body in bodies) and all(each == names[0] for each in names)


async def claims_of(identity: Identity, token: str) -> dict[str, object]:
    keys = KeySet.import_key_set((await identity.call("GET", "/.well-known/jwks.json")).body)
    return dict(jwt.decode(token, keys, algorithms=["ES256"]).claims)


async def test_an_officer_logs_in_with_the_role_of_the_account(identity: Identity) -> None:
    """The token has the role, also after a refresh, and opens no route of citizens."""
    officer = await Account.made(identity, role="officer")
    reply = await officer.log_in()
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    refreshed = await identity.refresh(reply.body["refresh_token"])
    for tokens in (reply, refreshed):
        claims = await claims_of(identity, tokens.body["access_token"])
        assert claims["roles"] == ["officer"]
    me = await identity.call("GET", "/v1/me", token=reply.body["access_token"])
    assert (me.status, me.problem) == (403, "role_missing")


async def test_a_citizen_confirms_no_login_of_staff(identity: Identity) -> None:
    """Routes of staff are closed to citizens."""
    token = (await identity.log_in())["access_token"]
    body = {"password": PASSWORD, "code": "123456"}
    reply = await identity.call("POST", "/v1/staff/login/confirmations", body, token=token)
    assert (reply.status, reply.problem) == (403, "role_missing")


async def test_all_bad_logins_get_the_same_response(identity: Identity) -> None:
    """Unknown, paused and disabled accounts, a wrong password and a wrong code look alike."""
    karim, rahima = await Account.made(identity), await Account.made(identity, "rahima")
    replies = [
        await karim.log_in(username="nobody"),
        await karim.log_in(password=WRONG),
        await karim.log_in(code="000000"),
        await karim.log_in(code=None),
        await karim.log_in(code=None, passkey={}),
        await karim.log_in(password=WRONG),
        await karim.log_in(),  # paused now
    ]
    async with identity.database.transaction() as tx:
        await disable_staff(tx, "rahima", by="rahim")
    replies.append(await rahima.log_in())
    assert [(reply.status, reply.problem) for reply in replies] == [(401, "staff_login_wrong")] * 8
    assert alike(replies)
    assert await karim.outcomes() == [
        "paused",
        "password_wrong",
        *["second_factor_wrong"] * 3,
        "password_wrong",
    ]
    assert await rahima.outcomes() == ["disabled"]


async def test_five_bad_logins_pause_the_account(identity: Identity) -> None:
    """Concurrent attempts are all counted; after 15 minutes the right proofs work again."""
    karim = await Account.made(identity)
    await asyncio.gather(*(karim.log_in(password=WRONG) for _ in range(8)))
    assert sorted(await karim.outcomes()) == ["password_wrong"] * 5 + ["paused"] * 3
    assert (await karim.log_in()).status == 401
    identity.time.forward(minutes=15)
    assert (await karim.log_in()).status == 200
    assert (await karim.outcomes())[:2] == ["logged_in", "paused"]


async def test_a_good_login_resets_the_attempts(identity: Identity) -> None:
    """Four bad logins before a good one do not pause the account."""
    karim = await Account.made(identity)
    for _ in range(2):
        for _ in range(4):
            await karim.log_in(password=WRONG)
        assert (await karim.log_in()).status == 200
        identity.time.forward(seconds=30)


async def test_a_code_opens_one_login(identity: Identity) -> None:
    """A code that somebody looked at over the shoulder is worth nothing; the next one works."""
    karim = await Account.made(identity)
    assert (await karim.log_in()).status == 200
    assert (await karim.log_in()).status == 401
    identity.time.forward(seconds=30)
    assert (await karim.log_in()).status == 200


async def test_a_login_of_an_unknown_name_is_journalled_without_the_name(
    identity: Identity,
) -> None:
    """The name that was typed may be a password, and is not kept."""
    karim = await Account.made(identity)
    await karim.log_in(username="my secret password")
    async with identity.database.transaction() as tx:
        rows = await tx.fetch("SELECT staff_id, outcome, address FROM staff_logins")
    assert [tuple(row) for row in rows] == [(None, "unknown", "127.0.0.1")]


async def test_a_confirmed_login_is_a_recent_one(identity: Identity) -> None:
    """A refresh keeps the time of the login; a confirmation renews it, also for later refreshes."""
    karim = await Account.made(identity)
    tokens = (await karim.log_in()).body
    logged_in_s = int(identity.time().timestamp())
    identity.time.forward(minutes=10)
    tokens = (await identity.refresh(tokens["refresh_token"])).body
    assert (await claims_of(identity, tokens["access_token"]))["auth_time"] == logged_in_s
    bad = await karim.confirm(tokens["access_token"], password=WRONG)
    assert (bad.status, bad.problem) == (401, "staff_login_wrong")
    good = await karim.confirm(tokens["access_token"])
    assert good.status == 200
    assert (await karim.outcomes())[:2] == ["confirmed", "password_wrong"]
    confirmed_s = logged_in_s + 600
    assert (await claims_of(identity, good.body["access_token"]))["auth_time"] == confirmed_s
    tokens = (await identity.refresh(tokens["refresh_token"])).body
    assert (await claims_of(identity, tokens["access_token"]))["auth_time"] == confirmed_s


async def test_a_disabled_account_is_out_at_once(identity: Identity) -> None:
    """Neither token of its sessions is accepted any more."""
    karim = await Account.made(identity)
    tokens = (await karim.log_in()).body
    async with identity.database.transaction() as tx:
        await disable_staff(tx, "karim", by="rahim")
    assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
    reply = await identity.call("GET", "/v1/sessions", token=tokens["access_token"])
    assert (reply.status, reply.problem) == (401, "session_ended")
