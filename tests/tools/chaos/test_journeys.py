"""A journey that lacks a hop, or has another time than its record or the ledger, is found."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.journeys import JourneyPart, JourneyStep
from libs.ids import derived_id
from services.desk.journeys.rules import SERVICES
from tests.tools.chaos.observed_run import (
    Edit,
    ObservedRun,
    approved,
    drop,
    repeat,
    worked_at_a_desk,
)
from tools.chaos.applications import APPLICATIONS, MINISTRIES, PAPERS, SUBMISSIONS
from tools.chaos.evidence import Seen
from tools.chaos.order import SUBMISSION_EVENTS

BEGAN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SOON = timedelta(seconds=1)
WRITTEN_MS = round(BEGAN.timestamp() * 1000) + 5
KINDS = {event: kind for kind, event in SUBMISSION_EVENTS.items()}


def travelled() -> ObservedRun:
    """An application that was corrected and approved, with all times, and its journey."""
    run = approved()
    run.records = [
        replace(
            record,
            fields={**record.fields, "occurred_at": (BEGAN + SOON * n).isoformat()},
            written_at_ms=round((BEGAN + SOON * n).timestamp() * 1000) + 5,
        )
        for n, record in enumerate(run.records)
    ]
    for row in [*run.submissions, *run.messages]:
        row["received_at"] = (BEGAN + timedelta(minutes=1)).isoformat()
    said = [record for record in run.records if record.topic == MINISTRIES]
    changes = [record for record in run.records if record.topic == APPLICATIONS]
    steps = {
        "applications": [
            step("change", UUID(change.event_id), change.type, said[0] if n else None)
            for n, change in enumerate(changes)
        ],
        "ministries": [
            step("delivery", derived_id(UUID(made.event_id), "delivery"), KINDS[made.type], made)
            for made in run.records
            if made.topic == SUBMISSIONS
        ],
        "notifications": [
            step("message", derived_id(UUID(change.event_id), "sms"), change.type, change)
            for change in changes
            if str(derived_id(UUID(change.event_id), "sms"))
            in {row["reference"] for row in run.messages}
        ],
    }
    run.journey = {
        service: JourneyPart(
            service=service,
            tracking_number=run.click.tracking_number,
            application_id=UUID(run.click.application_id),
            steps=steps.get(service, []),
            dead_letters=[],
            unpublished_since=None,
            is_set_aside=False,
            kept_days=None,
            settled_kept_days=30,
            read_at=BEGAN,
        )
        for service in SERVICES
    }
    return run


def step(kind: Any, step_id: UUID, what: str, record: Seen | None) -> JourneyStep:
    """A step that was tried after its record and then handed over."""
    times: dict[str, Any] = {}
    if record is not None:
        written_at = datetime.fromtimestamp(record.written_at_ms / 1000, UTC)
        times = {"happened_at": record.fields["occurred_at"], "published_at": written_at}
    if kind != "change":
        times |= {"first_tried_at": BEGAN + SOON, "handed_over_at": BEGAN + timedelta(minutes=2)}
    return JourneyStep(kind=kind, step_id=step_id, what=what, **times)


def without(service: str, place: int = -1) -> Edit:
    """Take a step out of a part."""

    def edit(run: ObservedRun) -> None:
        run.journey[service].steps.pop(place)

    return edit


def with_step(service: str, **fields: Any) -> Edit:
    """Change the last step of a part."""

    def edit(run: ObservedRun) -> None:
        part = run.journey[service]
        part.steps[-1] = part.steps[-1].model_copy(update=fields)

    return edit


def without_part(run: ObservedRun) -> None:
    """A service did not answer."""
    del run.journey["ministries"]


def test_a_last_release_without_cases_has_whole_journeys() -> None:
    """`make upgrade` asks when its services run again."""
    run = travelled()
    del run.journey["cases"]
    assert run.found() == []


def test_a_whole_journey_is_well() -> None:
    """It says what topics and ledger say."""
    assert travelled().found() == []


def test_without_a_helpline_nothing_is_compared() -> None:
    """A run without commands for operators has no journeys."""
    run = travelled()
    run.journey = {}
    assert run.found() == []


LATE = BEGAN + timedelta(hours=1)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (without_part, "ministries did not answer"),
        (without("applications"), "lacks the change application_decided"),
        (without("ministries"), "lacks the delivery of submission_corrected"),
        (without("notifications"), "lacks the message"),
        (with_step("applications", published_at=LATE), "times of the change application_decided"),
        (with_step("applications", step_id=derived_id(UUID(int=1), "a")), "in no topic"),
        (with_step("ministries", happened_at=LATE), "times of the delivery corrected"),
        (with_step("ministries", first_tried_at=LATE), "outside before it was tried"),
        (with_step("ministries", handed_over_at=None), "is outside, and was not handed over"),
        (with_step("notifications", published_at=LATE), "times of the message"),
        (with_step("notifications", first_tried_at=None), "outside before it was tried"),
    ],
)
def test_what_a_journey_says_otherwise_is_found(
    edit: Callable[[ObservedRun], object], why: str
) -> None:
    """As what it is."""
    run = travelled()
    edit(run)
    found = run.found()
    assert found
    assert {wrong for wrong, _ in found} == {"journey"}
    assert any(why in text for _, text in found), found


def test_news_of_a_paper_has_the_times_of_the_fact_about_it() -> None:
    """Its record is issuance's; without it the times are of none."""
    run = travelled()
    fact = run.publish(PAPERS, "paper_issued")
    fact = replace(fact, fields={"occurred_at": BEGAN.isoformat()}, written_at_ms=WRITTEN_MS)
    run.note(APPLICATIONS, "application_paper_issued")
    change = run.records[-1]
    run.records[-2] = fact
    run.journey["applications"].steps.append(
        step("change", UUID(change.event_id), change.type, fact)
    )
    assert "journey" not in run.kinds()
    run.records.remove(fact)
    assert run.kinds().count("journey") == 1


