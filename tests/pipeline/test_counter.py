"""The counter of a service centre on the real platform, with plain forms and without JavaScript."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, get_args

import pytest
from playwright.async_api import Browser as RealBrowser

from libs.bangladesh.text import bangla_digits
from libs.contracts.language import Language
from libs.contracts.mandates import ConsentKind
from libs.contracts.topics import (
    CENTRES,
    IDENTITY,
    MANDATES_USED,
    MESSAGES,
    UDDOKTAS,
)
from tests.pipeline.conftest import TAX_NUMBER, form_of, portal_citizen
from tests.pipeline.counters import Uddokta
from tests.pipeline.platform import Platform
from tests.pipeline.running import (
    PAGE_LIMIT_BYTES,
    command_of,
    faults_of,
    opened,
    opened_with_axe,
    sizes_of,
    weights_of,
)
from tests.pipeline.topics import records_of
from tests.waiting import until
from tools.browser.desk_walk import BIRTH, DeskWalk
from tools.ledger import tracking_number_in
from tools.virtual_users.citizen import Accepted, Api
from tools.virtual_users.counter import (
    PASSWORD,
    AssistedCitizen,
    Counter,
    birth_number,
    new_staff,
    staff_of,
    typed_on_fee,
)
from tools.virtual_users.pages import Browser, Page, filled
from tools.virtual_users.photo import photo

GENERAL = "S002"  # whose form needs no paper
PHONE = "+8801755555555"


async def test_the_whole_counter_scene(
    platform: Platform, counter: Counter, form: dict[str, Any]
) -> None:
    """From the enrolment to the payment receipt: complete pages, plain forms, one application."""
    uddokta = Uddokta(platform, counter)
    assert (await uddokta.enrol()).path == "/counter/device/portal"
    page = await uddokta.ask(PHONE)
    assert PHONE not in page.html
    assert (await uddokta.browser.send(page, page.form("code"), {"code": "000001"})).status == 422
    page = await uddokta.consent(page, PHONE)
    check = await uddokta.fill(page, form)
    assert form["name_bn"] in check.text
    taps = [await uddokta.browser.send(check, check.form("key")) for _ in range(2)]
    [number] = {tracking_number_in(each.text) for each in taps}
    await until(lambda: bool(platform.ledger.ledger.of("", number).answer))
    assert platform.ledger.ledger.of("", number).handed_over == 1
    assert number in (await uddokta.browser.open("/counter/account")).text
    assert form["name_bn"] not in (await uddokta.browser.open("/counter")).html  # nothing is kept


async def test_a_form_with_papers_is_sent_from_the_counter(
    platform: Platform, counter: Counter
) -> None:
    """Without a script; the papers are the citizen's, reach the ministry, and nothing is kept."""
    phone = "+8801755555556"
    uddokta = Uddokta(platform, counter)
    await uddokta.enrol()
    page = await uddokta.consent(await uddokta.ask(phone, BIRTH), phone)
    answers = await form_of(platform, BIRTH)
    check = await uddokta.fill(page, answers)
    assert "photo.png" in check.text
    number = tracking_number_in((await uddokta.browser.send(check, check.form("key"))).text)
    assert number
    received = platform.ledger.ledger.of
    await until(lambda: received("", number).right_papers)
    citizen = portal_citizen(platform)
    citizen.phone = phone
    await citizen.log_in()
    papers = await citizen.browser.open("/papers")
    assert "photo.png" in papers.text
    assert "সেবা কেন্দ্রে দেওয়া" in papers.text
    for path in ("/counter", "/counter/account", f"{page.path}", f"{page.path}/form"):
        assert "photo.png" not in (await uddokta.browser.open(path)).html


