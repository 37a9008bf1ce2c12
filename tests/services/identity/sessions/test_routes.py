from libs.ids import new_id
from services.identity.settings import Settings
from services.identity.signing_keys.key_wrapping import KeyWrapping
from services.identity.signing_keys.use_cases import read_keys, revoke_key
from tests.services.identity.running import Identity, announced
from tests.services.identity.staff.scenes import PASSWORD, Account

NEW_PASSWORD = "river lantern seventeen maps"


async def test_a_lost_response_to_a_refresh_does_not_end_the_session(identity: Identity) -> None:
    """The previous token works for 60 s; a later use ends the session."""
    first = (await identity.log_in())["refresh_token"]
    lost = await identity.refresh(first)
    identity.time.forward(seconds=60)
    again = await identity.refresh(first)
    assert (lost.status, again.status) == (200, 200)
    identity.time.forward(seconds=1)
    assert (await identity.refresh(first)).problem == "session_ended"
    for token in (lost, again):
        reply = await identity.refresh(token.body["refresh_token"])
        assert (reply.status, reply.problem) == (401, "session_ended")


async def test_a_session_can_be_refreshed_again_and_again(identity: Identity) -> None:
    """A refresh returns the next refresh token and a new access token."""
    tokens = await identity.log_in()
    for _ in range(4):
        identity.time.forward(minutes=14)
        reply = await identity.refresh(tokens["refresh_token"])
        assert reply.status == 200
        tokens = reply.body
    assert (await identity.call("GET", "/v1/me", token=tokens["access_token"])).status == 200


async def test_an_unknown_refresh_token_is_refused(identity: Identity) -> None:
    """An unknown or malformed token is refused, and no session ends."""
    tokens = await identity.log_in()
    for unknown in ("A" * 64, "nonsense", "ক"):
        reply = await identity.refresh(unknown)
        assert (reply.status, reply.problem) == (401, "refresh_token_invalid")
    assert (await identity.refresh(tokens["refresh_token"])).status == 200


async def test_a_logout_ends_the_session_and_its_tokens_at_once(identity: Identity) -> None:
    """Neither token of the session is accepted after it; other sessions go on."""
    tokens, other = await identity.log_in(), await identity.log_in()
    reply = await identity.call("POST", "/v1/logout", token=tokens["access_token"])
    assert reply.status == 204
    assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
    for method, path in (("GET", "/v1/me"), ("GET", "/v1/sessions"), ("POST", "/v1/logout")):
        reply = await identity.call(method, path, token=tokens["access_token"])
        assert (reply.status, reply.problem) == (401, "session_ended")
    assert (await identity.refresh(other["refresh_token"])).status == 200
    assert (await identity.call("GET", "/v1/me", token=other["access_token"])).status == 200


async def sessions_of(identity: Identity, token: str) -> list[tuple[str, bool]]:
    """The listed sessions: id, and whether it is the one of the token."""
    reply = await identity.call("GET", "/v1/sessions", token=token)
    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    return [(each["session_id"], each["is_this"]) for each in reply.body["items"]]


async def test_the_owner_lists_sessions_and_ends_one(identity: Identity) -> None:
    """The newest comes first; an ended one is announced, refused and no longer listed."""
    first = await identity.log_in()
    identity.time.forward(minutes=5)
    second = await identity.log_in()
    (newer, mine), (older, other) = await sessions_of(identity, second["access_token"])
    assert (mine, other) == (True, False)
    for _ in range(2):  # a repeat changes nothing
        reply = await identity.call("DELETE", f"/v1/sessions/{older}", token=second["access_token"])
        assert reply.status == 204
    assert await sessions_of(identity, second["access_token"]) == [(newer, True)]
    assert (await identity.refresh(first["refresh_token"])).problem == "session_ended"
    ended = [event for event in await announced(identity.database) if "session" in event.type]
    assert [str(event.model_dump()["revoked_id"]) for event in ended] == [older]


