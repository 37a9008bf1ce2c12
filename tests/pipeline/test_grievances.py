"""A grievance, from the citizen's click to the decision on appeal."""

from functools import partial
from typing import Any

import pytest

from libs.grievances import GRIEVANCE
from tests.pipeline.conftest import form_of
from tests.pipeline.desks import (
    AtTheDesk,
    application,
    is_now,
    knows_officers_of,
    tasks_of,
    types_of,
)
from tests.pipeline.platform import Platform
from tests.pipeline.running import command_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen
from tools.virtual_users.officers import Programme

ANSWER = "নিয়ম মেনেই হয়েছে"
DECISION = "সাত দিনের মধ্যে সনদ দিতে হবে"


async def is_at(platform: Platform, accepted: Accepted, office_id: str) -> bool:
    """Whether a grievance waits at an office."""
    return [task["office_id"] for task in await tasks_of(platform, accepted)] == [office_id]


async def said_to_citizen(platform: Platform, accepted: Accepted, number: int) -> None:
    """Wait until so many messages were sent."""

    async def is_sent() -> bool:
        return len(platform.received(accepted).messages) >= number

    await until(is_sent)


async def hired(platform: Platform, programme: Programme, office_id: str, duty: str) -> AtTheDesk:
    """An officer of an office of a body, which two people of the programme have opened."""
    ministry = office_id.rpartition("-")[2]
    await programme.open_office(office_id, ministry, "head_office")
    officer = await programme.hire(office_id, [duty])
    await until(partial(knows_officers_of, platform, office_id, 1))
    at_the_desk = AtTheDesk(platform, officer)
    await at_the_desk.log_in()
    return at_the_desk


async def appeal(platform: Platform, citizen: Citizen, accepted: Accepted) -> None:
    """Object to the answer; the Cabinet Division has the grievance then."""
    path = f"/v1/applications/{accepted.tracking_number}/appeal"
    grounds = {"grounds": "জবাবে আমার কথার উত্তর নেই"}
    assert (await citizen.post(path, "appeal", grounds))[0] == 200
    await until(partial(is_at, platform, accepted, "grievance-appeal-cabinet"))


async def test_a_grievance_is_answered_and_the_appeal_decided_by_another_office(
    platform: Platform, citizen: Citizen
) -> None:
    """By pages of the desk; the citizen reads both answers; no ministry's system has it."""
    form: dict[str, Any] = {
        **await form_of(platform, GRIEVANCE),
        "about": "office",
        "body": "lgd",
        "office": "union-U2393",
    }
    accepted = await citizen.apply(GRIEVANCE, form)
    await until(partial(is_at, platform, accepted, "grievance-lgd"))
    programme = await Programme.opened(citizen.api, command_of(platform))
    answers = await hired(platform, programme, "grievance-lgd", "grievance_officer")
    decides = await hired(platform, programme, "grievance-appeal-cabinet", "appeal_officer")
    other = await hired(platform, programme, "union-lgd", "grievance_officer")
    case_id = str((await tasks_of(platform, accepted))[0]["case_id"])
    for stranger in (decides, other):
        assert (await stranger.browser.open(f"/cases/{case_id}")).status == 404
    await answers.act(case_id, "not_upheld", {"note": ANSWER})
    await until(partial(is_now, citizen, accepted, "refused"))
    shown = await application(citizen, accepted)
    assert shown["decision_note"]["bn"] == ANSWER
    assert shown["office"]["en"] == "Grievance officer, Local Government Division"
    await said_to_citizen(platform, accepted, 1)
    await appeal(platform, citizen, accepted)
    await decides.act(case_id, "settle", {"note": DECISION})
    await until(partial(is_now, citizen, accepted, "approved"))
    assert (await application(citizen, accepted))["decision_note"]["bn"] == DECISION
    types = await types_of(platform, accepted)
    assert types.count("ministry_decided") == types.count("application_decided") == 2
    assert "application_paper_issued" not in types
    assert platform.received(accepted).handed_over == 0


@pytest.mark.parametrize(
    ("body", "said", "office_id"),
    [
        ("lgd", {"office": "grievance-lgd"}, "grievance-cabinet"),
        ("lgd", {"service": GRIEVANCE}, "grievance-cabinet"),
        ("cabinet", {}, "grievance-pmo"),
    ],
)
async def test_one_about_those_who_answer_grievances_goes_elsewhere(
    platform: Platform, citizen: Citizen, body: str, said: dict[str, str], office_id: str
) -> None:
    """About the office that would answer, and about the Cabinet Division."""
    form = await form_of(platform, GRIEVANCE)
    form = {key: value for key, value in form.items() if key not in {"office", "service"}}
    accepted = await citizen.apply(GRIEVANCE, {**form, "about": "office", "body": body, **said})
    await until(partial(is_at, platform, accepted, office_id))
