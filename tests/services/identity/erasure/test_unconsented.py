"""What a centre typed of people who agreed to nothing goes by itself."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.identity import CitizenErased
from services.identity.erasure.use_cases import (
    CLOSING,
    UNCONSENTED_KEPT,
    carry_out,
    forget_unconsented,
)
from tests.services.identity.mandates.running import CITIZEN, Counter
from tests.services.identity.running import Identity, announced_in

GUARDED: dict[str, Any] = {"consent": "guardian_phone", "number": "1234567890"}
LATER = UNCONSENTED_KEPT + timedelta(seconds=1)


@pytest.fixture
async def counter(identity: Identity) -> Counter:
    """A counter of a centre."""
    return await Counter.opened(identity)


async def left(counter: Counter) -> dict[str, bool]:
    """Whether each mandate still has something of a person."""
    async with counter.identity.database.transaction() as tx:
        rows = await tx.fetch(
            """
            SELECT mandate_id,
                   phone <> '' OR phone_index IS NOT NULL OR applicant IS NOT NULL AS has_person
              FROM mandates
            """
        )
    return {str(row["mandate_id"]): row["has_person"] for row in rows}


async def accounts(counter: Counter) -> set[UUID]:
    """Citizens with an account."""
    async with counter.identity.database.transaction() as tx:
        return {row["citizen_id"] for row in await tx.fetch("SELECT citizen_id FROM citizens")}


async def days_later(counter: Counter, after: timedelta) -> list[UUID]:
    """Forget and erase some time from now; return who was announced as erased."""
    at = counter.identity.time() + after
    async with counter.identity.database.transaction() as tx:
        while await forget_unconsented(tx, at):
            pass
        await carry_out(tx, at)
        await carry_out(tx, at + CLOSING)
        told = await announced_in(tx)
    return [event.citizen_id for event in told if isinstance(event, CitizenErased)]


async def test_a_number_that_agreed_to_nothing_is_deleted(counter: Counter) -> None:
    """After 30 days; that of a consent stays with what was done by it."""
    asked = await counter.requested("+8801912345678")
    agreed = await counter.active(CITIZEN)
    await days_later(counter, UNCONSENTED_KEPT - timedelta(minutes=1))
    assert await left(counter) == {asked: True, agreed: True}
    assert await days_later(counter, LATER) == []
    assert await left(counter) == {asked: False, agreed: True}


async def test_an_account_that_agreed_to_nothing_is_erased(counter: Counter) -> None:
    """Everywhere, and her number with it; whoever agreed once keeps hers."""
    await counter.requested(**GUARDED)
    before = await accounts(counter)
    other = {**GUARDED, "number": "1234567891"}
    await counter.active(CITIZEN, **other)
    refused = await counter.requested(**other)
    both = await accounts(counter)
    assert await days_later(counter, LATER) == list(before)
    assert await accounts(counter) == both - before
    assert not (await left(counter))[refused]


async def test_an_account_that_was_asked_again_waits(counter: Counter) -> None:
    """Thirty days from the last request, or as long as there is a complaint about one."""
    await counter.requested(**GUARDED)
    counter.identity.time.forward(days=20)
    await counter.log_in()
    mandate_id = await counter.requested(**GUARDED)
    assert await days_later(counter, timedelta(days=20)) == []
    token = (await counter.identity.log_in(CITIZEN))["access_token"]
    path = f"/v1/me/mandates/{mandate_id}/complaints"
    await counter.identity.call("POST", path, {"text": "I was never asked"}, token=token)
    assert await days_later(counter, LATER) == []
    assert not any((await left(counter)).values())
