"""An officer sees what waits, opens a case and acts; a page of before does nothing."""

import asyncio

import pytest
from aiohttp import web

from libs.contracts.applications import Step
from libs.contracts.cases import BillLine, CaseBill, CaseEntry, CaseView
from libs.contracts.centres import RateBoard
from libs.contracts.documents import DocumentReference
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.contracts.offices import OfficeNames
from tests.services.desk.cases.running import Office
from tests.services.desk.cases.scenes import AT, CASE, STEP, action, case
from tests.services.desk.counter.running import answer
from tests.services.desk.programme.scenes import CENTRE
from tests.services.desk.running import desk, log_in

PAPER = DocumentReference(
    document_id=CASE,
    kind="epi_card",
    media_type="image/jpeg",
    size_bytes=9,
    sha256="0" * 64,
    state="clean",
)
LINK = "/v1/case-papers/a-token"


async def test_an_officer_opens_a_case_from_the_queue_and_acts(unused_tcp_port: int) -> None:
    """The act names the revision that the page showed; what needs no words is one button."""
    office = Office(case())
    async with desk(office.play(), unused_tcp_port) as scene:
        page = await log_in(scene)
        assert page.path == "/cases"
        for shown in ("১২৮", "যাচাই ও তথ্য এন্ট্রি", "NS-7K4M9"):
            assert shown in page.text
        page = await scene.browser.open(f"/cases/{CASE}")
        for shown in ("রহিমা খাতুন", "ঊর্ধ্বতন দায়িত্বে গেছে"):
            assert shown in page.text
        done = await scene.browser.send(page, page.form("revision"), {})
        assert (done.path, "কাজটি হয়েছে" in done.text) == ("/cases", True)
    assert office.acts == [
        {"revision": 3, "duty": "secretary", "action": "forward", "papers": {}, "values": {}}
    ]


async def test_of_an_ended_case_the_applicant_sees_how_it_ended(unused_tcp_port: int) -> None:
    """Not the last step that she was told of."""
    step = Step(name=Text(bn="সুপারিশ", en="Recommendation"), waits_for="office")
    office = Office(case(status="ended", outcome="approved", shown=step, waits_for=None))
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
    seen = page.text.split("What the applicant sees now")[1]
    assert "Approved" in seen
    assert "Recommendation" not in seen


async def test_a_refusal_asks_why(unused_tcp_port: int) -> None:
    """On a page of its own, with the papers and values that the action needs."""
    chosen = action("refuse", is_refusal=True, papers=["field_report"], values=["signboard_sqft"])
    office = Office(case(actions=[chosen]))
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}/acts/refuse")
        typed = {"note": "ঠিকানা মেলে না", "paper.field_report": "৭", "value.signboard_sqft": "১২০"}
        done = await scene.browser.send(page, page.form("note"), typed)
        assert done.path == "/cases"
        assert (await scene.browser.open(f"/cases/{CASE}/acts/other")).path == f"/cases/{CASE}"
    assert office.acts[0] == {
        "revision": 3,
        "duty": "secretary",
        "action": "refuse",
        "note": "ঠিকানা মেলে না",
        "papers": {"field_report": "৭"},
        "values": {"signboard_sqft": "120"},
    }


