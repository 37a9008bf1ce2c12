from typing import Any

import pytest

from tests.services.identity.running import Identity, Reply
from tests.services.identity.second_factors.running import (
    USER_PRESENT,
    Authenticator,
    bytes_of,
)
from tests.services.identity.staff.scenes import Account


async def options(identity: Identity, path: str, token: str = "") -> Any:
    reply = await identity.call("POST", path, {}, token=token)
    assert reply.status == 200, reply.raw
    return reply.body["public_key"]


async def added(identity: Identity, token: str, key: Authenticator) -> Reply:
    """Add a passkey to the account of a token."""
    wish = await options(identity, "/v1/staff/passkey-challenges", token)
    body = {"name": "the blue one", "passkey": key.create(wish)}
    return await identity.call("POST", "/v1/staff/passkeys", body, token=token)


async def signed_login(identity: Identity, account: Account, key: Authenticator) -> Reply:
    """Log in with a passkey."""
    wish = await options(identity, "/v1/staff/login/challenges")
    return await account.log_in(code=None, passkey=key.get(wish))


async def with_passkey(identity: Identity, key: Authenticator, name: str = "karim") -> Account:
    """An account with a passkey, added after a login with the app."""
    account = await Account.made(identity, name)
    token = (await account.log_in()).body["access_token"]
    reply = await added(identity, token, key)
    assert reply.status == 201, reply.raw
    return account


async def test_a_passkey_is_a_second_factor(identity: Identity) -> None:
    """It is added after a login with the app, opens logins, and confirms them."""
    key = Authenticator()
    karim = await with_passkey(identity, key)
    assert (await signed_login(identity, karim, key)).status == 200
    reply = await signed_login(identity, karim, key)
    assert reply.status == 200
    wish = await options(identity, "/v1/staff/login/challenges")
    token = reply.body["access_token"]
    assert (await karim.confirm(token, code=None, passkey=key.get(wish))).status == 200
    listed = await identity.call("GET", "/v1/staff/passkeys", token=token)
    (passkey,) = listed.body["items"]
    assert passkey["name"] == "the blue one"
    path = f"/v1/staff/passkeys/{passkey['passkey_id']}"
    assert (await identity.call("DELETE", path, token=token)).status == 204
    assert (await identity.call("DELETE", path, token=token)).problem == "not_found"
    assert (await signed_login(identity, karim, key)).problem == "staff_login_wrong"


async def test_a_challenge_is_the_same_for_everybody_and_names_no_account(
    identity: Identity,
) -> None:
    """Whoever asks learns nothing of accounts and their passkeys."""
    wish = await options(identity, "/v1/staff/login/challenges")
    assert (wish["allowCredentials"], wish["userVerification"]) == ([], "required")
    again = await options(identity, "/v1/staff/login/challenges")
    assert wish | {"challenge": ""} == again | {"challenge": ""}
    assert wish["challenge"] != again["challenge"]


async def test_an_answer_is_good_once(identity: Identity) -> None:
    """A recorded answer opens no second login, also where the passkey does not count its uses."""
    key = Authenticator(counts=False)
    karim = await with_passkey(identity, key)
    answer = key.get(await options(identity, "/v1/staff/login/challenges"))
    assert (await karim.log_in(code=None, passkey=answer)).status == 200
    again = await karim.log_in(code=None, passkey=answer)
    assert (again.status, again.problem) == (401, "staff_login_wrong")


async def test_a_challenge_lasts_two_minutes(identity: Identity) -> None:
    """An answer that comes later is refused."""
    key = Authenticator()
    karim = await with_passkey(identity, key)
    answer = key.get(await options(identity, "/v1/staff/login/challenges"))
    identity.time.forward(seconds=120)
    assert (await karim.log_in(code=None, passkey=answer)).status == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.example"},
        {"domain": "evil.example"},
        {"flags": USER_PRESENT},
        {"count": -1},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_another_site_an_unverified_person_and_a_copied_key_are_refused(
    identity: Identity, changed: dict[str, Any]
) -> None:
    """A phished answer, a key without its owner, and a counter that went back are worth nothing."""
    key = Authenticator()
    karim = await with_passkey(identity, key)
    assert (await signed_login(identity, karim, key)).status == 200
    for name, value in changed.items():
        setattr(key, name, value)
    assert (await signed_login(identity, karim, key)).problem == "staff_login_wrong"


@pytest.mark.parametrize(
    "changed",
    [{"origin": "http://evil.example"}, {"domain": "evil.example"}, {"flags": USER_PRESENT}],
    ids=lambda changed: next(iter(changed)),
)
async def test_a_passkey_is_made_on_our_site_by_a_verified_person(
    identity: Identity, changed: dict[str, Any]
) -> None:
    """What another site had made, or a key without its owner, is not added."""
    karim = await Account.made(identity)
    token = (await karim.log_in()).body["access_token"]
    reply = await added(identity, token, Authenticator(**changed))
    assert (reply.status, reply.problem) == (422, "passkey_wrong")


