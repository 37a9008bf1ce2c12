"""A citizen without a phone objects to a refusal at the counter, and gets the paper in her hand."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.workflows.reference import reference_workflows
from tests.pipeline.conftest import form_of
from tests.pipeline.counters import Uddokta
from tests.pipeline.desks import done, set_adapter
from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted
from tools.virtual_users.counter import AssistedCitizen, Counter, staff_of
from tools.virtual_users.pages import Page
from tools.virtual_users.photo import photo

MUTATION = "S025"
CHALLAN = {"challan": "C-17"}


@pytest.fixture(autouse=True)
async def at_the_desk(platform: Platform) -> AsyncIterator[None]:
    """Mutations are worked on here."""
    async with platform.transaction("cases") as tx:
        await copy_workflows(tx, reference_workflows())
    today = dhaka_date(utc_now())
    await set_adapter(platform, MUTATION, today, is_here=True)
    yield
    await set_adapter(platform, MUTATION, today, is_here=False)


async def paid(platform: Platform, accepted: Accepted) -> None:
    """Two officers settle the bill of a fee step."""
    for action in ("record_challan", "confirm_challan"):
        await done(platform, accepted, "accounts", action, papers=CHALLAN)


async def news_of(counter: Counter, number: str) -> list[Any]:
    """What the uddokta has to tell the citizen of an application."""
    found = (await counter.read("/v1/assisted-news"))["items"]
    return [news for news in found if news["tracking_number"] == number]


async def objected(uddokta: Uddokta, officer: Counter, number: str) -> Page:
    """Grounds, a paper and the officer's word, on pages; return the receipt."""
    browser = uddokta.browser
    page = await browser.open(f"/counter/appeals/{number}")
    assert page.status == 200, page.text
    page = await browser.upload(page, page.form("kind"), photo())
    assert "সঙ্গে যাবে" in page.text, page.text
    page = await browser.send(page, page.form("grounds"), {"grounds": "খতিয়ানে নাম আছে"})
    assert "একবারই করা যায়" in page.text, page.text
    [waiting] = re.findall(r"[0-9]{4} [0-9]{4}", page.text)
    await officer.witness(waiting.replace(" ", ""))
    page = await browser.open(page.path)
    [sending] = [form for form in page.forms if form.action.endswith("/correction")]
    return await browser.send(page, sending)


async def overturned(platform: Platform, accepted: Accepted) -> None:
    """The notice is served, the appeal heard, and the mutation granted after all."""
    await done(platform, accepted, "adc_revenue", "served", papers={"appeal_notice_served": "7"})
    await done(platform, accepted, "adc_revenue", "overturn", papers={"appeal_record": "8"})
    await paid(platform, accepted)
    await done(platform, accepted, "ac_land", "finalise")


async def nothing_is_left(counter: Counter, number: str) -> bool:
    """Whether neither something is to be told, nor followed up."""
    listed = (await counter.read("/v1/assisted-applications"))["items"]
    is_followed = number in {sent["tracking_number"] for sent in listed}
    return await news_of(counter, number) == [] and not is_followed


async def test_a_citizen_without_a_phone_goes_from_the_refusal_to_the_paper(
    platform: Platform, counter: Counter
) -> None:
    """Refused, told, objected to at the counter, overturned, told, and printed."""
    officer = await staff_of("officer", counter.api, command_of(platform))
    tracing = platform.tracing("citizen")
    citizen = AssistedCitizen(
        counter.api, counter, platform.ledger, tracing, kind="witness", officer=officer
    )
    accepted = await citizen.apply(MUTATION, await form_of(platform, MUTATION))
    number = accepted.tracking_number
    await paid(platform, accepted)
    await done(platform, accepted, "ac_land", "refuse", note="দলিল মেলে না")

    async def is_to_be_told(*expected: str) -> bool:
        news = await news_of(counter, number)
        is_complete = bool(news) and all(one["papers"] for one in news)
        return is_complete and sorted(one["what"] for one in news) == list(expected)

    await until(lambda: is_to_be_told("refused"))
    uddokta = Uddokta(platform, counter)
    await uddokta.enrol()
    page = await uddokta.browser.open("/counter/news")
    assert f"/counter/appeals/{number}" in page.html
    receipt = await objected(uddokta, officer, number)
    assert receipt.path == f"/counter/appeals/{number}/receipt"
    assert "খতিয়ানে নাম আছে" in receipt.text
    await overturned(platform, accepted)
    await until(lambda: is_to_be_told("approved", "refused"))
    assert len(await counter.print_papers(number)) == 1
    assert number in await counter.tell()
    await until(lambda: nothing_is_left(counter, number))
