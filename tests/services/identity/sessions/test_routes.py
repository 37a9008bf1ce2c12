from tests.services.identity.running import Identity


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


async def test_after_a_logout_the_session_cannot_be_refreshed(identity: Identity) -> None:
    """A logout ends only this session; a repeat is harmless."""
    tokens, other = await identity.log_in(), await identity.log_in()
    for _ in range(2):
        reply = await identity.call("POST", "/v1/logout", token=tokens["access_token"])
        assert reply.status == 204
    assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
    assert (await identity.refresh(other["refresh_token"])).status == 200


async def test_tokens_are_never_cached(identity: Identity) -> None:
    """No cache stores a token (RFC 6749, section 5.1)."""
    reply = await identity.try_code(await identity.request_code())
    assert reply.headers["cache-control"] == "no-store"