async def test_a_login_is_known_by_its_browser(identity: Identity) -> None:
    """Of citizens and of staff, also of one that began with a new password; a refresh keeps it."""
    chrome = {"user-agent": "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile"}
    karim = await Account.made(identity)
    firefox = {"user-agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"}
    tokens = await identity.log_in(headers=chrome)
    await identity.refresh(tokens["refresh_token"])
    (citizens,) = await browsers_of(identity, tokens["access_token"])
    shown = {"username": "karim", "password": PASSWORD, "code": karim.code()}
    begun = await identity.call(
        "POST", "/v1/staff/password", {**shown, "new_password": NEW_PASSWORD}, headers=firefox
    )
    identity.time.forward(seconds=30)
    await karim.log_in(password=NEW_PASSWORD)
    staff = await browsers_of(identity, begun.body["access_token"])
    assert (citizens, staff) == ("Chrome, Android", [None, "Firefox, Windows"])


async def browsers_of(identity: Identity, token: str) -> list[str | None]:
    """The browsers of the listed sessions."""
    listed = (await identity.call("GET", "/v1/sessions", token=token)).body["items"]
    return [session["browser"] for session in listed]


async def test_nobody_ends_the_session_of_another(identity: Identity) -> None:
    """The session of another person is as unknown as one that is not there."""
    tokens, stranger = await identity.log_in(), await identity.log_in(phone="+8801812345678")
    ((theirs, _),) = await sessions_of(identity, stranger["access_token"])
    for session_id in (theirs, str(new_id()), "nonsense"):
        reply = await identity.call(
            "DELETE", f"/v1/sessions/{session_id}", token=tokens["access_token"]
        )
        assert (reply.status, reply.problem) == (404, "not_found")
    assert (await identity.refresh(stranger["refresh_token"])).status == 200


async def test_all_sessions_are_ended_at_once(identity: Identity) -> None:
    """One request ends every session of the person, and announces each of them."""
    logins = [await identity.log_in() for _ in range(3)]
    token = logins[0]["access_token"]
    listed = {session for session, _ in await sessions_of(identity, token)}
    assert (await identity.call("DELETE", "/v1/sessions", token=token)).status == 204
    for tokens in logins:
        assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
    ended = [event for event in await announced(identity.database) if "session" in event.type]
    assert {str(event.model_dump()["revoked_id"]) for event in ended} == listed


async def test_after_a_stolen_key_people_log_in_again(identity: Identity) -> None:
    """Sessions opened before the revocation end; those opened after it go on."""
    before = await identity.log_in()
    settings = Settings()
    wrapping = KeyWrapping.of_secret(settings.key_secret.get_secret_value())
    async with identity.database.transaction() as tx:
        (stolen,) = await read_keys(tx, wrapping, identity.time())
        await revoke_key(tx, wrapping, stolen.kid, identity.time(), by="rahim")
    assert (await identity.refresh(before["refresh_token"])).problem == "session_ended"
    assert (await identity.call("GET", "/v1/me", token=before["access_token"])).status == 401
    identity.time.forward(seconds=1)
    after = await identity.log_in()
    assert (await identity.refresh(after["refresh_token"])).status == 200


async def test_tokens_are_never_cached(identity: Identity) -> None:
    """No cache stores a token (RFC 6749, section 5.1)."""
    reply = await identity.try_code(await identity.request_code())
    assert reply.headers["cache-control"] == "no-store"


async def test_staff_end_sessions_with_a_recent_login(identity: Identity) -> None:
    """Of five minutes at most; a citizen, whose one factor may be lost, needs none."""
    karim = await Account.made(identity)
    staff = (await karim.log_in()).body
    citizen = await identity.log_in()
    identity.time.forward(minutes=6)
    for path in (f"/v1/sessions/{new_id()}", "/v1/sessions"):
        reply = await identity.call("DELETE", path, token=staff["access_token"])
        assert (reply.status, reply.problem) == (401, "recent_login_needed")
    assert (await identity.refresh(staff["refresh_token"])).status == 200
    confirmed = (await karim.confirm(staff["access_token"])).body["access_token"]
    for token in (confirmed, citizen["access_token"]):
        assert (await identity.call("DELETE", "/v1/sessions", token=token)).status == 204
