from libs.contracts.identity import ContactChanged
from tests.services.identity.running import Identity, announced


async def test_an_expired_access_token_is_refused(identity: Identity) -> None:
    """After 15 minutes an access token gives `token_expired`."""
    token = (await identity.log_in())["access_token"]
    identity.time.forward(seconds=910)
    reply = await identity.call("GET", "/v1/me", token=token)
    assert (reply.status, reply.problem) == (401, "token_expired")
    assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_a_profile_needs_a_valid_token(identity: Identity) -> None:
    """A missing, malformed, unsigned or forged token is refused."""
    real = (await identity.log_in())["access_token"]
    header, claims, _ = real.split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{claims}."
    assert (await identity.call("GET", "/v1/me")).problem == "token_missing"
    for forged in ("x", "a.b.c", unsigned, f"{header}.{claims}.AAAA", "ক.খ.গ".encode().hex()):
        reply = await identity.call("GET", "/v1/me", token=forged)
        assert (reply.status, reply.problem) == (401, "token_invalid")


async def test_a_changed_language_is_announced_once(identity: Identity) -> None:
    """A change of language is announced once; numbers are stored and shown masked."""
    token = (await identity.log_in(headers={"accept-language": "en"}))["access_token"]
    profile = (await identity.call("GET", "/v1/me", token=token)).body
    assert (profile["language"], profile["phone"]) == ("en", "********678")
    change = {"language": "bn", "nid": "১২৩ ৪৫৬ ৭৮৯০"}
    await identity.call("PATCH", "/v1/me", change, token=token)
    reply = await identity.call("PATCH", "/v1/me", change, token=token)
    assert (reply.body["language"], reply.body["nid"]) == ("bn", "*******890")
    contacts = [e for e in await announced(identity.database) if isinstance(e, ContactChanged)]
    assert [contact.language for contact in contacts] == ["en", "bn"]
    wrong = await identity.call("PATCH", "/v1/me", {"nid": "12"}, token=token)
    assert wrong.body["errors"][0]["pointer"] == "/nid"
