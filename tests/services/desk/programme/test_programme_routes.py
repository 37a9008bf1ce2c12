"""Pages of the programme's staff, against an API that is played."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from libs.contracts.accounts import ProposalApproved
from libs.contracts.centres import SanctionList, SanctionView
from libs.contracts.mandates import FlagList, FlagView
from tests.services.desk.counter.running import UDDOKTA, answer, play
from tests.services.desk.programme.scenes import CENTRE
from tests.services.desk.running import desk, log_in

AT = datetime(2026, 11, 1, 3, tzinfo=UTC)
SANCTIONED = UUID("01a1f3a0-0000-7000-8000-000000000001")
FIRST, SECOND = "01a1f3a0-0000-7000-8000-000000000002", "01a1f3a0-0000-7000-8000-000000000003"
MARK = "a-mark"


def flag(flag_id: str) -> FlagView:
    return FlagView(
        flag_id=UUID(flag_id),
        kind="complaint",
        uddokta_id=SANCTIONED,
        service_centre_id="uttara",
        mandate_id=None,
        raised_at=AT,
    )


def sanction(sanction_id: str) -> SanctionView:
    """A sanction that waits; the second is my own."""
    return SanctionView(
        sanction_id=UUID(sanction_id),
        uddokta_id=SANCTIONED,
        kind="pause",
        reason="a reason",
        proposed_at=AT,
        not_by_me="mine" if sanction_id == SECOND else None,
    )


async def play_programme(request: web.BaseRequest) -> web.Response:
    """Two pages of flags and two of sanctions; no flag can be closed without words."""
    is_second = request.query.get("after") == MARK
    one, following = (SECOND, None) if is_second else (FIRST, MARK)
    match request.path:
        case "/v1/flags":
            flags = FlagList(items=[flag(one)], next=following)
            return web.json_response(text=flags.model_dump_json())
        case "/v1/centres/uttara":
            return answer(CENTRE.model_dump_json())
        case path if path.endswith("/sanctions"):
            sanctions = SanctionList(items=[sanction(one)], next=following)
            return web.json_response(text=sanctions.model_dump_json())
        case path if path.startswith("/v1/uddoktas/"):
            uddokta = UDDOKTA.model_copy(update={"uddokta_id": SANCTIONED})
            return answer(uddokta.model_dump_json())
        case path if path.endswith("/closing"):
            problem = {"type": "/problems/wrong_shape", "title": "-", "status": 422, "detail": "-"}
            return web.json_response(problem, status=422, content_type="application/problem+json")
        case _:
            return await play(request)


async def test_every_flag_is_reached(unused_tcp_port: int) -> None:
    """The page leads to the next one, and stays there when a flag is not closed."""
    async with desk(play_programme, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/programme/flags")
        assert page.form(action=f"/programme/flags/{FIRST}")
        (further,) = [link for link in page.links if MARK in link]
        page = await scene.browser.open(further)
        refused = await scene.browser.send(page, page.form(action=f"/programme/flags/{SECOND}"))
        assert refused.status == 422
        assert refused.form(action=f"/programme/flags/{SECOND}").fields["after"] == MARK
        assert not [link for link in refused.links if MARK in link]


async def test_a_complaint_is_closed_with_an_answer_to_the_citizen(unused_tcp_port: int) -> None:
    """What is missing is said at its place, and nothing that was typed is lost."""
    seen: list[Any] = []

    async def answering(request: web.BaseRequest) -> web.Response:
        if not request.path.endswith("/closing"):
            return await play_programme(request)
        seen.append(await request.json())
        if seen[-1].get("answer"):
            return answer(flag(FIRST).model_dump_json())
        wrong = {"pointer": "/answer", "code": "missing", "message": "Write an answer."}
        problem = {"type": "/problems/complaint_answer_missing", "title": "-", "detail": "-"}
        return web.json_response({**problem, "status": 422, "errors": [wrong]}, status=422)

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open("/en/programme/flags")
        closing = page.form(action=f"/programme/flags/{FIRST}")
        typed = {"outcome": "took 200 more"}
        page = await scene.browser.send(page, closing, typed)
        assert f'id="answer-{FIRST}-error"' in page.html
        assert page.form(action=f"/programme/flags/{FIRST}").fields["outcome"] == "took 200 more"
        typed = {**typed, "answer": "You get it back."}
        closing = page.form(action=f"/programme/flags/{FIRST}")
        assert (await scene.browser.send(page, closing, typed)).path == "/en/programme/flags"
    assert seen == [{"outcome": "took 200 more"}, typed]


async def test_a_measure_is_answered_by_somebody_else_who_says_why_not(
    unused_tcp_port: int,
) -> None:
    """And whose own it is takes it back only; the next page is the uddokta's again."""
    seen: list[tuple[str, str]] = []

    async def answering(request: web.BaseRequest) -> web.Response:
        if not request.path.startswith("/v1/proposals/"):
            return await play_programme(request)
        seen.append((request.path.rpartition("/")[2], await request.text()))
        done = ProposalApproved(
            proposal_id=UUID(FIRST),
            kind="pause",
            username="rahim",
            uddokta_id=SANCTIONED,
            reason="a reason",
            proposed_by="salma",
            proposed_at=AT,
            is_mine=False,
        )
        return web.json_response(text=done.model_dump_json())

    async with desk(answering, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/programme/uddoktas/{SANCTIONED}")
        forms = [form for form in page.forms if form.action == f"/programme/proposals/{FIRST}"]
        approval, rejection = forms
        after = await scene.browser.send(page, approval, {"action": "approve"})
        assert after.path == page.path
        typed = {"action": "reject", "because": "it was another one"}
        assert (await scene.browser.send(page, rejection, typed)).path == page.path
        page = await scene.browser.open(f"{page.path}?after={MARK}")
        (own,) = (form for form in page.forms if form.action == f"/programme/proposals/{SECOND}")
        assert own.buttons == {"action": ["reject"]}
        assert "because" not in own.fields
    assert seen == [("approval", ""), ("rejection", '{"reason":"it was another one"}')]


async def test_every_sanction_is_reached(unused_tcp_port: int) -> None:
    """An uddokta's page leads to the older ones."""
    async with desk(play_programme, unused_tcp_port) as scene:
        await log_in(scene)
        page = await scene.browser.open(f"/programme/uddoktas/{SANCTIONED}")
        assert "রহিম (rahim)" in page.text
        assert page.form(action=page.path)
        (older,) = [link for link in page.links if MARK in link]
        page = await scene.browser.open(older)
        assert SECOND in page.html
