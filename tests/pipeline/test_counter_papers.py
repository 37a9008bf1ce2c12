"""From the counter to the paper in the hand, for who has no phone or no printer."""

from collections.abc import AsyncIterator
from functools import partial
from typing import get_args

import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.mandates import ConsentKind
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.workflows.reference import reference_workflows
from tests.pipeline.conftest import form_of
from tests.pipeline.counters import Uddokta
from tests.pipeline.desks import set_adapter
from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of
from tests.services.issuance.scenes import codes_of, page_of
from tests.waiting import until
from tools.virtual_users.counter import AssistedCitizen, Counter, staff_of
from tools.virtual_users.pages import Page

GENERAL_DIARY = "S024"  # of a theft a rule decides at once; there is an order of refusal


@pytest.fixture(autouse=True)
async def at_the_desk(platform: Platform) -> AsyncIterator[None]:
    """General diaries are decided here, and no ministry is called."""
    async with platform.transaction("cases") as tx:
        await copy_workflows(tx, reference_workflows())
    today = dhaka_date(utc_now())
    await set_adapter(platform, GENERAL_DIARY, today, is_here=True)
    yield
    await set_adapter(platform, GENERAL_DIARY, today, is_here=False)


async def printed(uddokta: Uddokta, page: Page) -> bytes:
    """Press the one button with which a paper is printed; return the PDF."""
    (form,) = [form for form in page.forms if "/counter/papers/" in form.action]
    cookies = "; ".join(f"{name}={value}" for name, value in uddokta.browser.cookies.items())
    url = uddokta.platform.plan.url("desk") + form.action
    async with uddokta.platform.http.post(
        url, data=form.fields, headers={"cookie": cookies}
    ) as reply:
        assert (reply.status, reply.content_type) == (200, "application/pdf"), await reply.text()
        return await reply.read()


@pytest.mark.parametrize("kind", get_args(ConsentKind))
async def test_each_kind_of_consent_goes_from_the_counter_to_the_paper_in_the_hand(
    platform: Platform, counter: Counter, kind: ConsentKind
) -> None:
    """On pages without a script. Who has no phone stays in the list until told and printed."""
    officer = await staff_of("officer", counter.api, command_of(platform))
    codes, tracing = platform.ledger, platform.tracing("citizen")
    citizen = AssistedCitizen(counter.api, counter, codes, tracing, kind=kind, officer=officer)
    form = {**await form_of(platform, GENERAL_DIARY), "kind": "theft"}
    form = {key: value for key, value in form.items() if key not in {"item", "missing_person"}}
    number = (await citizen.apply(GENERAL_DIARY, form)).tracking_number
    uddokta = Uddokta(platform, counter)
    await uddokta.enrol()

    async def page_has(path: str, *texts: str) -> bool:
        page = await uddokta.browser.open(path)
        return all(text in page.html for text in texts)

    papers = f"/counter/papers/{number}"
    await until(partial(page_has, papers, "<form", f"{papers}/"))
    if kind != "own_phone":
        await until(partial(page_has, "/counter/news", number, "কাগজটি প্রিন্ট করে দিন"))
        page = await uddokta.browser.open("/counter/news")
        await uddokta.browser.send(page, page.form(action=telling_of(page, number)))
        assert await page_has("/counter/news", "কাগজটি প্রিন্ট করে দিন")  # told, and not printed
    drawn = await printed(uddokta, await uddokta.browser.open(papers))
    link, _ = codes_of(page_of(drawn))
    assert link.startswith(f"{platform.plan.url('portal')}/check/")
    assert await page_has(papers, "প্রিন্ট হয়েছে: গুলশান সেবা কেন্দ্র")

    async def is_done() -> bool:
        waiting = (await counter.read("/v1/assisted-news"))["items"]
        return number not in [news["tracking_number"] for news in waiting]

    await until(is_done)


def telling_of(page: Page, number: str) -> str:
    """The form with which the news of one application is told."""
    rows = page.html.split("<li>")
    (row,) = [row for row in rows if number in row and "/counter/news/" in row]
    start = row.index("/counter/news/")
    return row[start : row.index('"', start)]
