import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from libs.contracts.identity import SessionEnded, SigningKeyRevoked
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from libs.messaging.revocations import revoke
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.callers.ended_sessions import EndedSessions
from libs.web.callers.tokens import LEEWAY_S, Caller, Citizen, Staff, TokenChecker
from libs.web.calling.client import HttpClient
from tests.libs.web.running import CITIZEN, SESSION, Identity, served, showing
from tests.waiting import until


@pytest.fixture
def identity() -> Identity:
    return Identity()


class Watch:
    """A clock that a test sets."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def checker(identity: Identity, watch: Watch) -> AsyncIterator[TokenChecker]:
    client = HttpClient("identity", tracing=Tracing("t"), metrics=Metrics("t"))
    async with client, served(identity.show) as url:
        yield TokenChecker(url, client=client, monotonic_s=watch)


async def test_token_has_the_caller(identity: Identity, checker: TokenChecker) -> None:
    """A valid token has the citizen, the session and the roles."""
    caller = await checker.check(showing(identity.token()))
    assert (caller.subject_id, caller.session_id) == (CITIZEN, SESSION)
    assert caller.roles == {"citizen"}


async def test_key_set_is_fetched_once(identity: Identity, checker: TokenChecker) -> None:
    """A thousand requests fetch the key set once, and a repeated token is verified once."""
    for _ in range(3):
        await checker.check(showing(identity.token(jti=str(new_id()))))
    assert identity.asked == 1


@pytest.mark.parametrize("scheme", ["Basic", ""])
async def test_missing_token_is_refused(checker: TokenChecker, scheme: str) -> None:
    """A request without a token is refused as such."""
    for request in (showing(None), showing("", scheme), showing("abc", scheme)):
        with pytest.raises(Refused, match="token_missing"):
            await checker.check(request)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "someone-else"},
        {"aud": "another-platform"},
        {"aud": ["another"]},
        {"iss": None},
        {"aud": None},
        {"sub": "not-a-uuid"},
        {"sub": None},
        {"sid": None},
        {"iat": None},
        {"iat": "long ago"},
        {"exp": None},
        {"exp": "soon"},
        {"roles": None},
        {"roles": 5},
    ],
)
async def test_foreign_or_broken_claims_are_invalid(
    identity: Identity, checker: TokenChecker, claims: dict[str, Any]
) -> None:
    """A token for another platform, of another issuer, or without its claims is refused."""
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(identity.token(**claims)))


async def test_token_ends_at_its_expiry(identity: Identity, checker: TokenChecker) -> None:
    """Five seconds of difference between clocks are forgiven, ten are not."""
    now = int(time.time())
    await checker.check(showing(identity.token(exp=now - 2)))
    with pytest.raises(Refused, match="token_expired"):
        await checker.check(showing(identity.token(exp=now - 10)))


async def test_no_token_outlives_its_longest_life(
    identity: Identity, checker: TokenChecker
) -> None:
    """A token that claims to be valid for a year ends 15 minutes after it was issued."""
    now, year_s = int(time.time()), 365 * 24 * 3600
    await checker.check(showing(identity.token(iat=now - 890, exp=now + year_s)))
    for issued in (now - 910, now - year_s):
        with pytest.raises(Refused, match="token_expired"):
            await checker.check(showing(identity.token(iat=issued, exp=now + year_s)))


async def test_a_token_from_the_future_is_a_forgery(
    identity: Identity, checker: TokenChecker
) -> None:
    """A thief of a key cannot prepare tokens; clocks may differ by a minute."""
    now = int(time.time())
    await checker.check(showing(identity.token(iat=now + 30, exp=now + 900)))
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(identity.token(iat=now + 90, exp=now + 900)))


async def test_a_token_already_seen_ends_with_its_key(
    identity: Identity, checker: TokenChecker, watch: Watch
) -> None:
    """A key that is gone from the key set takes the tokens with it that were seen before."""
    token = identity.token()
    await checker.check(showing(token))
    del identity.keys["k1"]
    identity.keys["k2"] = ECKey.generate_key("P-256", {"kid": "k2"})
    watch.now_s += 60
    await checker.check(showing(identity.token("k2")))
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(token))


async def test_a_key_replaced_under_its_name_ends_its_tokens(
    identity: Identity, checker: TokenChecker, watch: Watch
) -> None:
    """The name of a key says nothing: another key under it verifies none of the old tokens."""
    token = identity.token()
    await checker.check(showing(token))
    for key_id in ("k1", "k2"):
        identity.keys[key_id] = ECKey.generate_key("P-256", {"kid": key_id})
    watch.now_s += 60
    await checker.check(showing(identity.token("k2")))
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(token))


async def test_a_revoked_key_stays_revoked_while_identity_still_shows_it(
    identity: Identity, checker: TokenChecker, watch: Watch
) -> None:
    """Tokens of the key are refused, seen or new, also after the key set was fetched again."""
    token = identity.token()
    await checker.check(showing(token))
    revoke(SigningKeyRevoked(revoked_id="k1"), checker)
    identity.keys["k2"] = ECKey.generate_key("P-256", {"kid": "k2"})
    watch.now_s += 60
    await checker.check(showing(identity.token("k2")))
    for refused in (token, identity.token(jti="another")):
        with pytest.raises(Refused, match="token_invalid"):
            await checker.check(showing(refused))


async def test_an_ended_session_ends_its_tokens_only(
    identity: Identity, checker: TokenChecker
) -> None:
    """Tokens of the session are refused, those already seen too; others are accepted."""
    seen, other = identity.token(), identity.token(sid=str(new_id()))
    await checker.check(showing(seen))
    revoke(SessionEnded(revoked_id=SESSION), checker)
    for refused in (seen, identity.token(jti="another")):
        with pytest.raises(Refused, match="session_ended"):
            await checker.check(showing(refused))
    await checker.check(showing(other))


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        (["citizen"], Citizen),
        (["operator"], Staff),
        (["citizen", "operator"], Staff),
        (["of the future"], Staff),
        ([], Caller),
    ],
)
async def test_staff_are_never_citizens(
    identity: Identity, checker: TokenChecker, roles: list[str], kind: type[Caller]
) -> None:
    """A token with any role of our staff is no citizen's."""
    assert type(await checker.check(showing(identity.token(roles=roles)))) is kind


