"""Services whose officers work here: from the citizen's click to the case and back as an SMS."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import pytest
from playwright.async_api import Browser as RealBrowser
from playwright.async_api import Page as RealPage

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.case_papers import ProposeForPaper
from libs.contracts.topics import DESK_SUBMISSIONS
from libs.ids import new_id
from services.cases.officers.rules import Officer as CaseOfficer
from services.cases.papers import use_cases as papers
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.workflows.reference import reference_workflows
from services.desk.journeys.rules import compose
from tests.pipeline.conftest import form_of, logged_in
from tests.pipeline.desks import (
    AtTheDesk,
    application,
    done,
    is_now,
    knows_officers_of,
    set_adapter,
    tasks_of,
    types_of,
)
from tests.pipeline.platform import Platform
from tests.pipeline.running import (
    assert_no_wait_is_negative,
    command_of,
    faults_of,
    opened,
    opened_with_axe,
    parts_of,
    records_by_id,
    sizes_of,
    staff_logged_in,
    times,
    weights_of,
)
from tests.services.documents.scenes import armed_pdf, pdf
from tests.services.issuance.scenes import codes_of, page_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen
from tools.virtual_users.counter import PASSWORD
from tools.virtual_users.officers import CHALLAN, Officer, Programme
from tools.virtual_users.photo import photo

BIRTH = "S001"
GENERAL_DIARY = "S024"
CITIZENSHIP = "S005"
MUTATION = "S025"
NID_CORRECTION = "S016"
HERE = (BIRTH, GENERAL_DIARY, CITIZENSHIP, MUTATION, NID_CORRECTION)


@pytest.fixture(autouse=True, scope="module")
async def at_the_desk(platform: Platform) -> AsyncIterator[None]:
    """Five public services are worked on here; the others of their ministries are not."""
    async with platform.transaction("cases") as tx:
        await copy_workflows(tx, reference_workflows())
    today = dhaka_date(utc_now())
    for service in HERE:
        await set_adapter(platform, service, today, is_here=True)
    yield
    for service in HERE:
        await set_adapter(platform, service, today, is_here=False)


async def is_in_its_journey(platform: Platform, accepted: Accepted) -> None:
    """Each step of the case, with whose turn it was; all of the way is somebody's time."""
    parts = await parts_of(platform, await staff_logged_in(platform, "helpline"), accepted)
    ((submission_id, (_, happened_at, written_at)), _) = (
        await records_by_id(platform, DESK_SUBMISSIONS, accepted)
    ).items()
    steps = parts["cases"].steps
    assert [(step.what, step.state, step.waits_for) for step in steps] == [
        ("opened", "open", "payment"),
        ("withdrawn", "withdrawn", None),
    ]
    assert times(steps[0]) == (happened_at, written_at)
    assert submission_id
    journey = compose(accepted.tracking_number, parts)
    assert not journey.gaps
    assert_no_wait_is_negative(journey)
    took_s = (steps[1].happened_at - happened_at).total_seconds() if steps[1].happened_at else 0
    assert sum(journey.shares_s.values()) == pytest.approx(took_s, abs=0.3)


async def test_what_a_rule_alone_decides_has_four_records_and_one_sms(
    platform: Platform, citizen: Citizen
) -> None:
    """As many as what a hosted ministry decides in its answer, and one about the order of refusal.

    No ministry is called.
    """
    form = {**await form_of(platform, GENERAL_DIARY), "kind": "theft"}
    form = {key: value for key, value in form.items() if key not in {"item", "missing_person"}}
    accepted = await citizen.apply(GENERAL_DIARY, form)

    async def is_told() -> bool:
        is_issued = "application_paper_issued" in await types_of(platform, accepted)
        return is_issued and bool(platform.received(accepted).messages)

    await until(is_told)
    assert await types_of(platform, accepted) == [
        "submission_made",
        "ministry_decided",
        "application_submitted",
        "application_decided",
        "application_paper_issued",
    ]
    shown = await application(citizen, accepted)
    assert shown["status"] == "refused"
    assert shown["decision_note"]["en"] == "Must be made in person"
    assert platform.received(accepted).handed_over == 0
    assert len(platform.received(accepted).messages) == 1


