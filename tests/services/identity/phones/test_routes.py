"""A number changes hands; the account does not."""

from typing import Any

from libs.contracts.identity import ContactChanged, ContactRemoved, NoticeRequested
from tests.services.identity.running import PHONE, Identity, Reply, announced

NEW = "+8801812345678"
NID = "1234567890"
BIRTH_NUMBER = "19901234567890123"


async def change(identity: Identity, token: str, **body: Any) -> Reply:
    """Ask for a change of number."""
    return await identity.call("POST", "/v1/me/phone", body, token=token)


async def notices(identity: Identity) -> list[tuple[str, str]]:
    """The notices that were requested, and to which numbers."""
    events = await announced(identity.database)
    return [(event.notice, event.phone) for event in events if isinstance(event, NoticeRequested)]


async def citizen_id(identity: Identity, token: str) -> str:
    """Whose token it is."""
    return str((await identity.call("GET", "/v1/me", token=token)).body["citizen_id"])


async def with_profile(identity: Identity) -> str:
    """Log a citizen in and store the numbers of the profile; return the citizen's id."""
    token = (await identity.log_in())["access_token"]
    numbers = {"nid": NID, "birth_registration_number": BIRTH_NUMBER}
    return str((await identity.call("PATCH", "/v1/me", numbers, token=token)).body["citizen_id"])


async def try_silent(identity: Identity, **more: Any) -> Reply:
    """Exchange a new code for tokens, with a proof or without."""
    code = await identity.request_code()
    return await identity.call("POST", "/v1/login/tokens", {"phone": PHONE, "code": code, **more})


async def test_with_codes_of_both_numbers_it_changes_at_once(identity: Identity) -> None:
    """The old number is told, other sessions end, and the old number opens nothing of it."""
    elsewhere = (await identity.log_in())["access_token"]
    token = (await identity.log_in())["access_token"]
    owner = await citizen_id(identity, token)
    codes = {"old_code": await identity.request_code(), "code": await identity.request_code(NEW)}
    changed = await change(identity, token, phone=NEW, **codes)
    assert (changed.status, changed.body["new_phone"]) == (200, None)
    assert await notices(identity) == [("phone_changed", PHONE)]
    assert (await identity.call("GET", "/v1/me", token=elsewhere)).problem == "session_ended"
    assert (await identity.call("GET", "/v1/me", token=token)).status == 200
    contacts = [e for e in await announced(identity.database) if isinstance(e, ContactChanged)]
    assert contacts[-1].phone == NEW
    identity.time.forward(hours=1)
    with_new = (await identity.log_in(NEW))["access_token"]
    with_old = (await identity.log_in(PHONE))["access_token"]
    assert await citizen_id(identity, with_new) == owner
    assert await citizen_id(identity, with_old) != owner


async def test_without_the_old_number_it_waits(identity: Identity) -> None:
    """The old number is told and can cancel; a session that asked goes on."""
    token = (await identity.log_in())["access_token"]
    waiting = await change(identity, token, phone=NEW, code=await identity.request_code(NEW))
    assert waiting.body["phone"].endswith("678")
    assert waiting.body["changes_at"]
    assert (await identity.call("GET", "/v1/me/phone", token=token)).body == waiting.body
    assert await notices(identity) == [("phone_change_requested", PHONE)]
    cancellation = "/v1/me/phone/cancellation"
    assert (await identity.call("POST", cancellation, token=token)).status == 204
    again = await identity.call("POST", cancellation, token=token)
    assert again.problem == "phone_change_not_requested"
    assert (await notices(identity))[-1] == ("phone_change_cancelled", PHONE)


async def test_a_wrong_code_changes_nothing_and_is_counted(identity: Identity) -> None:
    """Of either number; the field that is wrong is named."""
    token = (await identity.log_in())["access_token"]
    old_code, code = await identity.request_code(), await identity.request_code(NEW)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refused = await change(identity, token, phone=NEW, code=wrong)
    assert (refused.problem, refused.body["errors"][0]["pointer"]) == ("code_wrong", "/code")
    wrong = f"{(int(old_code) + 1) % 10**6:06d}"
    refused = await change(identity, token, phone=NEW, code=code, old_code=wrong)
    assert refused.body["errors"][0]["pointer"] == "/old_code"
    async with identity.database.transaction() as tx:
        count = "SELECT sum(wrong)::bigint FROM code_counts WHERE scope = 'address'"
        assert await tx.fetchval(count) == 2
    assert await notices(identity) == []


