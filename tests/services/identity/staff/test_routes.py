import asyncio

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.identity.staff.use_cases import disable_staff, set_initial_password
from tests.services.identity.running import Identity, Reply
from tests.services.identity.staff.accounts import PASSWORD, Account

WRONG = "not the password"
NEW = "river lantern seventeen maps"


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


async def test_a_person_changes_the_password_with_the_one_before(identity: Identity) -> None:
    """The change opens a session and ends the others; the password before is worth nothing."""
    karim = await Account.made(identity)
    before = (await karim.log_in()).body
    identity.time.forward(seconds=30)
    changed = await karim.change_password(NEW)
    assert (changed.status, changed.headers["cache-control"]) == (200, "no-store")
    assert (await identity.refresh(before["refresh_token"])).problem == "session_ended"
    assert (await identity.refresh(changed.body["refresh_token"])).status == 200
    identity.time.forward(seconds=30)
    assert (await karim.log_in()).problem == "staff_login_wrong"
    assert (await karim.log_in(password=NEW)).status == 200
    assert (await karim.outcomes())[2:] == ["password_changed", "logged_in"]
    async with identity.database.transaction() as tx:
        rows = await tx.fetch("SELECT actor, action FROM audit")
    assert [tuple(row) for row in rows] == [(f"staff:{karim.staff.staff_id}", "change password")]


@pytest.mark.parametrize("wrong", [{"password": WRONG}, {"code": "000000"}, {"code": None}])
async def test_no_password_is_changed_without_the_one_before_and_a_second_factor(
    identity: Identity, wrong: dict[str, str | None]
) -> None:
    """The response is that of a bad login, and the attempt is counted as one."""
    karim = await Account.made(identity)
    replies = [await karim.change_password(NEW, **wrong) for _ in range(6)]
    assert [each.problem for each in replies] == ["staff_login_wrong"] * 6
    assert (await karim.outcomes())[0] == "paused"
    identity.time.forward(minutes=15)
    assert (await karim.log_in()).status == 200


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "staff_password_weak"),
        ("password12345", "staff_password_common"),
        (PASSWORD, "staff_password_same"),
    ],
)
async def test_a_new_password_is_checked(identity: Identity, password: str, problem: str) -> None:
    """The response is the same for accounts that do not exist, and counts as no attempt."""
    karim = await Account.made(identity)
    for username in ("karim", "nobody"):
        reply = await karim.change_password(password, username=username)
        assert (reply.status, reply.problem) == (422, problem)
    assert await karim.outcomes() == []


async def test_an_initial_password_opens_its_own_change_only(identity: Identity) -> None:
    """It is used once: with both factors it opens no session before it was changed."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        initial = await set_initial_password(tx, "karim", by="rahim", at=identity.time())
    login = await karim.log_in(password=initial)
    assert (login.status, login.problem) == (403, "staff_password_initial")
    identity.time.forward(seconds=30)
    assert (await karim.change_password(NEW, password=initial)).status == 200
    identity.time.forward(seconds=30)
    assert (await karim.change_password(PASSWORD, password=initial)).problem == "staff_login_wrong"
    assert (await karim.log_in(password=NEW)).status == 200
    assert (await karim.outcomes())[-1] == "password_initial"


async def test_an_initial_password_is_told_apart_after_all_proofs(identity: Identity) -> None:
    """Who does not have the second factor learns nothing about the password."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        initial = await set_initial_password(tx, "karim", by="rahim", at=identity.time())
    assert (await karim.log_in(password=initial, code="000000")).problem == "staff_login_wrong"


async def test_an_initial_password_ends_after_a_day(identity: Identity) -> None:
    """An operator then sets another one."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        initial = await set_initial_password(tx, "karim", by="rahim", at=identity.time())
    identity.time.forward(hours=24)
    assert (await karim.change_password(NEW, password=initial)).problem == "staff_login_wrong"
    assert await karim.outcomes() == ["password_expired"]
