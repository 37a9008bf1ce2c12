from libs.database.transaction import Transaction
from services.notifications.codes.use_cases import (
    SEND_CODES,
    close_expired_codes,
    delete_codes,
    write_codes,
)
from tests.services.notifications.scenes import (
    CODE,
    PHONE,
    claimed_codes,
    code_requested,
    everything_stored,
    notice_requested,
    state_of,
    waiting_code,
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
    """It is closed as expired, and its text and number are deleted."""
    code_id = await waiting_code(tx, expires_in_s=-1)
    assert await claimed_codes(tx) == []
    await SEND_CODES.release(tx, "one")
    assert await close_expired_codes(tx) == 1
    assert await state_of(tx, code_id) == "expired"
    stored = await everything_stored(tx)
    assert CODE not in stored
    assert PHONE not in stored


async def test_a_valid_code_is_not_closed(tx: Transaction) -> None:
    """Only expired codes are closed."""
    await waiting_code(tx)
    assert await close_expired_codes(tx) == 0
    assert len(await claimed_codes(tx)) == 1


async def test_only_the_named_codes_are_deleted(tx: Transaction) -> None:
    """Codes of other messages stay."""
    gone, stays = await waiting_code(tx), await waiting_code(tx)
    await delete_codes(tx, [gone])
    assert [message.message_id for message in await claimed_codes(tx)] == [stays]


async def test_a_notice_goes_to_the_number_that_it_names(tx: Transaction) -> None:
    """Also if it is not the citizen's contact any more; it is sent once."""
    event = notice_requested(language="en")
    for _ in range(2):
        await write_codes(tx, [event])
    (message,) = await claimed_codes(tx)
    assert message.address == PHONE
    assert "26-12-2026" in message.text
    assert "03-04-2027" in message.text