def test_an_ended_session_is_remembered_as_long_as_its_tokens_may_live() -> None:
    """Sessions whose tokens have expired by themselves take no memory."""
    watch, old, young = Watch(), new_id(), new_id()
    ended = EndedSessions(900, watch)
    ended.add(old, watch.now_s)
    watch.now_s += 600
    ended.add(young, watch.now_s)
    assert old in ended
    watch.now_s += 600
    ended.add(new_id(), watch.now_s - 901)
    assert (len(ended), young in ended, old in ended) == (1, True, False)


async def test_remembered_token_ends_too(identity: Identity, checker: TokenChecker) -> None:
    """A cached token expires too."""
    token = identity.token(exp=time.time() + 0.5 - LEEWAY_S)
    await checker.check(showing(token))

    async def has_expired() -> bool:
        try:
            await checker.check(showing(token))
        except Refused as refused:
            return refused.code == "token_expired"
        return False

    await until(has_expired, within_s=LEEWAY_S)  # with the leeway twice it would take longer


async def test_other_algorithms_are_not_taken(identity: Identity, checker: TokenChecker) -> None:
    """A token signed with the public key as a shared secret, or not at all, is a forgery."""
    public = orjson.dumps(identity.keys["k1"].as_dict(private=False))
    claims = {"iss": "nagorik-identity", "aud": "nagorik", "sub": str(CITIZEN)}
    secret = OctKey.import_key(public)
    forged = jwt.encode(
        {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}, claims, secret, algorithms=["HS256"]
    )
    unsigned = "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ." + forged.split(".")[1] + "."
    for token in (forged, unsigned):
        with pytest.raises(Refused, match="token_invalid"):
            await checker.check(showing(token))


