"""The portal's pages on the real platform, with plain forms and without JavaScript."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.applications.tracking.rules import MOST_ATTEMPTS
from tests.pipeline.conftest import TAX_NUMBER, portal_citizen
from tests.pipeline.platform import Platform
from tests.waiting import PATIENCE_S, until
from tools.ledger import tracking_number_in
from tools.virtual_users.citizen import Accepted
from tools.virtual_users.pages import Browser, Page
from tools.virtual_users.portal import PortalCitizen
from tools.virtual_users.scenarios import load_scenarios

DETAILS = {
    "name_bn": "রহিমা খাতুন", "name_en": "Rahima", "birth_date.year": "১৯৯০",
    "birth_date.month": "১২", "birth_date.day": "১৬", "present_address.district": "1004",
    "present_address.area": "100409", "present_address.union": "U2393",
    "present_address.ward": "৫",
}  # fmt: skip
DIARY, LICENCE = "S024", "S043"
LARGEST_COOKIE = 4_000  # browsers take 4,096 bytes with the name and the attributes
Answered = Callable[[Accepted], Awaitable[None]]


@pytest.fixture
async def visitor(platform: Platform) -> PortalCitizen:
    """A citizen who has logged in on the pages."""
    one = portal_citizen(platform)
    await one.log_in()
    return one


async def numbers_of(visitor: PortalCitizen) -> list[str]:
    """The tracking numbers on the page of my applications."""
    page = await visitor.browser.open("/applications")
    found = (tracking_number_in(link) for link in page.links)
    return list(dict.fromkeys(number for number in found if number))


async def test_a_citizen_finds_fills_sends_and_follows_without_javascript(
    platform: Platform, visitor: PortalCitizen, form: dict[str, Any], answered: Answered
) -> None:
    """From the search to the decision, each page complete HTML, each form a plain POST."""
    await visitor.find(TAX_NUMBER, "টিন নম্বর")
    accepted = await visitor.apply(TAX_NUMBER, form)
    await answered(accepted)
    assert platform.received(accepted).handed_over == 1
    page = await visitor.browser.open(f"/applications/{accepted.tracking_number}")
    assert page.status == 200
    assert accepted.tracking_number in page.text
    assert "মঞ্জুর" in page.text
    assert await numbers_of(visitor) == [accepted.tracking_number]
    assert max(map(len, visitor.browser.cookies.values())) < LARGEST_COOKIE


async def test_a_citizen_applies_with_papers_that_arrive_at_the_ministry(
    platform: Platform, visitor: PortalCitizen, answered: Answered
) -> None:
    """A photo and a list of papers, by plain forms; the ministry fetches each, unchanged.

    Two taps at once bring different receipts of the same papers, and make one application.
    """
    scenarios = {
        scenario.public_service_id: scenario for scenario in await load_scenarios(visitor.api)
    }
    check = await visitor.check_answers(DIARY, scenarios[DIARY].form)
    assert "photo.png" in check.text
    taps = [visitor.browser.send(check, check.form("key")) for _ in range(4)]
    pages = await asyncio.gather(*taps)
    assert {page.status for page in pages} == {200}
    [number] = {tracking_number_in(page.text) for page in pages}
    assert await numbers_of(visitor) == [number]
    accepted = await visitor.apply(LICENCE, scenarios[LICENCE].form)
    await answered(accepted)
    assert accepted.papers > 1
    assert platform.received(accepted).right_papers == accepted.papers


async def test_double_taps_two_tabs_and_the_back_button_make_one_application(
    visitor: PortalCitizen, form: dict[str, Any]
) -> None:
    """However often the answers are sent, there is one application, and its confirmation."""
    check = await visitor.check_answers(TAX_NUMBER, form)
    tab = await visitor.browser.open(check.path)
    taps = [check] * 4 + [tab] * 4
    pages = await asyncio.gather(*(visitor.browser.send(one, one.form("key")) for one in taps))
    pages.append(await visitor.browser.send(check, check.form("key")))  # back, and again
    assert {page.status for page in pages} == {200}
    [number] = {tracking_number_in(page.text) for page in pages}
    assert await numbers_of(visitor) == [number]
    back = await visitor.browser.open(check.path)
    assert tracking_number_in(back.text) == number


async def test_what_was_typed_is_kept_and_goes_on_another_device(
    platform: Platform, visitor: PortalCitizen
) -> None:
    """A draft is saved with each page, wrong answers included, and shown to its owner only."""
    page = await visitor.browser.open("/apply/S002")
    shown = page.form("shown")
    page = await visitor.browser.send(page, shown, {"name_bn": "Latin", "father_name": "করিম"})
    assert page.status == 422
    assert page.form("shown").fields["name_bn"] == "Latin"
    assert "name_bn" in {link.removeprefix("#") for link in page.links}
    again = await visitor.browser.open(page.path)
    assert again.form("shown").fields["father_name"] == "করিম"
    listed = await visitor.browser.open("/applications")
    assert any(page.path.rpartition("/steps/")[0] == link for link in listed.links)
    stranger = portal_citizen(platform)
    await stranger.log_in()
    assert "করিম" not in (await stranger.browser.open(page.path)).html


async def test_answers_survive_a_session_that_ends_in_mid_form(
    platform: Platform, visitor: PortalCitizen
) -> None:
    """They wait, encrypted, for the login, and are shown to the same citizen only."""
    page = await visitor.browser.open("/apply/S002")
    values = {"name_bn": "রহিমা", "identity_kind": "nid", "nid": "১২৩৪৫৬৭৮৯০"}
    await end_all_sessions(platform, visitor)
    login = await visitor.browser.send(page, page.form("shown"), values)
    assert login.status == 401
    assert "রহিমা" not in login.html
    code_page = await visitor.browser.send(login, login.form("phone"), {"phone": visitor.phone})
    code = await platform.ledger.code_for(visitor.phone, within_s=PATIENCE_S)
    back = await visitor.browser.send(code_page, code_page.form("code"), {"code": code})
    kept = back.form("name_bn")
    assert kept.fields["nid"] == "১২৩৪৫৬৭৮৯০"
    following = await visitor.browser.send(back, kept)
    assert following.path.endswith("/contact")


async def end_all_sessions(platform: Platform, visitor: PortalCitizen) -> None:
    """End the citizen's sessions from another device."""
    other = portal_citizen(platform)
    other.phone = visitor.phone
    api = other.api
    _, _ = await api.request("POST", "/v1/login/codes", headers={}, body={"phone": other.phone})
    code = await platform.ledger.code_for(other.phone, within_s=PATIENCE_S)
    body = {"phone": other.phone, "code": code}
    _, tokens = await api.request("POST", "/v1/login/tokens", headers={}, body=body)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await api.request("DELETE", "/v1/sessions", headers=headers))[0] == 204
    copy = Browser(platform.http, platform.plan.url("portal"), {})

    async def is_refused() -> bool:
        copy.cookies = dict(visitor.browser.cookies)
        return (await copy.open("/applications")).path == "/login"

    await until(is_refused)


