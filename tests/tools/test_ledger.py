"""Reading the sandbox's ledger: every row once, reports when they come, codes as they arrive."""

import asyncio
from typing import Any, get_args

import aiohttp
import pytest

from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Language, Text
from services.notifications.messages.templates import Template, application_text
from tests.tools.fake_platform import fake_platform
from tests.waiting import PATIENCE_S
from tools.ledger import LedgerReader, NoCode, Received, gives_decision, tracking_number_in

PHONE = "+8801712345678"


def message(text: str) -> dict[str, Any]:
    """A row of the provider."""
    return {"reference": text, "text": text}


IN, APPROVED, REFUSED = map(message, ("জমা হয়েছে", "আবেদন মঞ্জুর হয়েছে", "refused"))


async def test_rows_before_the_start_are_left_out() -> None:
    """A second run on the same sandbox counts its own applications only."""
    async with fake_platform() as (fake, http):
        before = fake.make_application()
        reader = LedgerReader(http, fake.url)
        await reader.skip_to_end()
        made = fake.make_application()
        await reader.read()
        for ledger in (reader.ledger, await reader.snapshot()):
            assert ledger.application_ids == {made["application_id"]}
            assert len(ledger.of(**made).messages) == 2
            assert ledger.of(**before) == Received()


async def test_a_row_is_counted_once_however_often_it_is_read() -> None:
    """Messages are read again until they are reported, and are no duplicates."""
    async with fake_platform(reports=False) as (fake, http):
        reader = LedgerReader(http, fake.url)
        made = fake.make_application()
        for _ in range(3):
            await reader.read()
        received = reader.ledger.of(**made)
        assert [row["reported_at"] for row in received.messages] == [None, None]
        for row in fake.ledger["messages"]:
            row["reported_at"] = row["received_at"]
        await reader.read()
        received = reader.ledger.of(**made)
        assert all(row["reported_at"] for row in received.messages)
        assert (received.handed_over, len(received.decisions), len(received.messages)) == (1, 1, 2)


async def test_a_snapshot_has_every_row_and_every_decision_is_reported_once() -> None:
    """Rows read before are in the snapshot, too."""
    async with fake_platform(asks=True) as (fake, http):
        reader, decisions = LedgerReader(http, fake.url), list[str]()
        made = fake.make_application()
        for _ in range(2):
            await reader.read(lambda row: decisions.append(row["action"]))
        received = (await reader.snapshot()).of(**made)
        assert decisions == ["approved", "correction_asked"]
        assert [row["action"] for row in received.decisions] == decisions


@pytest.mark.parametrize(
    ("received", "hand_overs", "messages"),
    [
        (Received([{"kind": "submitted"}], [], [IN, APPROVED]), 0, 0),
        (Received([{"kind": "submitted"}], [], [APPROVED]), 0, 0),
        (Received([{"kind": "submitted"}, {"kind": "corrected"}], [], []), 0, 0),
        (Received([{"kind": "submitted"}] * 3, [], []), 2, 0),
        (Received([], [], [IN, IN, APPROVED]), 0, 1),
        (Received([], [], [IN, APPROVED, REFUSED]), 0, 1),
        (Received([], [], [APPROVED, APPROVED]), 0, 1),
    ],
)
def test_duplicates_are_hand_overs_and_messages_of_a_kind_above_one(
    received: Received, hand_overs: int, messages: int
) -> None:
    """A correction is no second hand-over; a confirmation may be left out."""
    assert received.duplicate_hand_overs == hand_overs
    assert received.duplicate_messages == messages


def test_an_application_is_complete_with_a_hand_over_and_the_decision() -> None:
    """The confirmation twice does not stand for the decision."""
    submitted = [{"kind": "submitted"}]
    assert Received(submitted, [], [IN, APPROVED]).is_complete
    assert Received(submitted, [], [REFUSED]).is_complete
    assert not Received([], [], [APPROVED]).is_complete
    assert not Received(submitted, [], [IN, IN]).is_complete


