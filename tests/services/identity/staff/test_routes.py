import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.identity.staff.use_cases import disable_staff, set_initial_password
from tests.services.identity.running import Identity, Reply
from tests.services.identity.staff.scenes import HOME, PASSWORD, Account

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
    """An unknown account, a wrong password and a wrong code look alike, open or closed."""
    karim, rahima = await Account.made(identity), await Account.made(identity, "rahima")
    replies = [
        await karim.log_in(username="nobody"),
        await karim.log_in(code="000000"),
        await karim.log_in(code=None),
        await karim.log_in(code=None, passkey={}),
        await karim.log_in(password=WRONG),
    ]
    async with identity.database.transaction() as tx:
        await disable_staff(tx, "rahima", by="rahim")
    replies += [await rahima.log_in(code="000000"), await rahima.log_in(password=WRONG)]
    assert [(reply.status, reply.problem) for reply in replies] == [(401, "staff_login_wrong")] * 7
    assert alike(replies)
    assert await karim.outcomes() == ["password_wrong", *["second_factor_wrong"] * 3]
    assert await rahima.outcomes() == ["password_wrong", "disabled"]


async def test_whoever_shows_everything_is_told_that_the_account_is_closed(
    identity: Identity,
) -> None:
    """By no session, and in the journal."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        await disable_staff(tx, "karim", by="rahim")
    reply = await karim.log_in()
    assert (reply.status, reply.problem) == (403, "staff_account_disabled")
    assert await karim.outcomes() == ["disabled"]


async def test_wrong_logins_delay_the_next_ones(identity: Identity) -> None:
    """After five the sixth waits, with Retry-After, also of an unknown name; then it is right."""
    karim = await Account.made(identity)
    for username in ("karim", "nobody"):
        for _ in range(5):
            assert (await karim.log_in(username=username, code="000000")).status == 401
        reply = await karim.log_in(username=username)
        assert (reply.status, reply.problem) == (429, "staff_logins_too_many")
        assert reply.headers["retry-after"] == "15"
    identity.time.forward(seconds=15)
    assert (await karim.log_in()).status == 200
    assert (await karim.outcomes())[:2] == ["logged_in", "second_factor_wrong"]


async def test_strangers_lock_nobody_out_of_an_own_network_or_device(identity: Identity) -> None:
    """Where a name was logged in to before, or with its device token, it is as if nobody tried.

    Somewhere else the person waits, so that a password is not guessed from many networks.
    """
    karim = await Account.made(identity)
    token = (await karim.log_in()).body["device_token"]
    for n in range(20):
        assert (await karim.log_in(f"198.51.{n}.9", code="000000")).status == 401
    elsewhere = "192.0.2.5"
    identity.time.forward(seconds=30)
    assert (await karim.log_in(elsewhere)).problem == "staff_logins_too_many"
    assert (await karim.log_in(elsewhere, device_token=token)).status == 200
    identity.time.forward(seconds=30)
    assert (await karim.log_in()).status == 200


async def test_one_network_tries_so_many_logins_of_whichever_names(identity: Identity) -> None:
    """Behind the same address a person with the device of a login goes on."""
    karim = await Account.made(identity)
    token = (await karim.log_in("198.51.100.1")).body["device_token"]
    for n in range(100):
        assert (await karim.log_in(username=f"nobody{n}", code="000000")).status == 401
    assert (await karim.log_in()).problem == "staff_logins_too_many"
    identity.time.forward(seconds=30)
    assert (await karim.log_in(device_token=token)).status == 200


async def test_a_good_login_forgets_the_wrong_ones(identity: Identity) -> None:
    """Four bad logins before a good one delay nothing."""
    karim = await Account.made(identity)
    for _ in range(2):
        for _ in range(4):
            await karim.log_in(code="000000")
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
    assert [tuple(row) for row in rows] == [(None, "unknown", HOME)]


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
    identity.time.forward(seconds=30)
    good = await karim.confirm(tokens["access_token"])
    assert good.status == 200
    assert (await karim.outcomes())[:2] == ["confirmed", "password_wrong"]
    confirmed_s = logged_in_s + 630
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
    identity.time.forward(seconds=30)
    assert (await karim.log_in(password=NEW)).status == 200
    assert (await karim.outcomes())[2:] == ["password_changed", "logged_in"]
    async with identity.database.transaction() as tx:
        rows = await tx.fetch("SELECT actor, action FROM audit_log")
    assert [tuple(row) for row in rows] == [(f"staff:{karim.staff.staff_id}", "change password")]


@pytest.mark.parametrize("wrong", [{"password": WRONG}, {"code": "000000"}, {"code": None}])
async def test_no_password_is_changed_without_the_one_before_and_a_second_factor(
    identity: Identity, wrong: dict[str, str | None]
) -> None:
    """The response is that of a bad login, the attempt is counted, and nothing new is hashed.

    A new password that is common is told to nobody before.
    """
    karim = await Account.made(identity)
    replies = [await karim.change_password("password12345", **wrong) for _ in range(6)]
    problems = [reply.problem for reply in replies]
    assert problems == [*["staff_login_wrong"] * 5, "staff_logins_too_many"]
    identity.time.forward(seconds=30)
    assert (await karim.log_in()).status == 200


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("short", "staff_password_weak"),
        (PASSWORD, "staff_password_same"),
    ],
)
async def test_a_new_password_is_checked(identity: Identity, password: str, problem: str) -> None:
    """Its length is, whoever asks, which counts as no attempt."""
    karim = await Account.made(identity)
    for username in ("karim", "nobody"):
        reply = await karim.change_password(password, username=username)
        assert (reply.status, reply.problem) == (422, problem)
    assert await karim.outcomes() == []


async def test_a_new_password_is_not_a_common_one(identity: Identity) -> None:
    """The person is told after all proofs, and chooses another one with the next code."""
    karim = await Account.made(identity)
    reply = await karim.change_password("password12345")
    assert (reply.status, reply.problem) == (422, "staff_password_common")
    identity.time.forward(seconds=30)
    assert (await karim.change_password(NEW)).status == 200


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
    identity.time.forward(seconds=30)
    assert (await karim.log_in(password=NEW)).status == 200
    assert (await karim.outcomes())[-1] == "password_initial"


async def test_an_initial_password_is_told_apart_after_all_proofs(identity: Identity) -> None:
    """Who does not have the second factor learns nothing about the password."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        initial = await set_initial_password(tx, "karim", by="rahim", at=identity.time())
    assert (await karim.log_in(password=initial, code="000000")).problem == "staff_login_wrong"


async def test_an_initial_password_ends_after_a_day(identity: Identity) -> None:
    """Then two people of the programme give another one; used twice it is wrong."""
    karim = await Account.made(identity)
    async with identity.database.transaction() as tx:
        initial = await set_initial_password(tx, "karim", by="rahim", at=identity.time())
    identity.time.forward(hours=24)
    late = await karim.change_password(NEW, password=initial)
    assert (late.status, late.problem) == (403, "staff_initial_expired")
    assert await karim.outcomes() == ["password_expired"]