async def test_a_withdrawal_is_asked_for_and_done(
    visitor: PortalCitizen, form: dict[str, Any], behave: Callable[..., Awaitable[None]]
) -> None:
    """The page asks first; then the application is withdrawn, and a repeat changes nothing."""
    await behave(mode="callback", decision_delay_ms=60_000)
    accepted = await visitor.apply(TAX_NUMBER, form)
    ask = await visitor.browser.open(f"/applications/{accepted.tracking_number}/withdrawal")
    for _ in range(2):
        page = await visitor.browser.send(ask, ask.forms[0])
        assert page.path == f"/applications/{accepted.tracking_number}"
        assert "প্রত্যাহার করা হয়েছে" in page.text


async def test_every_page_speaks_both_languages_and_the_switch_keeps_the_place(
    visitor: PortalCitizen,
) -> None:
    """A page in English is at the same address under /en, and leads back."""
    for path in (
        "/",
        "/services",
        "/services/S001",
        "/life-events/birth",
        "/status",
        "/applications",
        "/help",
    ):
        bangla = await visitor.browser.open(path)
        english = await visitor.browser.open("/en" if path == "/" else f"/en{path}")
        assert (bangla.status, english.status) == (200, 200)
        assert (bangla.headers["content-language"], english.headers["content-language"]) == (
            "bn", "en",
        )  # fmt: skip
        assert english.path in bangla.links
        assert path in english.links


