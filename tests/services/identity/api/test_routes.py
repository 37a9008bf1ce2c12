from collections.abc import Awaitable, Callable

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from libs.contracts.identity import CodeRequested, ContactChanged
from libs.ids import new_id
from tests.services.identity.running import PHONE, running, told

DsnFor = Callable[[str], Awaitable[str]]


@pytest.fixture
async def dsn(dsn_for: DsnFor) -> str:
    return await dsn_for("identity")


async def test_a_citizen_logs_in_with_the_code_of_the_sms(dsn: str) -> None:
    """The code that is sent opens a session, and the tokens say who the citizen is."""
    async with running(dsn) as identity:
        tokens = await identity.log_in()
        sent, contact = await told(identity.database)
        assert isinstance(sent, CodeRequested)
        assert isinstance(contact, ContactChanged)
        keys = KeySet.import_key_set((await identity.call("GET", "/.well-known/jwks.json")).body)
        token = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"])
        assert token.header["alg"] == "ES256"
        assert token.claims["sub"] == str(contact.citizen_id) == str(sent.citizen_id)
        assert (token.claims["iss"], token.claims["aud"]) == ("nagorik-identity", "nagorik")
        assert token.claims["roles"] == ["citizen"]
        assert token.claims["exp"] - token.claims["iat"] == tokens["expires_in_s"] == 900
        assert tokens["token_type"] == "Bearer"


async def test_a_second_login_is_the_same_citizen(dsn: str) -> None:
    """A phone has one citizen, who is announced once."""
    async with running(dsn) as identity:
        await identity.log_in()
        tokens = await identity.log_in("০১৭১২-৩৪৫৬৭৮")
        events = await told(identity.database)
        assert sum(isinstance(event, ContactChanged) for event in events) == 1
        assert len({event.model_dump()["citizen_id"] for event in events}) == 1
        assert (await identity.call("GET", "/v1/me", token=tokens["access_token"])).status == 200


async def test_nobody_learns_from_the_answer_whether_a_number_is_known(dsn: str) -> None:
    """A known and an unknown number get the same answer, byte for byte."""
    async with running(dsn) as identity:
        await identity.log_in()
        known = await identity.call("POST", "/v1/login/codes", {"phone": PHONE})
        unknown = await identity.call("POST", "/v1/login/codes", {"phone": "01812345678"})
        assert (
            (known.status, known.raw)
            == (unknown.status, unknown.raw)
            == (
                202,
                b'{"expires_in_s":300}',
            )
        )
        for phone in (PHONE, "01812345678", "01912345678"):
            reply = await identity.show_code("000000", phone)
            assert reply.status == 422
            assert reply.problem in {"code_wrong", "code_expired"}


async def test_a_code_opens_one_session_only(dsn: str) -> None:
    """A code that was used is worthless, and so is one replaced by a newer one."""
    async with running(dsn) as identity:
        code = await identity.sent_code()
        assert (await identity.show_code(code)).status == 200
        assert (await identity.show_code(code)).problem == "code_expired"
        first, second = await identity.sent_code(), await identity.sent_code()
        if first != second:
            assert (await identity.show_code(first)).problem == "code_wrong"
        assert (await identity.show_code(second)).status == 200


async def test_wrong_tries_are_counted_although_they_are_refused(dsn: str) -> None:
    """After five wrong tries the right code opens nothing, and the field is named."""
    async with running(dsn) as identity:
        code = await identity.sent_code()
        wrong = "000000" if code != "000000" else "111111"
        problems = [(await identity.show_code(wrong)).problem for _ in range(5)]
        assert problems == ["code_wrong"] * 4 + ["code_expired"]
        reply = await identity.show_code(code)
        assert reply.problem == "code_expired"
        assert reply.body["errors"][0]["pointer"] == "/code"


async def test_a_code_is_worthless_after_five_minutes(dsn: str) -> None:
    """An old code opens nothing."""
    async with running(dsn) as identity:
        code = await identity.sent_code()
        identity.clock.forward(seconds=300)
        assert (await identity.show_code(code)).problem == "code_expired"


async def test_a_phone_that_asks_too_often_is_told_when_to_ask_again(dsn: str) -> None:
    """The fourth code within ten minutes is refused with Retry-After, and none is sent."""
    async with running(dsn) as identity:
        for _ in range(3):
            await identity.sent_code()
        identity.clock.forward(seconds=100)
        reply = await identity.call("POST", "/v1/login/codes", {"phone": PHONE})
        assert (reply.status, reply.problem) == (429, "codes_too_many_for_phone")
        assert reply.headers["retry-after"] == "500"
        assert len(await told(identity.database)) == 3
        identity.clock.forward(seconds=500)
        await identity.sent_code()