@pytest.mark.parametrize("kind", ["JWT", "jwt", "logout+jwt"])
async def test_only_an_access_token_is_taken(
    identity: Identity, checker: TokenChecker, kind: str
) -> None:
    """A token of another kind is refused, whatever its claims say (RFC 9068, section 4)."""
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(identity.token(kind=kind)))


async def test_only_the_named_algorithm_is_taken(identity: Identity, checker: TokenChecker) -> None:
    """Other algorithms are refused, even with a key of identity."""
    identity.keys["k384"] = ECKey.generate_key("P-384", {"kid": "k384"})
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(identity.token("k384", algorithm="ES384")))


async def test_changed_token_is_invalid(identity: Identity, checker: TokenChecker) -> None:
    """Claims and signature belong together."""
    head, claims, signature = identity.token().split(".")
    other = identity.token(sub=str(new_id())).split(".")[1]
    for token in (f"{head}.{other}.{signature}", f"{head}.{claims}.", f"{head}.{claims}.AAAA"):
        with pytest.raises(Refused, match="token_invalid"):
            await checker.check(showing(token))


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "..", "é", "x" * 5_000, "e30.e30.e30", "bnVsbA.e30.x"]
)
async def test_nonsense_is_invalid(checker: TokenChecker, token: str) -> None:
    """Any other text is refused."""
    with pytest.raises(Refused, match="token_invalid"):
        await checker.check(showing(token))


async def test_new_key_is_fetched_when_a_token_names_it(
    identity: Identity, checker: TokenChecker, watch: Watch
) -> None:
    """After a key rotation the first token with the new key is accepted."""
    await checker.check(showing(identity.token()))
    identity.keys["k2"] = ECKey.generate_key("P-256", {"kid": "k2"})
    watch.now_s += 60
    assert (await checker.check(showing(identity.token("k2")))).subject_id == CITIZEN


async def test_forged_key_names_do_not_flood_identity(
    identity: Identity, checker: TokenChecker
) -> None:
    """Unknown keys cause at most one fetch in five seconds."""
    await checker.check(showing(identity.token()))
    stranger = Identity()
    for number in range(20):
        key_id = f"forged-{number}"
        stranger.keys[key_id] = ECKey.generate_key("P-256", {"kid": key_id})
        with pytest.raises(Refused, match="token_invalid"):
            await checker.check(showing(stranger.token(key_id)))
    assert identity.asked == 1


async def test_without_any_key_set_the_answer_is_to_wait(
    identity: Identity, checker: TokenChecker
) -> None:
    """Without a key set, requests get 503, not 401."""
    identity.status = 503
    with pytest.raises(Unavailable, match="identity"):
        await checker.check(showing(identity.token()))
    assert not checker.health().ready


async def test_no_request_waits_longer_than_a_second_for_keys(
    identity: Identity, checker: TokenChecker
) -> None:
    """Fifty requests at once behind a hanging identity are all answered within a second."""
    identity.delay_s = 30
    loop = asyncio.get_running_loop()
    started = loop.time()
    requests = [showing(identity.token(jti=str(number))) for number in range(50)]
    outcomes = await asyncio.gather(
        *(checker.check(request) for request in requests), return_exceptions=True
    )
    assert all(isinstance(outcome, Unavailable) for outcome in outcomes)
    assert loop.time() - started < 1.2


async def test_old_keys_serve_while_identity_is_away(
    identity: Identity, checker: TokenChecker, watch: Watch
) -> None:
    """Tokens are accepted during an outage of identity."""
    await checker.check(showing(identity.token()))
    identity.status = 500
    watch.now_s += 60
    assert await checker.check(showing(identity.token(jti="another")))
    assert checker.health().ready


async def test_component_fetches_keys_in_the_background(
    identity: Identity, checker: TokenChecker
) -> None:
    """The component fetches keys in the background, and stops when `stop` is set."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(checker.run(stop))
        await until(lambda: checker.health().ready)
        stop.set()
    assert identity.asked == 1