async def test_a_citizen_sees_the_step_and_takes_the_application_back(
    platform: Platform, citizen: Citizen
) -> None:
    """The case is at an office of the union, and is closed with the withdrawal."""
    accepted = await citizen.apply(CITIZENSHIP, await form_of(platform, CITIZENSHIP))

    async def is_at_its_step() -> bool:
        shown = await application(citizen, accepted)
        return shown["step"] is not None

    await until(is_at_its_step)
    shown = await application(citizen, accepted)
    assert (shown["status"], shown["step"]["waits_for"]) == ("with_ministry", "payment")
    step = shown["step"]
    assert (step["name"]["en"], step["to_pay_poisha"]) == ("Certificate fee", 2000)
    path = f"/v1/applications/{accepted.tracking_number}/withdrawal"
    assert (await citizen.post(path, "withdraw"))[0] == 200

    async def is_closed() -> bool:
        rows = await platform.rows(
            "cases",
            "SELECT outcome FROM cases WHERE tracking_number = $1",
            accepted.tracking_number,
        )
        return [row["outcome"] for row in rows] == ["withdrawn"]

    await until(is_closed)
    await is_in_its_journey(platform, accepted)
    assert await types_of(platform, accepted) == [
        "submission_made",
        "submission_withdrawn",
        "ministry_received",
        "application_submitted",
        "application_received",
        "application_withdrawn",
    ]


CASE_LIMIT_BYTES = 50 * 1024


class Scene:
    """An application at an office with two officers, who have browsers without script."""

    def __init__(self, platform: Platform, citizen: Citizen, accepted: Accepted) -> None:
        self.platform = platform
        self.citizen = citizen
        self.accepted = accepted
        self.case_id = ""
        self.officers: list[AtTheDesk] = []

    async def staff(self, office_id: str) -> None:
        """Let two people of the programme open the office, and give two officers their duties."""
        programme = await Programme.opened(self.citizen.api, command_of(self.platform))
        await programme.open_office(office_id, "lgd")
        for duties in (["accounts", "head", "secretary", "ward_member"], ["accounts", "chairman"]):
            officer = await programme.hire(office_id, duties)
            self.officers.append(AtTheDesk(self.platform, officer))
        await until(lambda: know_officers(self.platform, 2))

    async def waits_for(self, duties: set[str]) -> None:
        """Wait until the case waits for these duties."""
        await until(lambda: has_tasks(self.platform, self.accepted, duties))

    async def is_at(self, status: str) -> None:
        """Wait until the citizen is shown a status."""
        await until(lambda: is_now(self.citizen, self.accepted, status))


async def test_two_officers_take_an_application_from_its_fee_to_the_certificate(  # noqa: PLR0915
    platform: Platform, citizen: Citizen, browser: RealBrowser
) -> None:
    """Challan, residence, correction, signature, by pages only; the citizen sees each turn."""
    form = await form_of(platform, CITIZENSHIP)
    scene = Scene(platform, citizen, await citizen.apply(CITIZENSHIP, form))
    await scene.waits_for({"accounts"})
    await until(lambda: has_step(citizen, scene.accepted, "payment"))
    step = (await application(citizen, scene.accepted))["step"]
    assert (step["to_pay_poisha"], bool(step["office"]), bool(step["until"])) == (2000, True, True)
    (task,) = await tasks_of(platform, scene.accepted)
    scene.case_id = str(task["case_id"])
    await scene.staff(task["office_id"])
    secretary, chairman = scene.officers
    assert scene.accepted.tracking_number in (await secretary.log_in()).text
    await chairman.log_in()
    await opens_the_paper(secretary, scene)
    await secretary.act(scene.case_id, "record_challan", {"paper.challan": CHALLAN})
    await chairman.act(scene.case_id, "confirm_challan", {"paper.challan": CHALLAN})
    await until(lambda: has_step(citizen, scene.accepted, "office"))
    for action, typed in (("confirm", {}), ("ask_correction", {"note": "পিতার নাম ঠিক করুন"})):
        await secretary.act(scene.case_id, action, typed)
    await scene.is_at("correction_requested")
    await send_correction(citizen, scene.accepted, form)
    await scene.waits_for({"secretary"})
    await look_at(browser, platform, secretary.officer, scene.case_id)
    await secretary.act(scene.case_id, "forward")
    await chairman.act(scene.case_id, "sign")
    await scene.is_at("approved")
    await has_its_paper(browser, platform, citizen, scene.accepted)
    # Her turn to pay, the correction that was asked for, hers, and the decision; perhaps before
    # them the confirmation, whose place a later one may take.
    await until(lambda: has_messages(platform, scene.accepted, 4))


