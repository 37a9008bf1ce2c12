"""What the checker refuses, with the place; the random damages are in `test_damages.py`."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from libs.workflows import exploring
from libs.workflows.checking import check_text
from services.catalogue.workflows.reference import known_of
from tests.libs.workflows.scenes import DOCUMENTS, WORKFLOWS

TWO = [{"do": "accept"}, {"do": "refuse"}]
NO_LIST = {"parties": "/land", "proof": "served_notice"}
ABOVE = {"days": 1, "to": "circle_officer"}
FIRE = {"by": "fire"}
PAY = DOCUMENTS["S020@2"]["steps"]["pay"]
GHA = DOCUMENTS["S016@2"]["roles"]["gha"]

Change = Callable[[dict[str, Any]], Any]


def places(key: str, change: Change) -> list[str]:
    """Return where the checker finds something in a changed file of the reference."""
    document = copy.deepcopy(DOCUMENTS[key])
    change(document)
    service, version = document["workflow"], document["version"]
    known = known_of(service, WORKFLOWS.get(f"{service}@{version - 1}"))
    problems = check_text(json.dumps(document), known)
    assert all(problem.reason for problem in problems)
    return [problem.place for problem in problems]


def put(*path: Any) -> Change:
    """Return a change that puts its last value at a path."""
    *names, last, value = path

    def change(document: Any) -> None:
        for name in names:
            document = document[name]
        document[last] = value

    return change


def when(condition: Any) -> Change:
    """Return a change of the first rule of `match`."""
    return put("steps", "match", "rules", 0, "when", condition)


def escalate(days: int, to: str) -> Change:
    """Return a change of the escalation of `accept`."""
    return step("accept", escalate={"days": days, "to": to})


def step(name: str, **fields: Any) -> Change:
    """Return a change of fields of a step; `to` of a time-out stands under `timeout`."""
    return lambda document: document["steps"][name].update(fields)


@pytest.mark.parametrize("key", sorted(WORKFLOWS))
def test_the_reference_is_right(key: str) -> None:
    """All twelve files, as they were given."""
    assert places(key, lambda document: document) == []


@pytest.mark.parametrize(
    ("key", "change", "place"),
    [
        ("S025@1", put("steps", "accept", "do", "accept", "gone"), "/steps/accept/do/accept"),
        ("S025@1", put("start", "granted"), "/start"),
        ("S025@1", put("corrections", "then", "gone"), "/corrections/then"),
        ("S025@1", put("corrections", "most", 4), "/corrections/most"),
        ("S025@1", step("accept", by="nobody"), "/steps/accept/by"),
        ("S025@1", escalate(3, "applicant"), "/steps/accept/escalate/to"),
        ("S025@1", step("accept", escalate=None), "/steps/accept"),
        ("S025@1", escalate(0, "ac_land"), "/steps/accept/escalate/days"),
        ("S025@1", step("accept", recorded_by="ac_land"), "/steps/accept/recorded_by"),
        ("S025@1", step("accept", other_than="refused"), "/steps/accept/other_than"),
        ("S025@1", step("accept", propose=[{"do": "fly"}]), "/steps/accept/propose/0/do"),
        ("S025@1", step("accept", propose=TWO), "/steps/accept/propose/1"),
        ("S025@1", step("accept", do={"ask": "correction"}), "/steps/accept/do"),
        ("S025@1", step("accept", most=3), "/steps/accept"),
        ("S025@1", step("granted", most=3, exhausted="refused"), "/steps/granted/most"),
        ("S025@1", step("pay_dcr", items=["moon_tax"]), "/steps/pay_dcr/items"),
        ("S025@1", step("pay_dcr", paid="refused"), "/steps/pay_dcr/paid"),
        ("S025@1", step("notice", notify=NO_LIST), "/steps/notice/notify/parties"),
        ("S025@1", put("steps", "refused", "appeal", "to", "granted"), "/steps/refused/appeal/to"),
        ("S025@1", put("steps", "lapsed", "outcome", "refused"), "/steps/lapsed"),
        ("S025@1", put("body", "moon"), "/body"),
        ("S025@1", put("also", ["S025"]), "/also"),
        ("S025@1", put("roles", "kanungo", "by", "/nowhere"), "/roles/kanungo/by"),
        ("S025@1", put("roles", "idle", DOCUMENTS["S025@1"]["roles"]["kanungo"]), "/roles/idle"),
        ("S025@1", put("moves", DOCUMENTS["S020@2"]["moves"]), "/moves/from_version"),
        ("S025@1", step("accept", abolished="2026-01-01"), "/steps/accept/abolished"),
        ("S031@1", step("fix", timeout=None, escalate=ABOVE), "/steps/fix"),
        ("S031@1", step("match", otherwise="refused"), "/steps/match/otherwise"),
        ("S031@1", when({"fact": "register.match", "eq": "x"}), "/steps/match/rules/0/when"),
        ("S031@1", when({"fact": "form.nid", "ge": 1}), "/steps/match/rules/0/when"),
        ("S031@1", when({"fact": "age_of.moon_days", "ge": 1}), "/steps/match/rules/0/when"),
        ("S055@1", put("steps", "rank", "group_by", "/moon"), "/steps/rank/group_by"),
        ("S055@1", put("steps", "rank", "rank_by", 0, "fact", "moon"), "/steps/rank/rank_by/0"),
        ("S055@1", put("steps", "rank", "ranked", {"selected": "approve"}), "/steps/rank/ranked"),
        ("S010@1", step("inspections", ask=[FIRE, FIRE]), "/steps/inspections/ask"),
        ("S020@2", put("valid_from", "2020-01-22"), "/valid_from"),
        ("S020@2", put("moves", "rules", 0, "at", "issued"), "/moves/rules/0/at"),
        ("S020@2", put("moves", "rules", 0, "to", "police"), "/moves/rules/0/to"),
        ("S020@2", put("moves", "rules", 0, "when", {"fact": "x", "eq": 1}), "/moves/rules/0/when"),
        ("S020@2", lambda document: document["steps"].pop("police"), "/steps/police"),
        ("S020@2", step("match", otherwise="police"), "/steps/match/otherwise"),
        ("S020@2", put("steps", "print", PAY), "/steps/print/kind"),
        ("S016@2", put("roles", "applicant", GHA), "/roles/applicant"),
        ("S016@2", put("steps", "gha", "name", "bn", ""), "/steps/gha/name/bn"),
    ],
)  # fmt: skip
def test_what_is_wrong_has_its_place(key: str, change: Change, place: str) -> None:
    """One thing is changed, and its place is named."""
    assert place in places(key, change)


def test_a_circle_of_rules_and_clocks_is_found() -> None:
    """A wait for a register that is asked again for ever; its bound breaks the circle."""

    def without_bound(document: Any) -> None:
        del document["steps"]["retry"]["most"], document["steps"]["retry"]["exhausted"]

    assert places("S031@1", without_bound) == ["/steps/match"] or places(
        "S031@1", without_bound
    ) == ["/steps/retry"]
    assert places("S031@1", step("retry", exhausted="match")) != []


def test_a_step_to_which_nothing_leads_is_found() -> None:
    """A former step is kept as abolished; another one is a mistake."""
    assert places("S025@1", put("steps", "survey_check", "do", {"clear": "notice"})) == [
        "/steps/site_visit"
    ]


def test_a_state_that_is_never_decided_is_found() -> None:
    """Not the step is the trap, but the step after the last visit of another one."""

    def trap(document: Any) -> None:
        document["steps"]["issued"]["most"] = None
        document["steps"]["print"]["do"] = {"failed": "print"}
        document["steps"]["print"]["exhausted"] = "hand"
        document["steps"]["hand"]["do"] = {"again": "hand"}
        document["steps"]["exam"]["do"]["pass"] = "pay_card"

    found = places("S043@1", trap)
    assert "/steps/issued" in found
    assert places("S025@1", step("finalise", do={"again": "finalise", "go": "granted"})) == []
    looping = places("S025@1", step("ac_decides", do={"again": "ac_decides"}))
    assert looping == ["/steps/ac_decides"]


def test_a_workflow_with_too_many_states_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than checked for an hour."""
    monkeypatch.setattr(exploring, "MOST_STATES", 10)
    assert places("S016@1", lambda document: document) == ["/steps"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"a": 1, "a": 2}', "stands twice"),
        (" " * 131_073, "more than 131072 bytes"),
        ("[]", "an object"),
    ],
)
def test_a_file_that_is_no_workflow_says_why(text: str, reason: str) -> None:
    """Before anything else is looked at."""
    (problem,) = check_text(text, known_of("S025", None))
    assert reason in problem.reason


@pytest.mark.parametrize(("steps", "place"), [(300, "/steps"), (5_000, "")])
def test_a_workflow_of_very_many_steps_is_refused(steps: int, place: str) -> None:
    """By its shape or size, before it is run."""
    lapsed = DOCUMENTS["S025@1"]["steps"]["lapsed"]
    many = {f"step_{number}": lapsed for number in range(steps)}
    found = places("S025@1", lambda document: document["steps"].update(many))
    assert place in found
    assert len(found) <= 50