async def test_what_is_missing_stands_at_its_field_under_its_name(unused_tcp_port: int) -> None:
    """And not at the words for the citizen, which are optional."""
    names = {"gd_number": Text(bn="জিডি নম্বর", en="GD number")}
    chosen = action("accept", values=["gd_number"], item_names=names)
    error = {"pointer": "/values/gd_number", "code": "values_missing", "message": "Type it."}
    problem = {"type": "/problems/values_missing", "title": "-", "status": 409, "detail": "-"}
    office = Office(case(actions=[chosen]))

    async def refusing(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == f"/v1/cases/{CASE}/acts":
            body, kind = problem | {"errors": [error]}, "application/problem+json"
            return web.json_response(body, status=409, content_type=kind)
        return await office.play()(request)

    async with desk(refusing, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}/acts/accept")
        assert "জিডি নম্বর" in page.text
        page = await scene.browser.send(page, page.form("note"), {})
    assert 'id="value.gd_number-error"' in page.html
    assert 'id="note-error"' not in page.html


async def test_the_history_names_offices_and_an_unknown_one_by_its_id(
    unused_tcp_port: int,
) -> None:
    """All are asked for at once; the page is there also where no name is known."""
    entries = [
        CaseEntry(revision=number, at=AT, type="acted", office_id=office)
        for number, office in enumerate(("union-U7", "zone-6"), start=1)
    ]
    office = Office(case(history=entries))
    asked: list[str] = []

    async def naming(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/office-names":
            asked.append(request.query["ids"])
            names = OfficeNames(names={"union-U7": Text(bn="সাত নং ইউনিয়ন", en="Union 7")})
            return answer(names.model_dump_json())
        return await office.play()(request)

    async with desk(naming, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
    assert asked == ["union-U7,zone-6"]
    assert "Union 7" in page.text
    assert "union-U7" not in page.text
    assert "office zone-6" in page.text


async def test_an_officer_reads_how_the_citizen_agreed_to_help(unused_tcp_port: int) -> None:
    """And what that does not prove; papers have the names of their questions."""
    mandate = MandateEvidence(
        mandate_id=CASE,
        uddokta_id=CASE,
        service_centre_id="gulshan",
        consent="guardian_phone",
        consented_at=AT,
        fee_bdt=0,
        charge_bdt=30,
        not_proven=("who_the_citizen_is",),
    )
    office = Office(case(mandate=mandate, documents=[PAPER]))
    is_known = True

    async def naming(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/centres/gulshan/rates" and is_known:
            name = Text(bn="গুলশান কেন্দ্র", en="Gulshan centre")
            centre = CENTRE.model_copy(update={"name": name})
            return answer(RateBoard(centre=centre, items=[]).model_dump_json())
        return await office.play()(request)

    async with desk(naming, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
        is_known = False
        unknown = await scene.browser.open(f"/en/cases/{CASE}")
    assert "gulshan" in unknown.text
    for said in ("Gulshan centre", "a guardian's phone", "nobody has seen who the citizen is"):
        assert said in page.text
    assert "epi_card" not in page.text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("valid", "Holds now"),
        ("withdrawn", "Does not hold now: withdrawn on 1 December 2026"),
        ("replaced", "Does not hold now: replaced on 1 December 2026"),
        ("expired", "Does not hold now: expired after 30 June 2026"),
        (None, "Whether it holds now is not known"),
    ],
)
async def test_an_officer_sees_what_an_issued_paper_is_now(
    unused_tcp_port: int, state: str | None, told: str
) -> None:
    """However it was when it was given; its name is what was issued, not what the form calls it."""
    given = PAPER.model_copy(update={"issued_number": "7K4M-9PXR-T3H5", "held_at": AT})
    office = Office(case(documents=[given], opens_papers=True))
    status = {
        "number": "7K4M-9PXR-T3H5",
        "state": state,
        "holds": state == "valid",
        "title": {"bn": "ট্রেড লাইসেন্স", "en": "Trade licence"},
        "body": "lgd",
        "body_name": {"bn": "স্থানীয় সরকার", "en": "Local Government"},
        "year": 2026,
        "initials": "R.K.",
        "is_illustrative": True,
        "ended_on": "2026-12-01",
        "last_day": "2026-06-30",
        "as_of": AT.isoformat(),
    }

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if state and request.path == "/v1/papers/7K4M-9PXR-T3H5":
            return web.json_response(status)
        return await office.play()(request)

    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
        for shown in (told, "It held when it was given", "7K4M-9PXR-T3H5"):
            assert shown in page.text
        assert ("Trade licence" in page.text) == (state is not None)


async def test_a_case_opens_where_nobody_says_what_its_issued_papers_are(
    unused_tcp_port: int,
) -> None:
    """Issuance hangs: the page of three of them does not wait for each."""
    numbers = ("7K4M-9PXR-T3H5", "8K4M-9PXR-T3H4", "9K4M-9PXR-T3H3")
    office = Office(
        case(documents=[PAPER.model_copy(update={"issued_number": one}) for one in numbers])
    )
    ended = asyncio.Event()

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/v1/papers/"):
            await ended.wait()
        return await office.play()(request)

    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
        ended.set()
        assert (page.status, page.text.count("Whether it holds now is not known")) == (200, 3)


async def test_an_officer_opens_a_paper_from_the_case(unused_tcp_port: int) -> None:
    """It is saved; only whose duty it is has the link, and is told that the citizen sees it."""
    office = Office(case(documents=[PAPER], opens_papers=True))
    asked: list[str] = []

    async def play(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith(("/v1/case-papers", f"/v1/cases/{CASE}/papers")):
            asked.append(f"{request.method} {request.path}")
        if request.path == LINK:
            return web.Response(
                body=b"a photo",
                headers={
                    "content-type": "image/jpeg",
                    "content-disposition": 'attachment; filename="epi_card.jpg"',
                },
            )
        if request.path == f"/v1/cases/{CASE}/papers/{CASE}":
            return web.json_response({"token": "a-token", "valid_until": AT.isoformat()})
        return await office.play()(request)

    async with desk(play, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/en/cases/{CASE}")
        assert "the citizen sees your office and the day" in page.text
        address = f"/en/cases/{CASE}/papers/{CASE}"
        assert f'href="{address}"' in page.html
        paper = await scene.browser.open(address)
        assert (paper.status, paper.html) == (200, "a photo")
        assert asked == [f"POST /v1/cases/{CASE}/papers/{CASE}", f"GET {LINK}"]
        office.shown = case(documents=[PAPER])
        page = await scene.browser.open(f"/en/cases/{CASE}")
        assert f'href="{address}"' not in page.html
        assert "by those for whose duty the case waits now" in page.text


async def test_a_time_and_a_challan_are_asked_for_by_name(unused_tcp_port: int) -> None:
    """The time is one in Dhaka; a fee is shown with what it is for."""
    line = BillLine(item="a", name=STEP, amount_poisha=7000, vat_poisha=0, is_sourced=True)
    office = Office(
        case(
            actions=[
                action("appoint", asks_time=True),
                action("record_challan", papers=["challan"]),
            ],
            bill=CaseBill(lines=[line], total_poisha=7000, recorded_at=None),
            appointment=AT,
        )
    )
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}")
        assert "৭০ টাকা" in page.text
        page = await scene.browser.open(f"/cases/{CASE}/acts/appoint")
        await scene.browser.send(page, page.form("note"), {"appointment": "2026-12-20T10:30"})
        page = await scene.browser.open(f"/cases/{CASE}/acts/record_challan")
        assert "চালানের নম্বর" in page.text
        await scene.browser.send(page, page.form("note"), {"paper.challan": "T 42"})
    assert office.acts[0]["appointment"] == "2026-12-20T10:30:00+06:00"
    assert office.acts[1]["papers"] == {"challan": "T 42"}


async def test_a_page_of_before_says_what_has_changed(unused_tcp_port: int) -> None:
    """Nothing is done, and only what came after it is listed."""
    office = Office(case(), problem="")
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        office.shown = case(revision=2)
        page = await scene.browser.open(f"/cases/{CASE}")
        office.shown, office.problem = case(), "case_changed"
        changed = await scene.browser.send(page, page.form("revision"), {})
        assert changed.status == 409
        since = changed.html.split('id="changed"')[1].split("<h1>")[0]
        assert ("ঊর্ধ্বতন দায়িত্বে গেছে" in since, "আবেদন এসেছে" in since) == (True, False)


@pytest.mark.parametrize(
    ("shown", "typed"),
    [
        (case(), {}),
        (case(assigned_until=AT), {"reason": "ছুটিতে আছেন"}),
        (case(assigned_until=AT, is_mine=True), {}),
    ],
    ids=["nobody has it", "a colleague has it", "it is mine"],
)
async def test_a_case_is_taken_for_fifteen_minutes(
    shown: CaseView, typed: dict[str, str], unused_tcp_port: int
) -> None:
    """From a colleague with a reason."""
    office = Office(shown)
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}")
        form = next(form for form in page.forms if "assignment" in form.action)
        assert (await scene.browser.send(page, form, typed)).path == f"/cases/{CASE}"
    assert office.assigned == [{"duty": "secretary", "reason": typed.get("reason")}]


@pytest.mark.parametrize("is_mine", [True, False])
async def test_a_case_that_is_mine_can_be_given_back(is_mine: bool, unused_tcp_port: int) -> None:
    """By a button; that of a colleague cannot."""
    office = Office(case(assigned_until=AT, is_mine=is_mine))
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}")
        forms = [form for form in page.forms if form.action.endswith("/release")]
        for form in forms:
            assert (await scene.browser.send(page, form, {})).path == "/cases"
    assert office.released == len(forms) == is_mine


async def test_an_officer_without_a_duty_is_led_to_what_there_is(unused_tcp_port: int) -> None:
    """To the witness, which needs none."""
    async with desk(Office(case(), problem="duty_missing").play(), unused_tcp_port) as scene:
        assert (await log_in(scene)).path == "/witness"


async def test_the_pages_are_small(unused_tcp_port: int) -> None:
    """50 kB at most, in both languages."""
    async with desk(Office(case()).play(), unused_tcp_port) as scene:
        await log_in(scene)
        for path in ("/cases", f"/cases/{CASE}", "/en/cases", f"/en/cases/{CASE}"):
            page = await scene.browser.open(path)
            assert page.status == 200
            assert len(page.html.encode()) < 50_000


async def test_an_objection_stands_first_with_the_decision_against_which_it_is(
    unused_tcp_port: int,
) -> None:
    """In the words of both, and with the paper that came with it."""
    why, grounds = Text(bn="ছবি নেই", en="No photo"), Text(bn="ছবি ছিল", en="There was one")
    history = [
        CaseEntry(revision=2, at=AT, type="acted", step=STEP, action=STEP, note=why),
        CaseEntry(revision=3, at=AT, type="appealed", note=grounds),
    ]
    paper = PAPER.model_copy(update={"kind": "appeal_paper"})
    office = Office(case(history=history, documents=[paper]))
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}")
    for text in ("নামঞ্জুরের বিরুদ্ধে আপত্তি", "“ছবি ছিল”", "“ছবি নেই”", "আপত্তির সঙ্গে দেওয়া কাগজ"):
        assert text in page.text


async def test_a_letter_at_the_office_is_recorded_on_a_page(unused_tcp_port: int) -> None:
    """What it says, where it is, and the number that was shown; the page says who is told."""
    record = action(
        "record_appeal",
        papers=["appeal_letter"],
        values=["shown_number"],
        item_names={
            "appeal_letter": Text(bn="নাগরিকের আপত্তিপত্র", en="The citizen's letter"),
            "shown_number": Text(bn="দেখানো নম্বর", en="Number shown"),
        },
    )
    decided = {"status": "ended", "outcome": "refused", "waits_for": None}
    office = Office(case(actions=[record], **decided))
    async with desk(office.play(), unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/cases/{CASE}")
        assert f"/cases/{CASE}/acts/record_appeal" in page.html
        assert "সিদ্ধান্তের কাগজ" in page.text
        assert "কার হাতে" not in page.text
        page = await scene.browser.open(f"/cases/{CASE}/acts/record_appeal")
        for text in ("নাগরিকের চিঠিতে যা লেখা", "ফোন না থাকলে আপনি জানান", "একবারই", "নাগরিকের আপত্তিপত্র"):
            assert text in page.text
        typed = {"note": "ছবি ছিল", "paper.appeal_letter": "৪৫", "value.shown_number": "১৯৯০১২৩৪৫৬"}
        page = await scene.browser.send(page, page.form("note"), typed)
    (sent,) = office.acts
    assert (sent["action"], sent["note"]) == ("record_appeal", "ছবি ছিল")
    assert sent["papers"] == {"appeal_letter": "৪৫"}
    assert sent["values"] == {"shown_number": "1990123456"}