async def test_a_phone_gets_ten_codes_a_day(dsn: str) -> None:
    """However patiently a phone asks, the eleventh code of 24 hours is refused."""
    async with running(dsn) as identity:
        for _ in range(10):
            await identity.sent_code()
            identity.clock.forward(minutes=11)
        reply = await identity.call("POST", "/v1/login/codes", {"phone": PHONE})
        assert reply.problem == "codes_too_many_for_phone"


async def test_an_address_that_asks_too_often_waits(dsn: str) -> None:
    """The limit counts the caller that the gateway names, and nobody else."""
    async with running(dsn, codes_per_address=2) as identity:
        noisy = {"x-forwarded-for": "203.0.113.7"}
        for last in (1, 2):
            await identity.sent_code(f"0171234567{last}", headers=noisy)
        body = {"phone": "01712345673"}
        reply = await identity.call("POST", "/v1/login/codes", body, headers=noisy)
        assert (reply.status, reply.problem) == (429, "codes_too_many_for_address")
        assert 1 <= int(reply.headers["retry-after"]) <= 600
        await identity.sent_code("01712345673", headers={"x-forwarded-for": "203.0.113.8"})
        spoofed = {"x-forwarded-for": "198.51.100.1, 203.0.113.7"}
        reply = await identity.call("POST", "/v1/login/codes", body, headers=spoofed)
        assert reply.problem == "codes_too_many_for_address"


@pytest.mark.parametrize("typed", ["০১৭১২৩৪৫৬৭৮", "+880 1712-345678", "017\u200b12345678"])
async def test_phone_and_code_are_read_as_people_type_them(dsn: str, typed: str) -> None:
    """Bangla digits, blanks and invisible marks stop nobody at the door."""
    async with running(dsn) as identity:
        code = await identity.sent_code(typed)
        bangla = code.translate({ord(str(n)): chr(0x09E6 + n) for n in range(10)})
        reply = await identity.show_code(f"{bangla[:3]} {bangla[3:]}", typed)
        assert reply.status == 200


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"phone": "12345"}, 422, "wrong_shape"),
        ({"phone": "+14155550100"}, 422, "wrong_shape"),
        ({"phone": ""}, 422, "wrong_shape"),
        ({"phone": 1712345678}, 422, "wrong_shape"),
        ({}, 422, "wrong_shape"),
        ({"phone": PHONE, "role": "officer"}, 422, "wrong_shape"),
        ({"phone": "017\x0012345678"}, 422, "control_character"),
        (b"{", 400, "not_json"),
        (b"[" * 10_000, 400, "too_deep"),
        (b'{"phone": "' + b"1" * 70_000 + b'"}', 413, "body_too_large"),
    ],
)
async def test_bad_input_is_a_clear_problem(
    dsn: str, body: object, status: int, problem: str
) -> None:
    """Whatever is sent, the answer says what is wrong, and nothing is stored or sent."""
    async with running(dsn) as identity:
        reply = await identity.call("POST", "/v1/login/codes", body)
        assert (reply.status, reply.problem) == (status, problem)
        assert await told(identity.database) == []


async def test_a_wrong_phone_is_named_in_the_language_asked_for(dsn: str) -> None:
    """Bangla comes first; English on request; the pointer names the field."""
    async with running(dsn) as identity:
        body = {"phone": "01112345678", "code": "123456"}
        bangla = await identity.call("POST", "/v1/login/tokens", body)
        english = await identity.call(
            "POST", "/v1/login/tokens", body, headers={"accept-language": "en"}
        )
        assert [one.body["errors"][0]["pointer"] for one in (bangla, english)] == ["/phone"] * 2
        assert "মোবাইল" in bangla.body["errors"][0]["message"]
        assert "mobile" in english.body["errors"][0]["message"]


async def test_a_lost_answer_to_a_refresh_logs_nobody_out(dsn: str) -> None:
    """The replaced token works once more within 60 s; later its reuse ends the session."""
    async with running(dsn) as identity:
        first = (await identity.log_in())["refresh_token"]
        lost = await identity.refresh(first)
        identity.clock.forward(seconds=60)
        again = await identity.refresh(first)
        assert (lost.status, again.status) == (200, 200)
        identity.clock.forward(seconds=1)
        assert (await identity.refresh(first)).problem == "session_ended"
        for token in (lost, again):
            reply = await identity.refresh(token.body["refresh_token"])
            assert (reply.status, reply.problem) == (401, "session_ended")