async def test_a_paper_that_the_ministry_sends_back_is_given_again(
    platform: Platform, counter: Counter, behave: Callable[..., Awaitable[None]]
) -> None:
    """On the pages of the correction, with the uddokta's own login; the ministry gets it too."""
    await behave(mode="callback", decision_delay_ms=200, correction_rate=1.0)
    phone, uddokta = "+8801755555557", Uddokta(platform, counter)
    await uddokta.enrol()
    page = await uddokta.consent(await uddokta.ask(phone, BIRTH), phone)
    answers = await form_of(platform, BIRTH)
    check = await uddokta.fill(page, answers)
    given = check.text.count("photo.png")
    number = tracking_number_in((await uddokta.browser.send(check, check.form("key"))).text)
    correction = f"/counter/corrections/{number}"

    async def asked() -> bool:
        return correction in (await uddokta.browser.open("/counter")).links

    def fetched() -> int:
        return platform.ledger.ledger.of("", number or "").right_papers

    await until(asked)
    await until(partial(is_known_to_documents, platform, number))
    await until(lambda: fetched() == given)
    check = await uddokta.browser.open(correction)
    page = await uddokta.browser.open(f"{correction}/steps/papers")
    wanted = {**filled(page.form("shown"), answers), "paper": "epi_card"}
    page = await uddokta.browser.send(page, page.form("shown"), wanted)
    page = await uddokta.browser.upload(page, page.form("file"), photo())
    assert "photo.png" in page.text
    check = await uddokta.browser.send(
        page, page.form("shown"), filled(page.form("shown"), answers)
    )
    assert (await uddokta.browser.send(check, check.form("key"))).path == "/counter"
    await until(lambda: fetched() == given + 1)


async def returned(uddokta: Uddokta, phone: str, answers: dict[str, Any]) -> str:
    """The tracking number of an application that an uddokta sent and the ministry sent back."""
    await uddokta.enrol()
    page = await uddokta.consent(await uddokta.ask(phone, GENERAL), phone)
    check = await uddokta.fill(page, answers)
    number = tracking_number_in((await uddokta.browser.send(check, check.form("key"))).text)

    async def asked() -> bool:
        return f"/counter/corrections/{number}" in (await uddokta.browser.open("/counter")).links

    await until(asked)
    return number or ""


async def test_a_paper_is_given_for_what_was_sent_without_any(
    platform: Platform, counter: Counter, behave: Callable[..., Awaitable[None]]
) -> None:
    """The ministry asks for one, and the uddokta who sent the application answers."""
    await behave(mode="callback", decision_delay_ms=200, correction_rate=1.0)
    uddokta, answers = Uddokta(platform, counter), await form_of(platform, GENERAL)
    number = await returned(uddokta, "+8801755555558", answers)
    await until(partial(is_known_to_documents, platform, number))
    await uddokta.browser.open(f"/counter/corrections/{number}")
    page = await uddokta.browser.open(f"/counter/corrections/{number}/steps/matter")
    [wanted, *_] = page.form("shown").buttons["paper"]
    typed = {**filled(page.form("shown"), answers), "paper": wanted}
    page = await uddokta.browser.send(page, page.form("shown"), typed)
    page = await uddokta.browser.upload(page, page.form("file"), photo())
    assert "photo.png" in page.text, page.text
    check = await uddokta.browser.send(
        page, page.form("shown"), filled(page.form("shown"), answers)
    )
    assert (await uddokta.browser.send(check, check.form("key"))).path == "/counter"
    await until(lambda: platform.ledger.ledger.of("", number).right_papers == 1)


async def test_a_corrected_name_needs_the_citizens_code_again(
    platform: Platform, counter: Counter, behave: Callable[..., Awaitable[None]]
) -> None:
    """Until then the ministry gets nothing; she is told by SMS, and the programme has a flag."""
    await behave(mode="callback", decision_delay_ms=200, correction_rate=1.0)
    phone, uddokta = "+8801755555559", Uddokta(platform, counter)
    answers = await form_of(platform, GENERAL)
    number = await returned(uddokta, phone, answers)
    await uddokta.browser.open(f"/counter/corrections/{number}")
    page = await uddokta.browser.open(f"/counter/corrections/{number}/steps/person")
    typed = {**filled(page.form("shown"), answers), "name_bn": "অন্য নাম"}
    check = await uddokta.browser.send(page, page.form("shown"), typed)
    needed = await uddokta.browser.send(check, check.form("key"))
    assert needed.status == 409, needed.text
    (ask,) = [form for form in needed.forms if form.fields.get("action") == "ask"]
    page = await uddokta.consent(await uddokta.browser.send(needed, ask), phone)
    (send,) = [form for form in page.forms if form.action.endswith("/correction")]

    def kinds() -> list[str]:
        return [row["kind"] for row in platform.ledger.ledger.of("", number).submissions]

    assert "corrected" not in kinds()
    path = (await uddokta.browser.send(page, send)).path

    async def has_all() -> bool:
        sql = "SELECT FROM messages WHERE template = 'applicant_changed' AND tracking_number = $1"
        flags = "SELECT FROM flags JOIN mandates USING (mandate_id) WHERE tracking_number = $1"
        is_told = await platform.rows("notifications", sql, number)
        is_flagged = await platform.rows(
            "identity", f"{flags} AND kind = 'applicant_changed'", number
        )
        is_shown = "সংশোধন জমা হয়েছে" in (await uddokta.browser.open(path)).text
        return bool(is_told and is_flagged and is_shown and "corrected" in kinds())

    await until(has_all)


