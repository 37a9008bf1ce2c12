import asyncio

from argon2 import PasswordHasher
from joserfc import jwt
from joserfc.jwk import KeySet

from libs.ids import new_id
from services.identity.staff import queries
from services.identity.staff.rules import Staff
from services.identity.staff.use_cases import disable_staff
from tests.services.identity.running import Identity, Reply

PASSWORD = "correct horse battery"


async def add_account(identity: Identity) -> None:
    """Insert an account whose password hash has a low cost."""
    password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with identity.database.transaction() as tx:
        staff = Staff(new_id(), "karim", "officer", "cabinet", password_hash)
        await queries.insert_staff(tx, staff)


async def log_in(identity: Identity, password: str = PASSWORD, username: str = "karim") -> Reply:
    body = {"username": username, "password": password}
    return await identity.call("POST", "/v1/login/passwords", body)


async def test_an_officer_logs_in_with_the_role_of_the_account(identity: Identity) -> None:
    """The token has the role, also after a refresh."""
    await add_account(identity)
    reply = await log_in(identity)
    assert reply.status == 200
    refreshed = await identity.refresh(reply.body["refresh_token"])
    keys = KeySet.import_key_set((await identity.call("GET", "/.well-known/jwks.json")).body)
    for tokens in (reply, refreshed):
        token = jwt.decode(tokens.body["access_token"], keys, algorithms=["ES256"])
        assert token.claims["roles"] == ["officer"]
    me = await identity.call("GET", "/v1/me", token=reply.body["access_token"])
    assert (me.status, me.problem) == (404, "not_found")


async def test_all_wrong_logins_get_the_same_response(identity: Identity) -> None:
    """A wrong username, a wrong password and a disabled account get the same response."""
    await add_account(identity)
    replies = [await log_in(identity, "wrong"), await log_in(identity, username="nobody")]
    async with identity.database.transaction() as tx:
        await disable_staff(tx, "karim", by="rahim")
    replies.append(await log_in(identity))
    problems = [reply.body | {"trace_id": ""} for reply in replies]
    assert problems == [problems[0]] * 3
    assert replies[0].problem == "staff_login_wrong"


async def test_five_wrong_passwords_pause_the_account(identity: Identity) -> None:
    """Concurrent attempts are all counted; after 15 minutes the right password works again."""
    await add_account(identity)
    replies = await asyncio.gather(*(log_in(identity, "wrong") for _ in range(8)))
    problems = sorted(reply.problem for reply in replies)
    assert problems == ["staff_login_wrong"] * 5 + ["staff_paused"] * 3
    paused = await log_in(identity)
    assert (paused.status, paused.headers["retry-after"]) == (429, "900")
    identity.time.forward(minutes=15)
    assert (await log_in(identity)).status == 200


async def test_the_right_password_resets_the_attempts(identity: Identity) -> None:
    """Four wrong passwords before a right one do not pause the account."""
    await add_account(identity)
    for _ in range(2):
        for _ in range(4):
            await log_in(identity, "wrong")
        assert (await log_in(identity)).status == 200
