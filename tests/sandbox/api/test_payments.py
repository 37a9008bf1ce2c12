from datetime import UTC, datetime
from typing import Any

import pytest

from libs.ids import new_id
from libs.web.signatures import verify
from tests.sandbox.running import Platform, Sandbox, until


async def pay(running: Sandbox, side: Platform, key: str, **fields: Any) -> tuple[int, Any]:
    body = {"reference": str(new_id()), "amount_bdt": 50, "callback_url": side.url, **fields}
    return await running.call("POST", "/payments", json=body, headers={"idempotency-key": key})


async def test_a_payment_is_begun_and_ends_with_a_signed_callback(
    running: Sandbox, side: Platform
) -> None:
    """The provider answers at once that it is pending, and calls back that it is paid."""
    status, begun = await pay(running, side, "one")
    assert (status, begun["state"]) == (201, "pending")
    await until(lambda: side.calls)
    headers, body = side.calls[0]
    verify("sandbox-payment-secret", headers, body, datetime.now(UTC))
    assert side.bodies()[0]["state"] == "paid"
    _, shown = await running.call("GET", f"/payments/{begun['payment_id']}")
    assert shown == {**begun, "state": "paid"}


async def test_a_repeated_order_is_one_payment(running: Sandbox, side: Platform) -> None:
    """The same key begins one payment; with another amount it is refused."""
    reference = str(new_id())
    first = await pay(running, side, "one", reference=reference)
    again = await pay(running, side, "one", reference=reference)
    assert first[1]["payment_id"] == again[1]["payment_id"]
    assert (await pay(running, side, "one", reference=reference, amount_bdt=60))[0] == 422


async def test_payments_can_fail(running: Sandbox, side: Platform) -> None:
    """The behaviour of payments says how many are refused."""
    await running.behave("payments", refusal_rate=1.0)
    await pay(running, side, "one")
    await until(lambda: side.calls)
    assert side.bodies()[0]["state"] == "failed"


@pytest.mark.parametrize("amount_bdt", [0, -5, 1.5, 10_000_001, "50"])
async def test_only_whole_sound_amounts_are_paid(
    running: Sandbox, side: Platform, amount_bdt: object
) -> None:
    """Money is whole taka above nothing, and not beyond measure."""
    assert (await pay(running, side, "one", amount_bdt=amount_bdt))[0] == 422


async def test_an_unknown_payment_is_not_found(running: Sandbox) -> None:
    """404, with a problem document."""
    assert (await running.call("GET", "/payments/none"))[0] == 404
