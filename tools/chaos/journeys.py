"""Journeys of applications, as the helpline reads them, compared with topics and ledger."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from libs.contracts.journeys import JourneyPart, JourneyStep
from libs.ids import derived_id
from services.desk.journeys.rules import SERVICES
from tools.chaos.applications import (
    APPLICATIONS,
    MINISTRIES,
    NOTIFICATIONS,
    PAPERS,
    SUBMISSIONS,
    Finding,
    Observed,
)
from tools.chaos.clicks import Click
from tools.chaos.evidence import Seen
from tools.ledger import Row, received_at
from tools.virtual_users.citizen import NotServed
from tools.virtual_users.counter import Counter

Journeys: TypeAlias = Mapping[str, Mapping[str, JourneyPart]]
"""Parts by service, by application id."""

_ANSWERING = tuple(service for service in SERVICES if service != "cases")
"""A last release may have no cases."""
_AT_ONCE = 8
_WITH_THE_PROVIDER = frozenset({"sent", "delivered"})


async def read_journeys(helpline: Counter, clicks: Sequence[Click]) -> Journeys:
    """Ask each service for its part of each application; a part that is refused is missing.

    Args:
        helpline: somebody who may read journeys.
        clicks: of which those with a tracking number are looked up.
    """
    slots = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, dict[str, JourneyPart]] = {}

    async def read(click: Click, service: str) -> None:
        path = f"/v1/operations/{service}/journeys/{click.tracking_number}"
        headers = {"authorization": f"Bearer {helpline.token}"}
        async with slots:
            try:
                status, body = await helpline.api.request("GET", path, headers=headers)
            except NotServed:
                return
        if status == 200:
            found[click.application_id][service] = JourneyPart.model_validate(body)

    async with asyncio.TaskGroup() as tasks:
        for click in clicks:
            if click.tracking_number:
                found[click.application_id] = {}
                for service in SERVICES:
                    tasks.create_task(read(click, service))
    return found


def check_journey(application: Observed) -> Iterator[Finding]:
    """Each hop is in the journey, with the times of its event, of its record and outside."""
    if application.journey is None:
        return
    if missing := [service for service in _ANSWERING if service not in application.journey]:
        yield "journey", f"{', '.join(missing)} did not answer"
        return
    applications, ministries, notifications = (application.journey[name] for name in _ANSWERING)
    cases = application.journey.get("cases")
    for why in (
        *_of_case(application, cases.steps if cases else ()),
        *_changes(application, applications.steps),
        *_deliveries(application, ministries.steps),
        *_messages(application, notifications.steps),
    ):
        yield "journey", why


def _of_case(application: Observed, steps: Sequence[JourneyStep]) -> Iterator[str]:
    """Officers' work is one case, and it ended as the citizen is shown; else there is none."""
    if not application.is_at_desk:
        yield from (f"it has a case {step.step_id}" for step in steps)
        return
    if [step.what for step in steps].count("opened") != 1:
        yield f"it has {len(steps)} steps of a case, and not one beginning"
    elif steps[-1].state != application.status:
        yield f"its case is {steps[-1].state}, and its status is {application.status}"


def _changes(application: Observed, steps: Sequence[JourneyStep]) -> Iterator[str]:
    found = {step.step_id for step in steps}
    published = _by_id(application.events[APPLICATIONS])
    noted = _by_id(application.events[NOTIFICATIONS])
    for event_id in published.keys() - found:
        yield f"it lacks the change {published[event_id].type}"
    for event_id in found - published.keys() - noted.keys():
        yield f"it has a change {event_id} that is in no topic"
    told_by = (MINISTRIES, NOTIFICATIONS, PAPERS)
    said = [seen for topic in told_by for seen in application.events[topic]]
    for step in steps:
        if step.published_at and not any(_has_times(application, seen, step) for seen in said):
            yield f"the times of the change {step.what} are of no record"


def _deliveries(application: Observed, steps: Sequence[JourneyStep]) -> Iterator[str]:
    made = {
        derived_id(event_id, "delivery"): seen
        for event_id, seen in _by_id(application.events[SUBMISSIONS]).items()
        if not application.is_at_desk  # nothing is delivered to an office
    }
    yield from _same("delivery", made, steps)
    for step in steps:
        if step.step_id in made and not _has_times(application, made[step.step_id], step):
            yield f"the times of the delivery {step.what} are not those of its record"
    rows = {row["kind"]: row for row in application.received.submissions if "case_id" not in row}
    for step in steps:
        yield from _outside(f"delivery {step.what}", step, rows.get(step.what))


def _messages(application: Observed, steps: Sequence[JourneyStep]) -> Iterator[str]:
    made = {
        derived_id(event_id, "sms"): seen
        for event_id, seen in _by_id(application.events[APPLICATIONS]).items()
    }
    rows = {row["reference"]: row for row in application.messages}
    for step in steps:
        if step.step_id in made and not _has_times(application, made[step.step_id], step):
            yield f"the times of the message {step.what} are not those of its record"
        yield from _outside(f"message {step.what}", step, rows.get(str(step.step_id)))
    found = {str(step.step_id) for step in steps}
    for reference in rows.keys() - found:
        yield f"it lacks the message {reference}"


def _same(name: str, made: Mapping[UUID, Seen], steps: Sequence[JourneyStep]) -> Iterator[str]:
    found = {step.step_id for step in steps}
    for step_id in made.keys() - found:
        yield f"it lacks the {name} of {made[step_id].type}"
    for step_id in found - made.keys():
        yield f"it has a {name} {step_id} of no event"


def _outside(name: str, step: JourneyStep, row: Row | None) -> Iterator[str]:
    """Compare a step with what the outside party received, and when."""
    handed_over = step.handed_over_at is not None or step.state in _WITH_THE_PROVIDER
    if row is None:
        if handed_over:
            yield f"the {name} was handed over, and nobody outside has it"
        return
    if not handed_over:
        yield f"the {name} is outside, and was not handed over"
    elif step.first_tried_at is None or step.first_tried_at > received_at(row):
        yield f"the {name} was outside before it was tried"


def _by_id(events: Sequence[Seen]) -> dict[UUID, Seen]:
    return {UUID(seen.event_id): seen for seen in events if seen.event_id}


def _has_times(application: Observed, seen: Seen, step: JourneyStep) -> bool:
    """Whether a step has the times of an event and of one of its records."""
    written = {
        datetime.fromtimestamp(at_ms / 1000, UTC) for at_ms in application.written[seen.event_id]
    }
    happened_at = datetime.fromisoformat(seen.fields["occurred_at"])
    return step.happened_at == happened_at and step.published_at in written
