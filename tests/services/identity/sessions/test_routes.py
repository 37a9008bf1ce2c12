from tests.services.identity.running import Identity


async def test_a_lost_answer_to_a_refresh_logs_nobody_out(identity: Identity) -> None:
    """The previous token works again for 60 s; its later use ends the session for both holders."""
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
    """Each refresh token opens the next, with a fresh access token."""
    tokens = await identity.log_in()
    for _ in range(4):
        identity.time.forward(minutes=14)
        reply = await identity.refresh(tokens["refresh_token"])
        assert reply.status == 200
        tokens = reply.body
    assert (await identity.call("GET", "/v1/me", token=tokens["access_token"])).status == 200


async def test_a_foreign_refresh_token_is_refused(identity: Identity) -> None:
    """A token that nobody was given refreshes nothing and ends nothing."""
    tokens = await identity.log_in()
    for foreign in ("A" * 64, "nonsense", "ক"):
        reply = await identity.refresh(foreign)
        assert (reply.status, reply.problem) == (401, "refresh_token_invalid")
    assert (await identity.refresh(tokens["refresh_token"])).status == 200


async def test_after_logging_out_nothing_refreshes(identity: Identity) -> None:
    """Logging out ends this session, and is harmless when repeated."""
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