async def test_a_session_is_refreshed_on_and_on(dsn: str) -> None:
    """Each refresh token opens the next, with a fresh access token."""
    async with running(dsn) as identity:
        tokens = await identity.log_in()
        for _ in range(4):
            identity.clock.forward(minutes=14)
            reply = await identity.refresh(tokens["refresh_token"])
            assert reply.status == 200
            tokens = reply.body
        assert (await identity.call("GET", "/v1/me", token=tokens["access_token"])).status == 200


async def test_a_foreign_refresh_token_is_refused(dsn: str) -> None:
    """A token that nobody was given refreshes nothing and ends nothing."""
    async with running(dsn) as identity:
        tokens = await identity.log_in()
        for foreign in ("A" * 64, "nonsense", "ক"):
            reply = await identity.refresh(foreign)
            assert (reply.status, reply.problem) == (401, "refresh_token_invalid")
        assert (await identity.refresh(tokens["refresh_token"])).status == 200


async def test_after_logging_out_nothing_refreshes(dsn: str) -> None:
    """Logging out ends this session, and is harmless when repeated."""
    async with running(dsn) as identity:
        tokens, other = await identity.log_in(), await identity.log_in()
        for _ in range(2):
            reply = await identity.call("POST", "/v1/logout", token=tokens["access_token"])
            assert reply.status == 204
        assert (await identity.refresh(tokens["refresh_token"])).problem == "session_ended"
        assert (await identity.refresh(other["refresh_token"])).status == 200


async def test_an_access_token_ends_with_its_time(dsn: str) -> None:
    """After 15 minutes the caller is told to refresh."""
    async with running(dsn) as identity:
        token = (await identity.log_in())["access_token"]
        identity.clock.forward(seconds=910)
        reply = await identity.call("GET", "/v1/me", token=token)
        assert (reply.status, reply.problem) == (401, "token_expired")
        assert reply.headers["www-authenticate"].startswith("Bearer")


async def test_only_our_own_tokens_open_a_profile(dsn: str) -> None:
    """No token, nonsense, and a token without a signature are refused."""
    async with running(dsn) as identity:
        real = (await identity.log_in())["access_token"]
        header, claims, _ = real.split(".")
        unsigned = f"eyJhbGciOiJub25lIn0.{claims}."
        assert (await identity.call("GET", "/v1/me")).problem == "token_missing"
        for forged in ("x", "a.b.c", unsigned, f"{header}.{claims}.AAAA", "ক.খ.গ".encode().hex()):
            reply = await identity.call("GET", "/v1/me", token=forged)
            assert (reply.status, reply.problem) == (401, "token_invalid")


async def test_a_citizen_changes_language_and_is_written_to_in_it(dsn: str) -> None:
    """A change of language is told once; numbers are kept and shown masked."""
    async with running(dsn) as identity:
        token = (await identity.log_in(headers={"accept-language": "en"}))["access_token"]
        profile = (await identity.call("GET", "/v1/me", token=token)).body
        assert (profile["language"], profile["phone"]) == ("en", "********678")
        change = {"language": "bn", "nid": "১২৩ ৪৫৬ ৭৮৯০"}
        await identity.call("PATCH", "/v1/me", change, token=token)
        reply = await identity.call("PATCH", "/v1/me", change, token=token)
        assert (reply.body["language"], reply.body["nid"]) == ("bn", "*******890")
        contacts = [e for e in await told(identity.database) if isinstance(e, ContactChanged)]
        assert [contact.language for contact in contacts] == ["en", "bn"]
        wrong = await identity.call("PATCH", "/v1/me", {"nid": "12"}, token=token)
        assert wrong.body["errors"][0]["pointer"] == "/nid"


async def test_the_key_set_may_be_kept_for_a_while_and_shows_no_secret(dsn: str) -> None:
    """Only public halves are shown, with a time to keep them."""
    async with running(dsn) as identity:
        reply = await identity.call("GET", "/.well-known/jwks.json")
        assert reply.headers["cache-control"] == "public, max-age=300"
        (key,) = reply.body["keys"]
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


async def test_tokens_are_never_cached(dsn: str) -> None:
    """No cache keeps a token (RFC 6749, section 5.1)."""
    async with running(dsn) as identity:
        reply = await identity.show_code(await identity.sent_code())
        assert reply.headers["cache-control"] == "no-store"


async def test_a_code_request_carries_the_trace_of_the_click(dsn: str) -> None:
    """The event of each request belongs to that request's trace, grouped or not."""
    async with running(dsn) as identity:
        trace_id = new_id().hex
        await identity.sent_code(headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-00"})
        async with identity.database.transaction() as tx:
            headers = await tx.fetchval("SELECT headers FROM outbox")
        assert trace_id.encode() in headers