async def test_a_report_is_handed_in_as_a_file_and_opened_by_whom_it_waits_for(  # noqa: PLR0915
    platform: Platform, citizen: Citizen
) -> None:
    """It is the case's: its citizen sees that it was opened, and has it nowhere."""
    accepted = await citizen.apply(MUTATION, await form_of(platform, MUTATION))
    scene = Scene(platform, citizen, accepted)
    await scene.waits_for({"accounts"})
    (task,) = await tasks_of(platform, accepted)
    scene.case_id = str(task["case_id"])
    programme = await Programme.opened(citizen.api, command_of(platform))
    await programme.open_office(task["office_id"], "minland", "land_office")
    for duties in (["accounts", "ac_land"], ["accounts", "union_land_officer", "kanungo"]):
        officer = await programme.hire(task["office_id"], duties)
        scene.officers.append(AtTheDesk(platform, officer))
    await until(partial(knows_officers_of, platform, task["office_id"], 2))
    ac_land, surveyor = scene.officers
    for officer_at_desk in scene.officers:
        await officer_at_desk.log_in()
    for at_desk, action in ((ac_land, "record_challan"), (surveyor, "confirm_challan")):
        await at_desk.act(scene.case_id, action, {"paper.challan": CHALLAN})
    await ac_land.act(scene.case_id, "accept")
    page = await surveyor.hand_in(scene.case_id, "report", "field_report", b"no photo")
    assert 'id="file.field_report-error"' in page.html
    page = await surveyor.hand_in(scene.case_id, "report", "field_report", photo())
    assert 'id="file.field_report-error"' not in page.html
    await surveyor.act(scene.case_id, "report", {"paper.draft_khatian": "খ ৭"})
    (report,) = await platform.rows("cases", "SELECT document_id, revision FROM handed_in")
    assert report["revision"] is not None
    page = await surveyor.browser.open(f"/cases/{scene.case_id}")
    assert "মাঠ প্রতিবেদন" in page.text
    await opens(surveyor, scene, f"/cases/{scene.case_id}/papers/{report['document_id']}")
    looks = await citizen.get(f"/v1/applications/{accepted.tracking_number}/looks")
    assert [look["papers"] for look in looks[1]["items"]] == [1]
    lockers = (await citizen.get("/v1/documents"))[1]["items"]
    assert str(report["document_id"]) not in {paper["document_id"] for paper in lockers}

    async def is_kept() -> bool:
        rows = await platform.rows("documents", "SELECT kept_until FROM case_papers")
        return [row["kept_until"] for row in rows] == [None]

    await until(is_kept)


async def opens_the_paper(at_the_desk: AtTheDesk, scene: Scene) -> None:
    """An officer gets the citizen's paper, unchanged; the citizen sees that it was opened."""
    page = await at_the_desk.browser.open(f"/cases/{scene.case_id}")
    (path,) = (link for link in page.links if "/papers/" in link)
    await opens(at_the_desk, scene, path)
    looks = await scene.citizen.get(f"/v1/applications/{scene.accepted.tracking_number}/looks")
    assert [look["papers"] for look in looks[1]["items"]] == [1]


async def opens(at_the_desk: AtTheDesk, scene: Scene, path: str) -> None:
    """An officer gets a photo, by a link of a page."""
    url = scene.platform.plan.url("desk") + path
    cookies = "; ".join(f"{name}={value}" for name, value in at_the_desk.browser.cookies.items())
    async with scene.platform.http.get(url, headers={"cookie": cookies}) as reply:
        assert (reply.status, reply.content_type) == (200, "image/jpeg"), await reply.text()
        assert (await reply.read())[:3] == b"\xff\xd8\xff"


async def has_its_paper(
    browser: RealBrowser, platform: Platform, citizen: Citizen, accepted: Accepted
) -> None:
    """The citizen has a paper, and anybody checks it: by its number, and by its signed code."""
    path = f"/v1/applications/{accepted.tracking_number}/papers"

    async def is_issued() -> bool:
        return bool((await citizen.get(path))[1]["items"])

    await until(is_issued)
    (paper,) = (await citizen.get(path))[1]["items"]
    assert paper["title"]["en"] == "Citizenship certificate"
    gateway, portal = platform.plan.url("gateway"), platform.plan.url("portal")
    url = f"{gateway}{path}/{paper['number']}/content"
    async with platform.http.get(url, headers=citizen.headers) as reply:
        assert (reply.status, reply.content_type) == (200, "application/pdf")
        drawn = await reply.read()
    async with platform.http.get(url) as reply:
        assert reply.status == 401
    link, signed = codes_of(page_of(drawn))
    assert link == f"{portal}/check/{paper['number']}"
    await is_checked_by_anybody(browser, link, signed.removeprefix(f"{link}#"))