async def test_a_number_of_another_account_is_not_taken_over(identity: Identity) -> None:
    """Whoever holds it logs in to that account, and decides there."""
    await identity.log_in(NEW)
    token = (await identity.log_in())["access_token"]
    refused = await change(identity, token, phone=NEW, code=await identity.request_code(NEW))
    assert (refused.status, refused.problem) == (409, "phone_taken")
    same = await change(identity, token, phone=PHONE, code="123456")
    assert same.problem == "phone_unchanged"


async def test_after_long_silence_a_number_alone_opens_nothing(identity: Identity) -> None:
    """Not its account, and not a new one before that is asked for."""
    await with_profile(identity)
    identity.time.forward(days=301)
    asked = await try_silent(identity)
    assert (asked.status, asked.problem) == (409, "account_proof_needed")
    assert asked.body["errors"][0]["pointer"] == "/number"


async def test_a_number_that_logs_in_now_and_then_is_not_asked(identity: Identity) -> None:
    """Silence is counted from the last login."""
    owner = await with_profile(identity)
    for _ in range(3):
        identity.time.forward(days=299)
        token = (await identity.log_in())["access_token"]
        assert await citizen_id(identity, token) == owner


async def test_the_owner_shows_a_number_of_the_profile(identity: Identity) -> None:
    """NID or birth registration number, in Bangla digits too; then it is as before."""
    owner = await with_profile(identity)
    for number in (NID, "১৯৯০ ১২৩৪৫৬৭ ৮৯০১২৩"):
        identity.time.forward(days=301)
        shown = await try_silent(identity, number=number)
        assert await citizen_id(identity, shown.body["access_token"]) == owner
    assert (await try_silent(identity)).status == 200


async def test_wrong_numbers_are_limited(identity: Identity) -> None:
    """The fifth begins a new, empty account; the old one has no number any more."""
    owner = await with_profile(identity)
    identity.time.forward(days=301)
    for _ in range(4):
        assert (await try_silent(identity, number="9999999999")).problem == "account_proof_wrong"
        identity.time.forward(hours=1)
    begun = await try_silent(identity, number="9999999999")
    profile = await identity.call("GET", "/v1/me", token=begun.body["access_token"])
    assert profile.body["citizen_id"] != owner
    assert profile.body["nid"] is None
    removed = [e for e in await announced(identity.database) if isinstance(e, ContactRemoved)]
    assert [str(event.citizen_id) for event in removed] == [owner]
    identity.time.forward(hours=1)
    shown = await try_silent(identity, number=NID)
    assert await citizen_id(identity, shown.body["access_token"]) == profile.body["citizen_id"]


async def test_who_bought_the_number_begins_a_new_account(identity: Identity) -> None:
    """At once, without guessing at the old one."""
    owner = await with_profile(identity)
    identity.time.forward(days=301)
    begun = await try_silent(identity, new_account=True)
    assert await citizen_id(identity, begun.body["access_token"]) != owner


async def test_an_account_without_numbers_is_set_aside(identity: Identity) -> None:
    """Nobody could show that it is theirs."""
    owner = await citizen_id(identity, (await identity.log_in())["access_token"])
    identity.time.forward(days=301)
    begun = await try_silent(identity)
    assert await citizen_id(identity, begun.body["access_token"]) != owner


async def test_a_login_shows_that_the_account_will_be_erased(identity: Identity) -> None:
    """Until it is cancelled."""
    tokens = await identity.log_in()
    assert tokens["erasure_due_at"] is None
    body = {"code": await identity.request_code()}
    token = tokens["access_token"]
    requested = await identity.call("POST", "/v1/me/erasure", body, token=token)
    tokens = await identity.log_in()
    assert tokens["erasure_due_at"] == requested.body["due_at"]
    await identity.call("POST", "/v1/me/erasure/cancellation", token=token)
    identity.time.forward(hours=1)
    assert (await identity.log_in())["erasure_due_at"] is None