async def test_what_a_counter_causes_is_in_the_trace_of_its_application(
    platform: Platform,
    counter: Counter,
    form: dict[str, Any],
    answered: Callable[[Accepted], Awaitable[None]],
    behave: Callable[..., Awaitable[None]],
) -> None:
    """The SMS of consent and of the use are, and no event of the platform is without a trace."""
    # A decision that comes later is a trace of its own.
    await behave(mode="answer", refusal_rate=0.0)
    citizen = AssistedCitizen(counter.api, counter, platform.ledger, platform.tracing("citizen"))
    accepted = await citizen.apply(TAX_NUMBER, form)
    await answered(accepted)
    sql = "SELECT template, trace_context FROM messages WHERE trace_context LIKE $1"

    async def templates() -> set[str]:
        rows = await platform.rows("notifications", sql, f"%{accepted.trace_id}%")
        return {row["template"] for row in rows}

    async def are_written() -> bool:
        return {"consent_code", "mandate_used", "approved"} <= await templates()

    await until(are_written)
    for topic in (IDENTITY, MESSAGES, CENTRES, UDDOKTAS, MANDATES_USED):
        records = await records_of(platform.kafka, topic.name)
        assert records, topic.name
        assert all("traceparent" in dict(record.headers) for record in records), topic.name


async def to_tell(counter: Counter, number: str) -> list[Any]:
    """What the uddokta has to tell the citizen of an application."""
    found = (await counter.read("/v1/assisted-news"))["items"]
    return [news for news in found if news["tracking_number"] == number]


@pytest.mark.parametrize("kind", get_args(ConsentKind))
async def test_each_kind_of_consent_goes_from_the_counter_to_the_decision(
    platform: Platform, counter: Counter, form: dict[str, Any], kind: ConsentKind
) -> None:
    """The news reach a phone, or the uddokta tells them; the code on paper shows the status."""
    officer = await staff_of("officer", counter.api, command_of(platform))
    codes, tracing = platform.ledger, platform.tracing("citizen")
    citizen = AssistedCitizen(counter.api, counter, codes, tracing, kind=kind, officer=officer)
    number = (await citizen.apply(TAX_NUMBER, form)).tracking_number

    def has_sms(*words: str) -> bool:
        """Whether a message about the application came to the phone, with these words."""
        sent = platform.ledger.ledger.of("", number).messages
        texts = [row["text"] for row in sent if row["to"] == citizen.phone]
        return any(all(word in text for word in words) for text in texts)

    async def listed() -> bool:
        return bool(await to_tell(counter, number))

    code = await counter.read(f"/v1/assisted-applications/{number}/tracking-code")
    if kind == "own_phone":
        await until(lambda: has_sms("মঞ্জুর হ"))
        assert (code["tracking_code"], await listed()) == (None, False)
        return
    await until(listed)
    if kind == "witness":
        assert platform.ledger.ledger.of("", number).messages == []
    else:
        await until(lambda: has_sms("র.খ.", "খবর আছে"))
        assert not has_sms("মঞ্জুর")
    shown = {"tracking_number": number, "tracking_code": code["tracking_code"]}
    _, tracked = await counter.api.request("POST", "/v1/tracking", headers={}, body=shown)
    assert tracked["status"] == (await to_tell(counter, number))[0]["what"]
    assert number in await counter.tell()
    assert not await listed()


