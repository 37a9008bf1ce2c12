"""Reading the sandbox's ledger: everything once, reports when they come, codes as they arrive."""

import asyncio

import pytest
from tools.ledger.ledger import Ledger
from tools.ledger.phones import NoCode

from libs.bangladesh.text import bangla_digits
from tests.tools.playing import playing

PHONE = "+8801712345678"


async def test_what_was_there_before_is_left_out() -> None:
    """A second demo on the same sandbox counts its own applications only."""
    async with playing() as (played, http):
        played.make_application()
        ledger = Ledger(http, played.url)
        await ledger.skip_to_end()
        made = played.make_application()
        await ledger.read()
        assert list(ledger.by_application) == [made["application_id"]]
        assert list(ledger.by_tracking_number) == [made["tracking_number"]]


async def test_every_row_is_counted_once_however_often_it_is_read() -> None:
    """Reading makes no doubles of its own, not even of what is read again for its report."""
    async with playing(reports=False) as (played, http):
        ledger = Ledger(http, played.url)
        made = played.make_application()
        for _ in range(3):
            await ledger.read()
        inbox = ledger.by_tracking_number[made["tracking_number"]]
        assert [message.reported for message in inbox.values()] == [False, False]
        for row in played.ledger["messages"]:
            row["reported_at"] = row["received_at"]
        await ledger.read()
        assert [message.reported for message in inbox.values()] == [True, True]
        assert ledger.by_application[made["application_id"]].handed_over == 1


async def test_doubles_are_seen_as_they_stand_in_the_ledger() -> None:
    """Two hand-overs of one application, and two rows under one reference."""
    async with playing(hand_overs=2, copies=2) as (played, http):
        ledger = Ledger(http, played.url)
        made = played.make_application()
        await ledger.read()
        assert ledger.by_application[made["application_id"]].handed_over == 2
        assert len(ledger.by_tracking_number[made["tracking_number"]]) == 4


async def test_a_correction_is_no_second_hand_over() -> None:
    """Corrected and withdrawn submissions belong to the application that was lodged."""
    async with playing() as (played, http):
        ledger = Ledger(http, played.url)
        made = played.make_application()
        for kind in ("corrected", "withdrawn"):
            played.note("submissions", application_id=made["application_id"], kind=kind)
        await ledger.read()
        assert ledger.by_application[made["application_id"]].handed_over == 1


async def test_a_code_is_read_off_the_phone_in_either_script() -> None:
    """Bangla digits are a code too, and a code is used once."""
    async with playing() as (played, http):
        ledger = Ledger(http, played.url)
        for digits in ("123456", bangla_digits("654321")):
            played.send(PHONE, f"কোড {digits}, ৫ মিনিট")
            await ledger.read()
            assert await ledger.code_for(PHONE, within_s=1) in {"123456", "654321"}
        with pytest.raises(NoCode):
            await ledger.code_for(PHONE, within_s=0.05)


async def test_following_outlasts_an_absence_of_the_sandbox() -> None:
    """While the witness is away nothing is concluded; it reads on when it is back."""
    async with playing() as (played, http):
        ledger, stop = Ledger(http, "http://127.0.0.1:1"), asyncio.Event()
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(5):
            tasks.create_task(ledger.follow(stop))
            await asyncio.sleep(0.1)
            ledger._pages._url = played.url
            played.send(PHONE, "কোড ১২৩৪৫৬")
            assert await ledger.code_for(PHONE, within_s=4) == "123456"
            stop.set()