async def test_nothing_personal_without_a_login(platform: Platform) -> None:
    """A personal page leads to the login, and from there back to itself."""
    browser = Browser(platform.http, platform.plan.url("portal"), {})
    for path in ("/applications", "/apply/S001", "/applications/NS-7K4M9-PXRT3-HC2D3"):
        page = await browser.open(path)
        assert page.path == "/login"
        assert page.form("phone").fields["next"] == path


async def test_a_correction_is_asked_and_answered_with_the_earlier_answers(
    visitor: PortalCitizen, form: dict[str, Any], behave: Callable[..., Awaitable[None]]
) -> None:
    """The ministry's note is on each page, the answers are there, and the change is sent once."""
    await behave(mode="callback", decision_delay_ms=200, correction_rate=1.0)
    accepted = await visitor.apply(TAX_NUMBER, form)
    address = f"/applications/{accepted.tracking_number}"

    async def asked() -> Page | None:
        page = await visitor.browser.open(address)
        return page if any(form.action.endswith("/correction") for form in page.forms) else None

    page = await until(asked)
    check = await visitor.browser.send(page, page.form(action="/correction"))
    again = await visitor.browser.send(page, page.form(action="/correction"))
    assert check.path == again.path
    assert "মন্ত্রণালয় সংশোধন চেয়েছে" in check.text
    assert form["name_bn"] in check.text
    assert "এখনো কিছু বদলাননি" in check.text
    section = await visitor.browser.open(
        next(link for link in check.links if "/steps/person" in link)
    )
    changed = {"name_bn": "সংশোধিত নাম"}
    check = await visitor.browser.send(section, section.form("shown"), changed)
    assert "সংশোধিত নাম" in check.text
    assert "এখনো কিছু বদলাননি" not in check.text
    for _ in range(2):
        page = await visitor.browser.send(check, check.form("key"))
        assert (page.status, page.path) == (200, address)
    assert "সংশোধিত আবেদন জমা হয়েছে" in page.text


async def test_the_profile_changes_and_sessions_end(
    platform: Platform, visitor: PortalCitizen
) -> None:
    """A wrong number is told at its field; a right one is kept masked; logging out forgets all."""
    page = await visitor.browser.open("/profile")
    wrong = await visitor.browser.send(page, page.form("nid"), {"nid": "১২৩"})
    assert (wrong.status, wrong.form("nid").fields["nid"]) == (422, "১২৩")
    assert "#nid" in wrong.links
    page = await visitor.browser.send(
        wrong, wrong.form("nid"), {"nid": "১২৩৪৫৬৭৮৯০", "language": "en"}
    )
    assert page.status == 200
    assert "৮৯০" in page.text
    assert "1234567890" not in page.html
    home = await visitor.browser.send(page, page.form(action="/logout"))
    assert home.path == "/"
    assert (await visitor.browser.open("/profile")).path == "/login"


async def test_all_data_are_one_file_and_an_erasure_that_waits_is_in_it(
    platform: Platform, visitor: PortalCitizen, form: dict[str, Any], answered: Answered
) -> None:
    """From services as they are, of whom most people have nothing of most kinds."""

    async def file_of() -> dict[str, Any]:
        page = await visitor.browser.open("/profile/data")
        answer = await visitor.browser.send(page, page.form(action="/profile/data"))
        assert (answer.status, answer.path) == (200, "/profile/data"), answer.text
        collected: dict[str, Any] = json.loads(answer.html)
        return collected

    assert (await file_of())["applications"] == []
    accepted = await visitor.apply(TAX_NUMBER, form)
    await answered(accepted)
    page = await visitor.browser.open("/profile/erasure")
    page = await visitor.browser.send(page, page.form(action="/erasure"))
    code = await platform.ledger.code_for(visitor.phone, within_s=PATIENCE_S)
    page = await visitor.browser.send(page, page.form("code"), {"code": code})
    data = await file_of()
    [one] = data["applications"]
    assert one["application"]["tracking_number"] == accepted.tracking_number
    assert one["form_as_sent"]["form"]["name_bn"] == form["name_bn"]
    assert one["messages"]["items"]
    assert one["feedback"] is None
    assert data["erasure"]["due_at"]
    assert data["number"]["phone"].endswith(visitor.phone[-3:])
    page = await visitor.browser.send(page, page.form(action="/cancellation"))
    assert (await file_of())["erasure"] is None