async def is_checked_by_anybody(browser: RealBrowser, link: str, signed: str) -> None:
    """A page says that a paper holds; its script verifies the code, and finds a changed one."""
    portal, _, number = link.rpartition("/check/")
    page = await opened_with_axe(browser)
    await page.goto(f"{portal}/en/check")
    await page.fill("#number", number.replace("-", " ").lower())
    await page.click("main form button")
    await page.wait_for_url(f"{portal}/en/check/{number}")
    assert "It holds" in await page.inner_text("main")
    assert await faults_of(page) == []
    unsigned = signed.rpartition(".")[0]
    wrong = [f"{signed[:-4]}AAAA", f"{unsigned}.", f"{unsigned}.~", unsigned, "x"]
    for token, said in [(signed, "good"), *((token, "bad") for token in wrong)]:
        await page.goto("about:blank")
        await page.goto(f"{portal}/en/check/{number}#{token}")
        await page.wait_for_selector(f"[data-signed][data-result={said}]")
    assert await faults_of(page) == []


async def send_correction(citizen: Citizen, accepted: Accepted, form: dict[str, Any]) -> None:
    """Send the corrected form."""
    path = f"/v1/applications/{accepted.tracking_number}/corrections"
    command = await citizen.with_papers({"form": form})
    assert (await citizen.post(path, "corrected", {"form": command["form"]}))[0] == 200


async def has_step(citizen: Citizen, accepted: Accepted, waits_for: str) -> bool:
    """Whether a citizen is shown a step at which the work waits for somebody."""
    step = (await application(citizen, accepted))["step"]
    return step is not None and step["waits_for"] == waits_for


async def has_messages(platform: Platform, accepted: Accepted, number: int) -> bool:
    """Whether so many messages about an application were sent, or one more."""
    return len(platform.received(accepted).messages) in {number, number + 1}


async def has_tasks(platform: Platform, accepted: Accepted, duties: set[str]) -> bool:
    """Whether a case waits for these duties."""
    return {row["duty"] for row in await tasks_of(platform, accepted)} == duties


async def know_officers(platform: Platform, least: int) -> bool:
    """Whether cases has heard of so many officers with duties."""
    rows = await platform.rows("cases", "SELECT FROM officers WHERE active AND duties <> '{}'")
    return len(rows) >= least


async def look_at(browser: RealBrowser, platform: Platform, officer: Officer, case_id: str) -> None:
    """Look at the pages in a real browser: small, accessible, and as wide as the screen."""
    page = await opened_with_axe(browser)
    url = platform.plan.url("desk")
    await page.goto(f"{url}/login")
    person = officer.person
    await page.fill("#username", person.username)
    await page.fill("#password", PASSWORD)
    await page.fill("#code", await person.app_code())
    await page.click("main button")
    await page.wait_for_url(f"{url}/cases")
    bulk = "/cases/bulk/act?duty=secretary&workflow=S005%401&step=prepare&action=forward"
    for path in (
        "/cases",
        f"/cases/{case_id}",
        f"/en/cases/{case_id}/acts/ask_correction",
        "/cases/bulk",
        bulk,
        "/cases/overdue",
        "/cases/figures",
        "/en/cases/figures?by=service",
    ):
        answer = await page.goto(url + path)
        assert answer is not None, path
        assert (answer.status, page.url) == (200, url + path)
        assert await faults_of(page) == [], path
        weight, _ = weights_of(await sizes_of(page))
        assert weight < CASE_LIMIT_BYTES, path


SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kbit/s, 400 ms: the line with which `make lighthouse` measures."""
MOST_TABS = 80


class Keyboard:
    """An officer with a real browser, who has no mouse."""

    def __init__(self, page: RealPage) -> None:
        self.page = page

    async def go_to(self, selector: str) -> None:
        """Press the tab key until something has the focus."""
        here = "selector => document.activeElement.matches(selector)"
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            if await self.page.evaluate(here, selector):
                return
        shown = await self.page.inner_text("main")
        raise AssertionError(f"{selector} is not reached on {self.page.url}: {shown}")

    async def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        await self.go_to(selector)
        await self.page.keyboard.insert_text(text)

    async def enter(self, selector: str) -> None:
        """Follow a link or press a button; the page that follows is there."""
        await self.go_to(selector)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")


async def test_ten_cases_are_worked_with_the_keyboard_only_on_a_slow_line(
    platform: Platform, citizen: Citizen, browser: RealBrowser
) -> None:
    """Log in, once words for the applicant, nine times a button; then the queue is empty."""
    form = await form_of(platform, GENERAL_DIARY)
    diaries = [await citizen.apply(GENERAL_DIARY, form) for _ in range(10)]
    person = (await duty_officer_for(platform, citizen, diaries)).person
    keyboard = Keyboard(await opened_on_a_slow_line(browser))
    page, url = keyboard.page, platform.plan.url("desk")
    await page.goto(f"{url}/login")
    await keyboard.type("#username", person.username)
    await keyboard.type("#password", PASSWORD)
    await keyboard.type("#code", await person.app_code())
    await keyboard.enter("main button")
    for number in range(len(diaries)):
        await keyboard.enter('main .list a[href^="/cases/"]')
        if number == 0:
            await keyboard.enter('a[href$="/acts/ask_correction"]')
            await keyboard.type("#note", "কোথায় হারিয়েছে লিখুন")
            await keyboard.enter(".buttons button")
        else:
            await keyboard.enter('form[action$="/acts/forward"] button')
        assert "কাজটি হয়েছে" in await page.inner_text("main"), page.url
    assert await page.locator("main .list a").count() == 0
    await page.context.close()
    duties = [[row["duty"] for row in await tasks_of(platform, diary)] for diary in diaries]
    assert sorted(duties) == [[], *[["oc"]] * 9]


async def opened_on_a_slow_line(browser: RealBrowser) -> RealPage:
    """A page of a browser of one's own, on a slow line."""
    page = await opened(browser, script=True)
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", SLOW)
    return page


async def duty_officer_for(
    platform: Platform, citizen: Citizen, diaries: Sequence[Accepted]
) -> Officer:
    """An officer at the station where diaries wait, once all of them are there."""
    for diary in diaries:
        await until(partial(has_tasks, platform, diary, {"duty_officer"}))
    (task,) = await tasks_of(platform, diaries[0])
    programme = await Programme.opened(citizen.api, command_of(platform))
    await programme.open_office(task["office_id"], "psd", "police_station")
    officer = await programme.hire(task["office_id"], ["duty_officer"])
    await until(partial(knows_officers_of, platform, task["office_id"]))
    return officer


async def test_a_refusal_is_objected_to_and_overturned(
    platform: Platform, citizen: Citizen
) -> None:
    """One application, two decisions; the second paper ends the first, and once more is refused."""
    accepted = await citizen.apply(BIRTH, await form_of(platform, BIRTH))
    await until(partial(has_tasks_at_all, platform, accepted))
    if "accounts" in {task["duty"] for task in await tasks_of(platform, accepted)}:
        for action in ("record_challan", "confirm_challan"):
            await done(platform, accepted, "accounts", action, papers={"challan": "C-17"})
    await done(platform, accepted, "ward_member", "attest")
    await done(platform, accepted, "secretary", "forward")
    await done(platform, accepted, "registrar", "refuse", note="জন্ম তারিখ মেলে না")
    await until(partial(is_now, citizen, accepted, "refused"))
    assert (await application(citizen, accepted))["appeal_until"]
    path = f"/v1/applications/{accepted.tracking_number}/appeal"
    grounds = {"grounds": "তারিখটি হাসপাতালের কাগজে আছে"}
    assert (await citizen.post(path, "appeal-1", grounds))[0] == 200
    assert (await citizen.post(path, "appeal-1", grounds))[0] == 200
    assert (await citizen.post(path, "appeal-2", grounds))[0] == 409
    await overturned(platform, accepted)
    await until(partial(is_now, citizen, accepted, "approved"))

    async def has_both_papers() -> bool:
        types = await types_of(platform, accepted)
        return {"application_paper_issued", "application_paper_replaced"} <= set(types)

    await until(has_both_papers)
    types = await types_of(platform, accepted)
    for kind in ("submission_appealed", "application_appealed", "application_paper_replaced"):
        assert types.count(kind) == 1
    assert types.count("application_decided") == types.count("application_paper_issued") == 2
    _, listed = await citizen.get(f"/v1/applications/{accepted.tracking_number}/papers")
    assert sorted(paper["state"] for paper in listed["items"]) == ["replaced", "valid"]