async def test_a_key_counts_on_from_where_it_was_made(identity: Identity) -> None:
    """One that was copied before its first login here is refused too."""
    key = Authenticator(count=7)
    karim = await with_passkey(identity, key)
    key.count = 3
    assert (await signed_login(identity, karim, key)).problem == "staff_login_wrong"
    key.count = 7
    assert (await signed_login(identity, karim, key)).status == 200


async def test_passkeys_are_listed_and_removed_by_their_owner_only(identity: Identity) -> None:
    """Another person sees only her own, and removes no other."""
    key, hers = Authenticator(), Authenticator()
    karim = await with_passkey(identity, key)
    rahima = await with_passkey(identity, hers, "rahima")
    token = (await signed_login(identity, rahima, hers)).body["access_token"]
    path = "/v1/staff/passkeys"
    [own] = (await identity.call("GET", path, token=token)).body["items"]
    assert own["passkey_id"] == hers.passkey_id.hex()
    reply = await identity.call("DELETE", f"{path}/{key.passkey_id.hex()}", token=token)
    assert (reply.status, reply.problem) == (404, "not_found")
    assert (await signed_login(identity, karim, key)).status == 200


async def test_the_passkey_of_another_person_is_refused(identity: Identity) -> None:
    """A passkey opens the account of its owner only, and cannot be added to two."""
    key = Authenticator()
    await with_passkey(identity, key)
    rahima = await Account.made(identity, "rahima")
    assert (await signed_login(identity, rahima, key)).problem == "staff_login_wrong"
    token = (await rahima.log_in()).body["access_token"]
    reply = await added(identity, token, key)
    assert (reply.status, reply.problem) == (422, "passkey_wrong")


async def test_a_challenge_for_one_purpose_is_good_for_no_other(identity: Identity) -> None:
    """What was asked at a login adds no passkey, nor does what another person was asked."""
    karim, rahima = await Account.made(identity), await Account.made(identity, "rahima")
    token = (await karim.log_in()).body["access_token"]
    other = (await rahima.log_in()).body["access_token"]
    forged = {"challenge": "AAAA"}
    for wish in (
        await options(identity, "/v1/staff/login/challenges"),
        await options(identity, "/v1/staff/passkey-challenges", other),
        forged,
    ):
        body = {"name": "a key", "passkey": Authenticator().create(wish)}
        reply = await identity.call("POST", "/v1/staff/passkeys", body, token=token)
        assert (reply.status, reply.problem) == (422, "passkey_wrong")


@pytest.mark.parametrize(
    "passkey", [{}, {"rawId": 5}, {"rawId": "A", "response": {"clientDataJSON": "e30"}}]
)
async def test_nonsense_is_a_bad_login(identity: Identity, passkey: dict[str, Any]) -> None:
    """Anything else in place of an answer is refused like a wrong one."""
    karim = await Account.made(identity)
    reply = await karim.log_in(code=None, passkey=passkey)
    assert (reply.status, reply.problem) == (401, "staff_login_wrong")


async def test_a_passkey_needs_a_login_of_the_last_minutes(identity: Identity) -> None:
    """Whoever finds an open session cannot add a passkey to it."""
    karim = await Account.made(identity)
    token = (await karim.log_in()).body["access_token"]
    identity.time.forward(minutes=6)
    reply = await identity.call("POST", "/v1/staff/passkey-challenges", {}, token=token)
    assert (reply.status, reply.problem) == (401, "recent_login_needed")


async def test_a_browser_is_told_the_id_of_the_account(identity: Identity) -> None:
    """The options name the account by its id only, never by a name of the person."""
    karim = await Account.made(identity)
    token = (await karim.log_in()).body["access_token"]
    wish = await options(identity, "/v1/staff/passkey-challenges", token)
    assert bytes_of(wish["user"]["id"]) == karim.staff.staff_id.bytes
    assert wish["user"]["name"] == f"staff:{karim.staff.staff_id}"


async def test_a_browser_is_told_what_a_passkey_must_be(identity: Identity) -> None:
    """It is kept in the device, asks for its owner, and is not one that the account has."""
    key = Authenticator()
    karim = await with_passkey(identity, key)
    token = (await signed_login(identity, karim, key)).body["access_token"]
    wish = await options(identity, "/v1/staff/passkey-challenges", token)
    chosen = wish["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert [bytes_of(each["id"]) for each in wish["excludeCredentials"]] == [key.passkey_id]