async def test_details_are_saved_with_consent_and_wrong_ones_told_at_their_fields(
    visitor: PortalCitizen,
) -> None:
    """A district leads to its areas, an area to its unions; without a script."""
    page = await visitor.browser.open("/profile/details")
    typed = {"name_bn": "রহিমা খাতুন", "name_en": "Rahima", "present_address.district": "1004"}
    page = await visitor.browser.send(page, page.form("shown"), typed)
    assert page.status == 422
    assert {"#present_address.area", "#consent"} <= set(page.links)
    area = {"present_address.area": "100409", "consent": "yes"}
    page = await visitor.browser.send(page, page.form("shown"), area)
    assert (page.status, page.path) == (200, "/profile/details")  # it asks for the union now
    typed = {"present_address.union": "U2393", "present_address.ward": "৫",
             "birth_date.year": "১৯৯০", "birth_date.month": "২"}  # fmt: skip
    page = await visitor.browser.send(page, page.form("shown"), typed | {"birth_date.day": "৩০"})
    assert (page.status, "#birth_date.day" in page.links) == (422, True)
    page = await visitor.browser.send(page, page.form("shown"), {"birth_date.day": "১৬"})
    assert (page.status, page.path) == (200, "/profile")


def person_of(path: str) -> str:
    """The page of a draft that asks for the person, from the path of another of its pages."""
    return f"{path.partition('/steps/')[0]}/steps/person"


async def test_saved_details_are_offered_in_forms_and_never_sent_by_themselves(
    visitor: PortalCitizen,
) -> None:
    """Filled into fields by their meaning, changed there, and gone when they are deleted."""
    page = await visitor.browser.open("/profile/details")
    page = await visitor.browser.send(page, page.form("shown"), {**DETAILS, "consent": "yes"})
    assert page.status == 200
    first = await visitor.browser.open(f"/apply/{TAX_NUMBER}")
    section = await visitor.browser.open(person_of(first.path))
    fields = section.form("shown").fields
    assert fields.items() >= DETAILS.items()
    assert "/profile/details" in section.links
    changed = await visitor.browser.send(section, section.form("shown"), {"name_bn": "রহিমা"})
    assert changed.form("shown").fields["name_bn"] == "রহিমা"
    assert (await visitor.browser.open(section.path)).form("shown").fields["name_bn"] == "রহিমা"

    page = await visitor.browser.open("/profile/details/deletion")
    await visitor.browser.send(page, page.form(action="/deletion"))
    drafts = await visitor.browser.open(f"/apply/{TAX_NUMBER}")
    (new,) = [link for link in drafts.links if "/steps/" in link]
    await visitor.browser.open(new)
    empty = await visitor.browser.open(person_of(new))
    assert empty.form("shown").fields["name_bn"] == ""
    assert "/profile/details" not in empty.links


async def test_tracking_without_an_account_tells_nobody_else(
    platform: Platform, visitor: PortalCitizen, form: dict[str, Any]
) -> None:
    """The right pair shows the status; each wrong one gets the same answer, and no hint why."""
    accepted = await visitor.apply(TAX_NUMBER, form)
    browser = Browser(platform.http, platform.plan.url("portal"), {}, patience_s=0)
    ask = await browser.open("/tracking")

    async def track(number: str, phone: str) -> Page:
        return await browser.send(ask, ask.form("number"), {"number": number, "phone": phone})

    spelled = accepted.tracking_number.replace("-", " ").lower()
    page = await track(spelled, visitor.phone)
    assert page.status == 200
    assert accepted.tracking_number in page.text
    wrong = [
        await track(accepted.tracking_number, "01700000001"),
        await track("NS-7K4M9-PXRT3-HC2D3", visitor.phone),
        await track("x", "y"),
    ]
    assert {page.status for page in wrong} == {422}
    assert len({page.text for page in wrong}) == 1
    assert all(accepted.tracking_number not in page.url for page in wrong)
    for _ in range(MOST_ATTEMPTS):
        page = await track(accepted.tracking_number, visitor.phone)
        if page.status == 429:
            return
    raise AssertionError("nobody counts")