async def test_an_office_decides_with_a_signed_pdf_of_its_own(  # noqa: PLR0915
    platform: Platform, citizen: Citizen
) -> None:
    """By pages: one with a script is refused at its field; the citizen has the very bytes."""
    accepted = await citizen.apply(CITIZENSHIP, await form_of(platform, CITIZENSHIP))
    for action in ("record_challan", "confirm_challan"):
        await done(platform, accepted, "accounts", action, papers={"challan": "C-17"})
    await done(platform, accepted, "ward_member", "confirm")
    await done(platform, accepted, "secretary", "forward")
    await until(partial(has_tasks, platform, accepted, {"chairman"}))
    (task,) = await tasks_of(platform, accepted)
    programme = await Programme.opened(citizen.api, command_of(platform))
    await programme.open_office(task["office_id"], "lgd")
    chairman = AtTheDesk(platform, await programme.hire(task["office_id"], ["chairman"]))
    await until(partial(knows_officers_of, platform, task["office_id"]))
    await chairman.log_in()
    case_id, content = str(task["case_id"]), pdf(2)
    page = await chairman.hand_in(case_id, "sign", "own_document", armed_pdf())
    assert 'id="file.own_document-error"' in page.html
    await chairman.hand_in(case_id, "sign", "own_document", content)
    await chairman.act(case_id, "sign")
    path = f"/v1/applications/{accepted.tracking_number}/papers"

    async def is_issued() -> bool:
        return bool((await citizen.get(path))[1]["items"])

    await until(is_issued)
    (paper,) = (await citizen.get(path))[1]["items"]
    assert (paper["title"]["bn"], paper["is_illustrative"]) == ("নাগরিকত্ব সনদ", False)
    gateway = platform.plan.url("gateway")
    url = f"{gateway}{path}/{paper['number']}/content"
    async with platform.http.get(url, headers=citizen.headers) as reply:
        assert (reply.status, await reply.read()) == (200, content)
    async with platform.http.get(f"{gateway}/v1/papers/{paper['number']}") as reply:
        assert (await reply.json())["sha256"] == sha256(content).hexdigest()
    page = await chairman.browser.open(f"/case-papers/{accepted.tracking_number}")
    (link,) = (link for link in page.links if link.endswith("/file"))
    cookies = "; ".join(f"{name}={value}" for name, value in chairman.browser.cookies.items())
    url = platform.plan.url("desk") + link
    async with platform.http.get(url, headers={"cookie": cookies}) as reply:
        assert (reply.status, await reply.read()) == (200, content)


async def overturned(platform: Platform, accepted: Accepted) -> None:
    """The notice of the appeal is served, it is heard, and the refusal is overturned."""
    await done(platform, accepted, "uno", "served", papers={"appeal_notice_served": "7"})
    await done(platform, accepted, "uno", "overturn", papers={"appeal_record": "8"})


async def has_tasks_at_all(platform: Platform, accepted: Accepted) -> bool:
    """Whether officers have something to do in a case."""
    return bool(await tasks_of(platform, accepted))


