"""Who may print the papers about what was sent with a mandate."""

from typing import Any

import pytest
from joserfc.jwk import KeySet

from libs.contracts.applications import MandateUsed
from libs.contracts.language import Text
from libs.ids import new_id, new_tracking_number
from libs.web.callers.tokens import Printing, verify_mandate
from tests.services.identity.mandates.running import CITIZEN, Counter
from tests.services.identity.running import Identity, Reply

GULSHAN, NUMBER, OTHER = "gulshan", "NS-XYRKE-W8M24-RJ3H3", new_tracking_number(new_id())


@pytest.fixture
async def counter(identity: Identity) -> Counter:
    return await Counter.opened(identity)


async def asked(counter: Counter, number: str, **changed: Any) -> Reply:
    """Ask for the token with which papers about an application are printed."""
    return await counter.send(f"/v1/assisted-applications/{number}/papers/tokens", **changed)


async def sent(counter: Counter, **fields: Any) -> MandateUsed:
    """Send an application with a mandate."""
    return await counter.used(await counter.active(**fields), tracking_number=NUMBER)


async def become(counter: Counter, change: str) -> None:
    """Change the row of the counter's uddokta."""
    async with counter.identity.database.transaction() as tx:
        await tx.execute(
            f"UPDATE uddoktas SET {change} WHERE uddokta_id = $1",  # noqa: S608
            counter.uddokta_id,
        )


async def test_who_sent_an_application_prints_its_papers(counter: Counter) -> None:
    """The token names the application, the centre and the device, in any spelling of the number."""
    used = await sent(counter)
    reply = await asked(counter, used.tracking_number.lower().replace("-", ""))
    assert reply.status == 200, reply.raw
    jwks = (await counter.identity.call("GET", "/.well-known/jwks.json")).body
    caller = verify_mandate(reply.body["access_token"], KeySet.import_key_set(jwks))
    assert caller.printing == Printing(NUMBER, Text(bn="গুলশান সেবা কেন্দ্র", en="Gulshan Centre"))
    assert caller.thumbprint == counter.key.thumbprint()
    assert caller.evidence is not None
    assert caller.evidence.uddokta_id == counter.uddokta_id
    assert caller.evidence.service_centre_id == GULSHAN


async def test_no_paper_of_another_one_is_printed(counter: Counter) -> None:
    """Of nobody's number, of a mandate that was not used, and of a colleague's application."""
    used = await sent(counter)
    other = await Counter.opened(counter.identity, "selim", phone="+8801822222210")
    for who, number in ((other, used.tracking_number), (counter, OTHER)):
        assert (await asked(who, number)).problem == "application_unknown"
    assert (await asked(counter, "nonsense")).problem == "application_unknown"


@pytest.mark.parametrize("used_first", [True, False])
async def test_the_end_of_the_follow_up_ends_the_printing(
    counter: Counter, *, used_first: bool
) -> None:
    """Whichever identity hears of first, the use or the end."""
    mandate_id = await counter.active()
    if used_first:
        await counter.used(mandate_id, tracking_number=NUMBER)
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    revocation = f"/v1/me/mandates/{mandate_id}/revocation"
    assert (await counter.identity.call("POST", revocation, token=token)).status == 200
    if not used_first:
        await counter.used(mandate_id, tracking_number=NUMBER)
    assert (await counter.read(mandate_id))["tracking_number"] == NUMBER
    assert (await asked(counter, NUMBER)).problem == "application_unknown"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("state = 'paused'", "uddokta_stopped"),
        ("licence_until = '2020-01-01', licence_from = '2019-01-01'", "licence_expired"),
        ("service_centre_id = 'uttara'", "application_unknown"),
    ],
)
async def test_whoever_is_stopped_or_has_left_prints_nothing(
    counter: Counter, change: str, problem: str
) -> None:
    """Also on the device of the centre where the application was sent."""
    used = await sent(counter)
    assert (await asked(counter, used.tracking_number)).status == 200
    await become(counter, change)
    assert (await asked(counter, used.tracking_number)).problem == problem


async def test_a_colleague_prints_once_the_sender_is_gone(counter: Counter) -> None:
    """At the same centre, also for who has a phone of her own; not before, and not elsewhere."""
    numbers = {"own_phone": NUMBER, "guardian_phone": OTHER}
    for consent, number in numbers.items():
        of_citizen = {} if consent == "own_phone" else {"number": "1234567890"}
        mandate_id = await counter.active(consent=consent, **of_citizen)
        await counter.used(mandate_id, tracking_number=number)
    here = await Counter.opened(counter.identity, "selim", phone="+8801822222210")
    elsewhere = await Counter.opened(
        counter.identity, "salma", centre="uttara", phone="+8801822222211"
    )
    for number in numbers.values():
        assert (await asked(here, number)).status == 404
    await become(counter, "state = 'suspended'")
    found = {kind: (await asked(here, number)).status for kind, number in numbers.items()}
    assert found == {"own_phone": 200, "guardian_phone": 200}
    for number in numbers.values():
        assert (await asked(elsewhere, number)).status == 404


async def test_a_device_of_another_centre_prints_nothing(counter: Counter) -> None:
    """Whoever is logged in there."""
    used = await sent(counter)
    elsewhere = await Counter.opened(
        counter.identity, "salma", centre="uttara", phone="+8801822222211"
    )
    reply = await asked(counter, used.tracking_number, key=elsewhere.key)
    assert reply.problem == "device_unknown"
