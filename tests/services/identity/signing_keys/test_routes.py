from tests.services.identity.running import Identity


async def test_the_key_set_is_cacheable_and_holds_public_keys_only(identity: Identity) -> None:
    """The key set holds no private parameter, and may be cached for 15 seconds."""
    reply = await identity.call("GET", "/.well-known/jwks.json")
    assert reply.headers["cache-control"] == "public, max-age=15"
    (key,) = reply.body["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