async def test_an_issued_paper_is_given_in_another_form_and_withdrawn_meanwhile(  # noqa: PLR0915
    platform: Platform, citizen: Citizen
) -> None:
    """Without a file; the officer opens it as it was drawn, and sees what it is now."""
    born = await citizen.apply(BIRTH, await form_of(platform, BIRTH))
    await is_registered(platform, born)
    await until(partial(has_a_paper, citizen))
    ((paper,), path) = (await issued_to(citizen), "/v1/documents-from-papers")
    assert (paper["state"], paper["document_kind"]) == ("valid", "birth_certificate")
    status, given = await citizen.post(path, "given", {"number": paper["number"]})
    assert status == 201, given
    stranger = await logged_in(platform)
    assert (await stranger.post(path, "not-hers", {"number": paper["number"]}))[0] == 404
    accepted = await applied_with(platform, citizen, given)
    await until(partial(has_tasks_at_all, platform, accepted))
    (task,) = await tasks_of(platform, accepted)
    programme = await Programme.opened(citizen.api, command_of(platform))
    await programme.open_office(task["office_id"], "ecs", "upazila")
    officer = await programme.hire(task["office_id"], ["accounts"])
    await until(partial(knows_officers_of, platform, task["office_id"]))
    at_desk = AtTheDesk(platform, officer)
    await at_desk.log_in()
    page = await at_desk.browser.open(f"/cases/{task['case_id']}")
    assert paper["number"] in page.text
    assert "এখন বহাল কি" not in page.text
    assert "এখন বহাল" in page.text
    address = f"/cases/{task['case_id']}/papers/{given['document_id']}"
    await opens_as_drawn(platform, at_desk, address, given)
    await withdraws(platform, born)

    async def is_withdrawn() -> bool:
        return [one["state"] for one in await issued_to(citizen)] == ["withdrawn"]

    await until(is_withdrawn)
    page = await at_desk.browser.open(f"/cases/{task['case_id']}")
    assert "এখন বহাল নেই: প্রত্যাহার" in page.text
    for again in (
        await citizen.post(path, "again", {"number": paper["number"]}),
        await citizen.get(f"/v1/documents/{given['document_id']}"),
    ):
        assert (again[0], again[1]["type"]) == (410, "/problems/paper_withdrawn")


async def is_registered(platform: Platform, accepted: Accepted) -> None:
    """Let the officers of a union register a birth."""
    await until(partial(has_tasks_at_all, platform, accepted))
    if "accounts" in {task["duty"] for task in await tasks_of(platform, accepted)}:
        for action in ("record_challan", "confirm_challan"):
            await done(platform, accepted, "accounts", action, papers={"challan": "C-17"})
    for duty, action in (
        ("ward_member", "attest"),
        ("secretary", "forward"),
        ("registrar", "approve"),
    ):
        await done(platform, accepted, duty, action)


async def issued_to(citizen: Citizen) -> list[dict[str, Any]]:
    """The papers that were issued to a citizen."""
    items: list[dict[str, Any]] = (await citizen.get("/v1/issued-papers"))[1]["items"]
    return items


async def has_a_paper(citizen: Citizen) -> bool:
    """Whether a citizen has an issued paper."""
    return bool(await issued_to(citizen))


async def applied_with(platform: Platform, citizen: Citizen, given: dict[str, Any]) -> Accepted:
    """Apply for a correction of an NID with a birth certificate that was issued."""
    form = await form_of(platform, NID_CORRECTION)
    command = await citizen.with_papers({"public_service_id": NID_CORRECTION, "form": form})
    form = {**command["form"], "birth_certificate": {"document_id": given["document_id"]}}
    receipts = [*command.get("documents", ()), given["receipt"]]
    body = {**command, "form": form, "documents": receipts}
    status, accepted = await citizen.post_application(body, "with-an-issued-paper")
    assert status == 201, accepted
    return Accepted(accepted["tracking_number"], accepted["application_id"], utc_now(), 0, "")


async def opens_as_drawn(
    platform: Platform, at_desk: AtTheDesk, path: str, given: dict[str, Any]
) -> None:
    """An officer gets the paper as issuance drew it, with the hash of its receipt."""
    url = platform.plan.url("desk") + path
    cookies = "; ".join(f"{name}={value}" for name, value in at_desk.browser.cookies.items())
    async with platform.http.get(url, headers={"cookie": cookies}) as reply:
        assert (reply.status, reply.content_type) == (200, "application/pdf"), await reply.text()
        assert sha256(await reply.read()).hexdigest() == given["sha256"]


async def withdraws(platform: Platform, accepted: Accepted) -> None:
    """Two officers of the office that had decided withdraw its paper."""
    async with platform.transaction("cases") as tx:
        row = await tx.fetchrow(
            "SELECT ministry, office_id FROM history JOIN cases USING (case_id)"
            " WHERE tracking_number = $1 AND office_id IS NOT NULL",
            accepted.tracking_number,
        )
        assert row is not None
        first, second = (
            CaseOfficer(new_id(), row["ministry"], row["office_id"], frozenset({"registrar"}))
            for _ in range(2)
        )
        body = ProposeForPaper(kind="withdrawal", reason="জন্মের তারিখ ভুল ছিল।")
        paper = await papers.propose(tx, first, accepted.tracking_number, body, utc_now())
        assert paper.proposal is not None
        proposal_id = paper.proposal.proposal_id
        await papers.approve(tx, second, accepted.tracking_number, proposal_id, utc_now())
