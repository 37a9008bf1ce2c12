"""What stands on citizens' phones: a code is told from an application's number, and used up."""

import asyncio

import pytest
from tools.ledger.phones import NoCode, Phones, tracking_number_in

PHONE = "+8801712345678"


def sms(text: str) -> dict[str, str]:
    """A message to the phone."""
    return {"to": PHONE, "text": text}


@pytest.mark.parametrize("text", ["কোড ১২৩৪৫৬", "code 123456."])
async def test_a_code_is_given_to_its_phone_once(text: str) -> None:
    """In either digits; whoever asks again waits for the next one."""
    phones = Phones()
    phones.take(sms(text))
    assert await phones.code_for(PHONE, within_s=20) == "123456"
    with pytest.raises(NoCode):
        await phones.code_for(PHONE, within_s=0.05)


async def test_who_asks_before_it_comes_waits_for_it() -> None:
    """A code on another phone wakes nobody for good."""
    phones = Phones()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(phones.code_for(PHONE, within_s=20))
        await asyncio.sleep(0)
        phones.take({"to": "+8801700000000", "text": "কোড ৬৫৪৩২১"})
        await asyncio.sleep(0)
        phones.take(sms("কোড ১২৩৪৫৬"))
    assert asking.result() == "123456"


@pytest.mark.parametrize("text", ["আবেদন NS-11111-11111-11111 কোড ৬৫৪৩২১", "১২৩৪৫৬৭", "12345"])
async def test_what_is_no_code_is_none(text: str) -> None:
    """Six digits alone, in a message that speaks of no application."""
    phones = Phones()
    phones.take(sms(text))
    with pytest.raises(NoCode):
        await phones.code_for(PHONE, within_s=0.05)


def test_an_application_is_known_by_its_number_in_any_digits() -> None:
    """Messages are in Bangla, and so are their digits."""
    assert tracking_number_in("আবেদন NS-১১১১১-1A1B1-১১১১১ গৃহীত") == "NS-11111-1A1B1-11111"
    assert tracking_number_in("কোড ১২৩৪৫৬") == ""