def at_a_desk(*steps: tuple[str, str]) -> ObservedRun:
    """An application that officers approved, with the steps of its case: what, and its state."""
    run = worked_at_a_desk()
    part = travelled().journey["cases"]
    run.journey = {name: part.model_copy(update={"steps": []}) for name in SERVICES}
    run.journey["cases"] = part.model_copy(
        update={
            "steps": [
                JourneyStep(kind="change", step_id=UUID(int=n), what=what, state=state)
                for n, (what, state) in enumerate(steps)
            ]
        }
    )
    return run


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ([("opened", "open"), ("acted", "approved")], ""),
        ([("opened", "open"), ("acted", "refused")], "its case is refused"),
        ([("opened", "open"), ("opened", "approved")], "not one beginning"),
        ([], "0 steps of a case"),
    ],
)
def test_officers_work_is_one_case_that_ended_as_its_citizen_is_shown(
    steps: list[tuple[str, str]], why: str
) -> None:
    """No delivery is expected of it."""
    run = at_a_desk(*steps)
    said = [text for wrong, text in run.found() if wrong == "journey"]
    about_case = [text for text in said if "case" in text or "delivery" in text]
    assert (len(about_case), why in "".join(about_case)) == (int(bool(why)), True)


def test_a_step_that_nobody_outside_has_is_found() -> None:
    """The journey says that it was handed over."""
    run = travelled()
    drop("submissions", "corrected")(run)
    said = [why for wrong, why in run.found() if wrong == "journey"]
    assert any("nobody outside has it" in why for why in said)


def test_each_record_of_an_event_may_be_the_one_that_was_read() -> None:
    """A relay that was interrupted writes some twice."""
    run = travelled()
    repeat("records", "submission_corrected", written_at_ms=1)(run)
    times = {"published_at": datetime.fromtimestamp(0.001, UTC)}
    with_step("ministries", **times)(run)
    assert run.found() == []