async def asked_before_witness(uddokta: Uddokta) -> tuple[Page, str]:
    """The page of a consent that waits for an officer, and its short number."""
    page = await uddokta.browser.open(f"/counter/new/{TAX_NUMBER}")
    asked = page.form("phone")
    typed = {
        "consent": "witness",
        "applicant": "রহিমা খাতুন",
        "number": birth_number(),
        **typed_on_fee(asked),
    }
    waiting = await uddokta.browser.send(page, asked, typed)
    [number] = re.findall(r"[0-9]{4} [0-9]{4}", waiting.text)
    return waiting, number


async def witnessed(platform: Platform, counter: Counter, number: str) -> None:
    """Have an officer confirm on pages what is asked under a number."""
    officer = await staff_of("officer", counter.api, command_of(platform))
    browser = Browser(platform.http, platform.plan.url("desk"), {})
    page = await browser.open("/login")
    proofs = {"username": officer.username, "password": PASSWORD, "code": await officer.app_code()}
    page = await browser.send(page, page.form("username"), proofs)
    assert page.path == "/witness"
    page = await browser.send(page, page.form("number"), {"number": bangla_digits(number)})
    assert "র.খ." in page.text
    both = {"known": "yes", "agreed": "yes"}
    assert (await browser.send(page, page.form("known"), both)).path == "/witness"


async def test_a_citizen_without_any_phone_is_served_on_pages_alone(
    platform: Platform, counter: Counter, form: dict[str, Any]
) -> None:
    """Uddokta, officer, payment receipt with its code, tracking, and the uddokta who tells."""
    uddokta = Uddokta(platform, counter)
    await uddokta.enrol()
    waiting, short_number = await asked_before_witness(uddokta)
    await witnessed(platform, counter, short_number)
    check = await uddokta.fill(waiting, form)
    printed = (await uddokta.browser.send(check, check.form("key"))).text
    number = tracking_number_in(printed)
    assert number
    [code] = re.findall(r"[0-9A-Y]{5}-[0-9A-Y]{5}", printed.replace(number, ""))

    async def is_to_be_told() -> bool:
        return number in (await uddokta.browser.open("/counter/news")).text

    await until(is_to_be_told)
    visitor = Browser(platform.http, platform.plan.url("portal"), {})
    page = await visitor.open("/tracking")
    page = await visitor.send(page, page.form("number"), {"number": number, "code": code})
    assert "মঞ্জুর" in page.text
    page = await uddokta.browser.open("/counter/news")
    [telling] = [shown for shown in page.forms if "/counter/news/" in shown.action]
    told = await uddokta.browser.send(page, telling)
    assert "আপনি জানিয়েছেন" in told.text


async def is_known_to_documents(platform: Platform, number: str) -> bool:
    """Whether documents has read that an application was sent; it does so twice a second."""
    sql = "SELECT FROM followed_up WHERE tracking_number = $1"
    return bool(await platform.rows("documents", sql, number))


async def test_a_citizen_sees_who_helped_and_complains(platform: Platform) -> None:
    """On the pages; of a decided application nothing is left to stop."""
    visitor = portal_citizen(platform)
    visitor.phone = PHONE
    await visitor.log_in()
    page = await visitor.browser.open("/helpers")
    number = tracking_number_in(page.text)
    assert number
    assert "রহিম" in page.text
    assert not [link for link in page.links if link.endswith("/stop")]
    [complaint] = [link for link in page.links if link.endswith("/complaint")]
    page = await visitor.browser.open(complaint)
    said = {"text": "২০০ টাকা চেয়েছে", "kind": "overcharged"}
    page = await visitor.browser.send(page, page.form("text"), said)
    assert page.path == "/helpers"
    assert "অভিযোগ পাওয়া গেছে" in page.text
    sent = [
        link for link in page.links if link.startswith("/applications/NS") and number not in link
    ]
    page = await visitor.browser.open(sent[0])
    assert "২০০ টাকা চেয়েছে" in page.text
    assert "সরকারি দপ্তরের বিরুদ্ধে অভিযোগ" in page.text
    sql = "SELECT sum(number) AS number FROM assistance_counts WHERE place = $1 AND metric = $2"

    async def counted(metric: str) -> int:
        [row] = await platform.rows("programme", sql, "centre gulshan", metric)
        return int(row["number"] or 0)

    async def are_counted() -> bool:
        return bool(await counted("complaint_overcharged") and await counted("used"))

    await until(are_counted)


