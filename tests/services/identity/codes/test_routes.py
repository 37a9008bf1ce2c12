import asyncio
from collections.abc import Awaitable, Callable

from joserfc import jwt
from joserfc.jwk import KeySet
from multidict import CIMultiDict
from structlog.testing import capture_logs

from libs.bangladesh.text import bangla_digits
from libs.contracts.identity import CodeRequested, ContactChanged
from libs.database.pool import Database
from libs.ids import new_id
from libs.telemetry.logging import configure
from tests.services.identity.running import PHONE, Identity, announced, running
from tests.waiting import PATIENCE_S


async def test_a_citizen_logs_in_with_a_code(identity: Identity) -> None:
    """The announced code is exchanged for tokens of the citizen."""
    tokens = await identity.log_in()
    sent, contact = await announced(identity.database)
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


async def test_a_second_login_opens_the_same_account(identity: Identity) -> None:
    """A phone has one citizen, and the contact is announced once."""
    await identity.log_in()
    tokens = await identity.log_in("০১৭১২-৩৪৫৬৭৮")
    events = await announced(identity.database)
    assert sum(isinstance(event, ContactChanged) for event in events) == 1
    assert len({event.model_dump()["citizen_id"] for event in events}) == 1
    assert (await identity.call("GET", "/v1/me", token=tokens["access_token"])).status == 200


async def test_known_and_unknown_numbers_get_the_same_response(identity: Identity) -> None:
    """The response to a known and an unknown number is the same, byte for byte."""
    await identity.log_in()
    known = await identity.call("POST", "/v1/login/codes", {"phone": PHONE})
    unknown = await identity.call("POST", "/v1/login/codes", {"phone": "01812345678"})
    assert (known.status, known.raw) == (202, b'{"expires_in_s":300,"accounts_only":false}')
    assert (unknown.status, unknown.raw) == (known.status, known.raw)
    for phone in (PHONE, "01812345678", "01912345678"):
        reply = await identity.try_code("000000", phone)
        assert reply.status == 422
        assert reply.problem in {"code_wrong", "code_expired"}


async def test_wrong_attempts_are_counted_although_they_are_refused(identity: Identity) -> None:
    """After five wrong attempts the right code is refused; the error points to the field."""
    code = await identity.request_code()
    wrong = "000000" if code != "000000" else "111111"
    problems = [(await identity.try_code(wrong)).problem for _ in range(5)]
    assert problems == ["code_wrong"] * 4 + ["code_expired"]
    reply = await identity.try_code(code)
    assert reply.problem == "code_expired"
    assert reply.body["errors"][0]["pointer"] == "/code"


async def test_a_code_expires_after_five_minutes(identity: Identity) -> None:
    """An expired code is refused."""
    code = await identity.request_code()
    identity.time.forward(seconds=300)
    assert (await identity.try_code(code)).problem == "code_expired"


async def test_a_phone_gets_three_codes_in_ten_minutes(identity: Identity) -> None:
    """The fourth code within ten minutes is refused with Retry-After, and none is sent."""
    for _ in range(3):
        await identity.request_code()
    identity.time.forward(seconds=100)
    reply = await identity.call("POST", "/v1/login/codes", {"phone": PHONE})
    assert (reply.status, reply.problem) == (429, "codes_too_many_for_phone")
    assert reply.headers["retry-after"] == "500"
    assert len(await announced(identity.database)) == 3
    identity.time.forward(seconds=500)
    await identity.request_code()


async def test_a_phone_gets_ten_codes_a_day(identity: Identity) -> None:
    """The eleventh code of 24 hours is refused."""
    for _ in range(10):
        await identity.request_code()
        identity.time.forward(minutes=11)
    reply = await identity.call("POST", "/v1/login/codes", {"phone": PHONE})
    assert reply.problem == "codes_too_many_for_phone"


async def test_an_address_over_its_limit_is_refused(database: Database, dsn: str) -> None:
    """The address from the gateway counts, not one that a client adds, in a line or in two."""
    async with running(database, dsn, codes_per_address_per_day=2) as identity:
        busy = {"x-forwarded-for": "203.0.113.7"}
        for last in (1, 2):
            await identity.request_code(f"0171234567{last}", headers=busy)
        body = {"phone": "01712345673"}
        reply = await identity.call("POST", "/v1/login/codes", body, headers=busy)
        assert (reply.status, reply.problem) == (429, "codes_too_many_for_address")
        until_next_hour_s = 3600 - int(identity.time().timestamp()) % 3600
        assert reply.headers["retry-after"] == str(until_next_hour_s)
        await identity.request_code("01712345673", headers={"x-forwarded-for": "203.0.113.8"})
        spoofed = {"x-forwarded-for": "198.51.100.1, 203.0.113.7"}
        reply = await identity.call("POST", "/v1/login/codes", body, headers=spoofed)
        assert reply.problem == "codes_too_many_for_address"
        lines = CIMultiDict([("x-forwarded-for", "198.51.100.1"), *busy.items()])
        async with identity.http.post("/v1/login/codes", json=body, headers=lines) as answer:
            assert answer.status == 429