@pytest.mark.parametrize("name", [None, Text(bn="পেনশন মঞ্জুরি", en="Pension")])
@pytest.mark.parametrize("language", ["bn", "en"])
def test_a_decision_is_known_by_its_words(name: Text | None, language: Language) -> None:
    """In both languages, and whatever the public service is called."""
    written = {
        template: application_text(template, language, tracking_number="NS-1", name=name)
        for template in get_args(Template)
        if template != "login_code"
    }
    told = {template for template, text in written.items() if gives_decision(text)}
    decisions = {
        "approved", "refused", "refused_until", "appeal_upheld", "appeal_overturned",
    }  # fmt: skip
    assert told == decisions
    for template in get_args(Template):
        if template != "login_code":
            text = application_text(
                template, language, tracking_number="NS-1", name=name, is_grievance=True
            )
            assert gives_decision(text) is (template in decisions), template


@pytest.mark.parametrize("text", ["কোড ১২৩৪৫৬, ৫ মিনিট", "code 123456."])
async def test_a_code_is_read_in_either_script_and_returned_once(text: str) -> None:
    """It stays used while its message is read again for the report."""
    async with fake_platform(reports=False) as (fake, http):
        reader = LedgerReader(http, fake.url)
        fake.send_sms(PHONE, text)
        await reader.read()
        assert await reader.code_for(PHONE, within_s=20) == "123456"
        await reader.read()
        with pytest.raises(NoCode):
            await reader.code_for(PHONE, within_s=0.05)


@pytest.mark.parametrize("text", ["আবেদন NS-11111-11111-11111 কোড ৬৫৪৩২১", "১২৩৪৫৬৭", "12345"])
async def test_only_six_digits_without_an_application_are_a_code(text: str) -> None:
    """A tracking number or a longer number has none."""
    async with fake_platform() as (fake, http):
        reader = LedgerReader(http, fake.url)
        fake.send_sms(PHONE, text)
        await reader.read()
        with pytest.raises(NoCode):
            await reader.code_for(PHONE, within_s=0.05)


async def test_following_continues_after_an_absence_of_the_sandbox() -> None:
    """A code that came meanwhile is read when the sandbox is back."""
    async with fake_platform(ledger_down=5) as (fake, http), asyncio.timeout(PATIENCE_S):
        reader = LedgerReader(http, fake.url)
        async with reader.following():
            fake.send_sms("+8801700000000", "কোড ৬৫৪৩২১")
            fake.send_sms(PHONE, "কোড ১২৩৪৫৬")
            assert await reader.code_for(PHONE, within_s=20) == "123456"


async def test_an_unreachable_ledger_is_not_an_empty_ledger() -> None:
    """The reader gets an error and does not count zero."""
    async with fake_platform(ledger_down=1) as (fake, http):
        with pytest.raises(aiohttp.ClientError):
            await LedgerReader(http, fake.url).snapshot()
        with pytest.raises(aiohttp.ClientError):
            await LedgerReader(http, "http://127.0.0.1:1").snapshot()


async def test_messages_are_waited_for_until_they_come_or_time_is_up() -> None:
    """The last message comes while the reader waits; one that never comes ends the wait."""
    async with fake_platform() as (fake, http):
        reader = LedgerReader(http, fake.url)
        fake.make_application()
        late = fake.ledger["messages"].pop()
        asyncio.get_running_loop().call_later(0.2, fake.ledger["messages"].append, late)
        await reader.wait_for_messages(2, within_s=30)
        assert len(fake.ledger["messages"]) == 2
        await reader.wait_for_messages(3, within_s=0.1)


def test_a_tracking_number_is_read_in_either_script() -> None:
    """Messages are in Bangla, and so are their digits."""
    number = "NS-11111-1A1B1-11111"
    assert tracking_number_in(f"আবেদন {bangla_digits(number)} গৃহীত") == number
    assert tracking_number_in("কোড ১২৩৪৫৬") == ""