async def test_a_stopped_counter_is_empty_for_the_next_person(platform: Platform) -> None:
    """Without a login there is no page of the counter."""
    browser = Browser(platform.http, platform.plan.url("desk"), {})
    for path in ("/", "/counter", "/counter/new", "/counter/account", "/programme"):
        assert (await browser.open(path)).path == "/login"


@pytest.mark.parametrize("language", ["bn", "en"])
async def test_the_price_list_is_for_everybody(platform: Platform, language: Language) -> None:
    """Without a login, in both languages."""
    browser = Browser(platform.http, platform.plan.url("portal"), {})
    prefix = "/en" if language == "en" else ""
    page = await browser.open(f"{prefix}/centres/gulshan/rates")
    assert page.status == 200
    assert ("Tk 30" if language == "en" else "৩০ টাকা") in page.text


async def sent_number(platform: Platform) -> str:
    """The tracking number of an application of this platform."""
    [row] = await platform.rows(
        "applications", "SELECT tracking_number FROM applications ORDER BY application_id LIMIT 1"
    )
    return str(row["tracking_number"])


async def test_every_page_of_the_desk_is_accessible_small_and_fits_the_smallest_screen(
    platform: Platform, browser: RealBrowser, form: dict[str, Any]
) -> None:
    """No violation of axe, no sideways scrolling at 320 px, with errors and done.

    As small as the citizens' pages, but for the map.
    """
    run, api = command_of(platform), Api(platform.http, platform.plan.url("gateway"))
    counter = await Counter.opened(api, "uttara", run)
    staff = await staff_of("programme", api, run)
    operator = await new_staff("operator", api, run)
    answers = {TAX_NUMBER: form, BIRTH: await form_of(platform, BIRTH)}
    wrong: list[Any] = []
    weights: dict[str, int] = {}
    page = await opened_with_axe(browser)
    walk = DeskWalk(page, platform.plan.origin("desk"), platform.ledger, run, answers)
    officer = await staff_of("officer", api, run)
    walks = (walk.nothing_yet(*operator), walk.programme(staff), walk.witness(officer))
    number = await sent_number(platform)
    for stops in (*walks, walk.operator(operator[0], number), walk.counter(counter)):
        async for name in stops:
            weights[name], _ = weights_of(await sizes_of(page))
            wrong += [(name, *fault) for fault in await faults_of(page)]
    await page.context.close()
    assert wrong == []
    assert len(weights) > 60
    assert max(weights.values()) <= PAGE_LIMIT_BYTES


async def test_back_works_at_each_page_of_the_counter(
    platform: Platform, browser: RealBrowser, form: dict[str, Any]
) -> None:
    """The page before is there again, errors too; no form is sent twice for it."""
    run, api = command_of(platform), Api(platform.http, platform.plan.url("gateway"))
    counter = await Counter.opened(api, "uttara", run)
    answers = {TAX_NUMBER: form, BIRTH: await form_of(platform, BIRTH)}
    page = await opened(browser, script=True)
    walk = DeskWalk(page, platform.plan.origin("desk"), platform.ledger, run, answers)
    seen = []
    async for name in walk.counter(counter):
        if name.endswith("-error") or name in {"login", "counter-without-device"}:
            continue  # the next page goes back to it; the login is none of the counter
        await page.wait_for_load_state()  # an upload's script goes to its page by itself
        here = page.url
        before = await page.go_back()
        assert before is not None, name
        assert (before.status < 500, await page.locator("main h1").count()) == (True, 1), name
        seen.append(name)
        await page.goto(here)
    await page.context.close()
    assert {"new", "mandate", "active", "section", "check", "payment-receipt"} <= set(seen)
