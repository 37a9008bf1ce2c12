from libs.database.transaction import Transaction
from libs.telemetry.metrics import Metrics
from services.notifications.codes.use_cases import (
    close_expired_codes,
    delete_codes,
    measure_waiting,
    write_codes,
)
from tests.services.notifications.scenes import (
    CODE,
    PHONE,
    claimed_codes,
    code_requested,
    everything_stored,
    put,
    state_of,
    waiting_code,
    waiting_message,
    waiting_notice,
)


async def test_a_code_is_sent_once_to_the_requested_number(tx: Transaction) -> None:
    """Number and language are in the request; a redelivered request queues nothing."""
    event = code_requested()
    for _ in range(3):
        await write_codes(tx, [event])
    (message,) = await claimed_codes(tx)
    assert message.address == PHONE
    assert message.text.startswith(CODE)


async def test_an_expired_code_is_not_sent(tx: Transaction) -> None:
    """Nobody claims it, so it is closed as expired; its text and number are deleted."""
    code_id = await waiting_code(tx, expires_in_s=-1)
    assert await claimed_codes(tx) == []
    metrics = Metrics("notifications")
    assert await close_expired_codes(tx, metrics=metrics) == 1
    assert await state_of(tx, code_id) == "expired"
    stored = await everything_stored(tx)
    assert CODE not in stored
    assert PHONE not in stored


async def test_a_valid_code_is_not_closed(tx: Transaction) -> None:
    """Only expired codes are closed."""
    await waiting_code(tx)
    assert await close_expired_codes(tx, metrics=Metrics("notifications")) == 0
    assert len(await claimed_codes(tx)) == 1


async def test_only_the_named_codes_are_deleted(tx: Transaction) -> None:
    """Codes of other messages stay."""
    gone, stays = await waiting_code(tx), await waiting_code(tx)
    await delete_codes(tx, [gone])
    assert [message.message_id for message in await claimed_codes(tx)] == [stays]


async def test_it_is_measured_how_long_the_oldest_code_waits(tx: Transaction) -> None:
    """Of codes only, and only until the provider has it."""
    metrics = Metrics("notifications")
    await waiting_notice(tx)
    await waiting_message(tx)
    await tx.execute("UPDATE messages SET created_at = now() - interval '1 day'")
    await measure_waiting(tx, metrics=metrics)
    assert age_shown(metrics) == 0
    code_id = await waiting_code(tx)
    await waiting_code(tx)
    await tx.execute(
        "UPDATE messages SET created_at = now() - interval '90 s' WHERE message_id = $1", code_id
    )
    await measure_waiting(tx, metrics=metrics)
    assert age_shown(metrics) == 90
    await put(tx, code_id, "sent")
    await measure_waiting(tx, metrics=metrics)
    assert age_shown(metrics) == 0


def age_shown(metrics: Metrics) -> float:
    """The age on `/metrics`, in seconds."""
    name = b"nagorik_code_waiting_age_seconds"
    (line,) = [each for each in metrics.render().splitlines() if each.startswith(name)]
    return float(line.split()[-1])