async def test_a_device_with_a_login_is_known(database: Database, dsn: str) -> None:
    """Its token is returned by a login, and spares the phone the limits of its address."""
    async with running(database, dsn, codes_per_address_per_day=1) as identity:
        token = (await identity.log_in())["device_token"]
        for body, for_accounts in (
            ({"phone": "01812345678"}, False),  # one more for each that was exchanged
            ({"phone": "01912345678", "device_token": token}, True),
            ({"phone": PHONE, "device_token": "a" * 64}, True),
            ({"phone": PHONE}, True),
            ({"phone": PHONE, "device_token": token}, False),
        ):
            reply = await identity.call("POST", "/v1/login/codes", body)
            assert reply.body["accounts_only"] == for_accounts, body


async def test_the_budget_is_shown(identity: Identity) -> None:
    """The alert reads from `/metrics` how much of the day's budgets is used."""
    async with asyncio.timeout(PATIENCE_S):
        while b"code_budget_used" not in (metrics := await identity.call("GET", "/metrics")).raw:
            await asyncio.sleep(0.01)
    assert b'nagorik_code_budget_used{budget="sent",service="identity"} 0.0' in metrics.raw


async def test_phone_and_code_are_read_as_people_type_them(identity: Identity) -> None:
    """Bangla digits, blanks and invisible marks in phone and code are accepted."""
    for typed in ("০১৭১২৩৪৫৬৭৮", "+880 1712-345678", "017\u200b12345678"):
        code = bangla_digits(await identity.request_code(typed))
        assert (await identity.try_code(f"{code[:3]} {code[3:]}", typed)).status == 200


async def test_bad_input_is_a_clear_problem(identity: Identity) -> None:
    """Bad input gets a specific problem; no code is announced."""
    for body, status, problem in (
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
    ):
        reply = await identity.call("POST", "/v1/login/codes", body)
        assert (reply.status, reply.problem) == (status, problem), body
    assert await announced(identity.database) == []


async def test_a_malformed_phone_is_explained_in_the_requested_language(identity: Identity) -> None:
    """The message is Bangla by default and English on request; the pointer is the field."""
    body = {"phone": "01112345678", "code": "123456"}
    bangla = await identity.call("POST", "/v1/login/tokens", body)
    english = await identity.call(
        "POST", "/v1/login/tokens", body, headers={"accept-language": "en"}
    )
    assert [one.body["errors"][0]["pointer"] for one in (bangla, english)] == ["/phone"] * 2
    assert "মোবাইল" in bangla.body["errors"][0]["message"]
    assert "mobile" in english.body["errors"][0]["message"]


async def test_a_code_request_keeps_the_trace_of_its_http_request(identity: Identity) -> None:
    """The event has the trace id of the request."""
    trace_id = new_id().hex
    await identity.request_code(headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-00"})
    async with identity.database.transaction() as tx:
        headers = await tx.fetchval("SELECT headers FROM outbox WHERE topic = 'messages.v1'")
    assert trace_id.encode() in headers


async def test_every_login_is_in_the_log(identity: Identity) -> None:
    """Good with the session and the factor, bad with the problem; neither phone nor code."""
    configure("identity")
    code = await identity.request_code()
    wrong = "0" * len(code) if code[0] != "0" else "1" * len(code)
    with capture_logs() as logs:
        assert (await identity.try_code(wrong)).problem == "code_wrong"
        tokens = (await identity.try_code(code)).body
    refused, good = (line for line in logs if line["event"] in {"request refused", "logged in"})
    assert (refused["problem"], refused["route"]) == ("code_wrong", "/v1/login/tokens")
    assert (good["event"], good["factor"]) == ("logged in", "code by SMS")
    (session,) = (await identity.call("GET", "/v1/sessions", token=tokens["access_token"])).body[
        "items"
    ]
    assert good["session_id"] == session["session_id"]
    assert not any(secret in str(logs) for secret in (PHONE, PHONE[4:], code, wrong))


async def test_refused_access_is_logged_with_its_caller(identity: Identity) -> None:
    """A citizen who calls a route of staff."""
    configure("identity")
    token = (await identity.log_in())["access_token"]
    with capture_logs() as logs:
        reply = await identity.call("GET", "/v1/staff/passkeys", token=token)
    assert reply.problem == "role_missing"
    (line,) = (line for line in logs if line["event"] == "request refused")
    (session,) = (await identity.call("GET", "/v1/sessions", token=token)).body["items"]
    assert (line["problem"], line["session_id"]) == ("role_missing", session["session_id"])
    assert line["caller_id"]


async def test_a_test_phone_logs_in_with_zeros(
    database: Database, dsn_for: Callable[[str], Awaitable[str]]
) -> None:
    """Only the phones that are set; the code of others is random."""
    test_phone = "+8801700000001"
    async with running(
        database, await dsn_for("identity"), test_phones=f"+8801700000009,{test_phone}"
    ) as identity:
        assert await identity.request_code(test_phone) == "000000"
        assert (await identity.try_code("০০০০০০", test_phone)).status == 200
        codes = {await identity.request_code(f"+88018{number:08}") for number in range(2)}
    assert codes != {"000000"}
