"""The journey of an application, put together from the parts of the services."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from libs.contracts.journeys import JourneyApplication, JourneyPart, JourneyStep
from libs.ids import derived_id
from services.desk.journeys.journey import Journey, Line, Note, Wait, WaitName, Whose

SERVICES: Final = ("applications", "ministries", "cases", "notifications")
"""In the order of an application's way."""

_WORDS_OF_MINISTRIES: Final = frozenset({"approved", "refused", "lapsed", "correction_requested"})
_ENDS: Final = frozenset({"approved", "refused", "lapsed", "application_withdrawn"})
_AFTER_CORRECTION: Final = frozenset({"application_corrected", *_ENDS, "application_moved"})
_OPEN: Final = frozenset({"submitted", "with_ministry", "correction_requested"})
_TURNS: Final[Mapping[str, tuple[WaitName, Whose]]] = {
    "citizen": ("citizen", "citizen"),
    "payment": ("payment", "citizen"),
    "time": ("day", "ministry"),
}
"""What a case waits for, and whose time that is; the rest is an officer's turn."""
_SAME_MOMENT: Final = timedelta(seconds=5)
"""By so much clocks may differ without a word being taken for the answer to an earlier delivery."""


def application_id_of(parts: Mapping[str, JourneyPart]) -> UUID | None:
    """Return the id of the application, if a service knows it."""
    known = (part.application_id for part in parts.values() if part.application_id)
    return next(known, None)


def may_have_it(service: str, application: JourneyApplication | None) -> bool:
    """Whether a service has a part: cases of what officers at the desk have, or had, only."""
    if service != "cases" or application is None:
        return True
    return application.adapter == "desk" or bool(application.former_ministries)


def compose(tracking_number: str, parts: Mapping[str, JourneyPart]) -> Journey:
    """Put a journey together.

    Args:
        tracking_number: as written.
        parts: of the services that answered, by name.
    """
    applications, ministries, cases, messages = (parts.get(name) for name in SERVICES)
    application = applications.application if applications else None
    changes = applications.steps if applications else []
    deliveries = ministries.steps if ministries else []
    lines = [
        *_deliveries(application, changes, deliveries, ministries),
        *_cases(application, applications, cases),
        *_not_arrived(application, applications, ministries, cases),
        *(_change(application, step) for step in changes),
        *_corrections(application, changes, applications),
        *_messages(changes, messages),
    ]
    lines.sort(key=_begins_at)
    return Journey(
        tracking_number=tracking_number,
        application=application,
        lines=lines,
        dead_letters=[
            (name, letter) for name, part in parts.items() for letter in part.dead_letters
        ],
        gaps=[name for name in SERVICES if name not in parts and may_have_it(name, application)],
        notes=list(_notes(application, parts)),
        kept_days=messages.kept_days if messages else None,
        settled_kept_days=max((part.settled_kept_days for part in parts.values()), default=None),
        trace_ids=list(
            dict.fromkeys(step.trace_id for line in lines if (step := line.step) and step.trace_id)
        ),
    )


def _deliveries(
    application: JourneyApplication | None,
    changes: Sequence[JourneyStep],
    deliveries: Sequence[JourneyStep],
    part: JourneyPart | None,
) -> Iterator[Line]:
    """The way of each submission to its ministry, and its time there."""
    if part is None:
        return
    for place, delivery in enumerate(deliveries):
        earlier = [before for before in deliveries[:place] if before.party == delivery.party]
        before = earlier[-1] if earlier else None
        waits = [
            *_to_the_reader(application, delivery),
            *_to_the_ministry(delivery, before, part),
            *_at_the_ministry(changes, deliveries, place, part),
        ]
        # A former ministry is told of the withdrawal while the next one has the application.
        yield Line(delivery, "ministries", waits, counts=delivery.what != "withdrawn")


def _to_the_reader(application: JourneyApplication | None, delivery: JourneyStep) -> Iterator[Wait]:
    begins_at = delivery.happened_at
    released_at = application.waited_until if application else None
    if (
        released_at
        and begins_at
        and delivery.published_at
        and begins_at < released_at <= delivery.published_at + _SAME_MOMENT
    ):
        yield Wait("connection", "ministry", begins_at, released_at)
        begins_at = released_at
    yield Wait("outbox", "platform", begins_at, delivery.published_at)
    yield Wait("kafka", "platform", delivery.published_at, delivery.stored_at)


def _to_the_ministry(
    delivery: JourneyStep, before: JourneyStep | None, part: JourneyPart
) -> Iterator[Wait]:
    is_open = delivery.state == "open"
    begins_at = delivery.stored_at
    if (
        before
        and begins_at
        and (before.handed_over_at is None or before.handed_over_at > begins_at)
    ):
        still = part.read_at if before.handed_over_at is None and is_open else None
        yield Wait("earlier", "ministry", begins_at, before.handed_over_at, still)
        if before.handed_over_at is None:
            return
        begins_at = before.handed_over_at
    first, announced = delivery.first_tried_at, delivery.delay_announced_at
    is_away = announced is not None and (first is None or announced < first)
    still = part.read_at if first is None and is_open else None
    yield Wait("turn", "ministry" if is_away else "platform", begins_at, first, still)
    if first is None:
        return
    yield from _failed_before(delivery, first, part, "attempts", "ministry")
    tried_from = _tried_since(delivery, first)
    if delivery.sent_in_file_at and delivery.sent_in_file_at >= tried_from:
        yield Wait("file", "platform", tried_from, delivery.sent_in_file_at)
        tried_from = delivery.sent_in_file_at
    if delivery.state == "failed":
        yield Wait(
            "attempts", "ministry", tried_from, delivery.last_tried_at, None, delivery.attempts
        )
        yield Wait("operator", "platform", delivery.last_tried_at, None, part.read_at)
    else:
        still = part.read_at if is_open else None
        yield Wait(
            "attempts", "ministry", tried_from, delivery.handed_over_at, still, delivery.attempts
        )


def _tried_since(step: JourneyStep, first: datetime) -> datetime:
    """Since when it is tried for the last time: it may have been begun again by an operator."""
    return step.open_since if step.open_since and step.open_since > first else first


def _failed_before(
    step: JourneyStep, first: datetime, part: JourneyPart, name: WaitName, whose: Whose
) -> Iterator[Wait]:
    """The time before an operator let it be tried again, after it had failed for good."""
    again_at = _tried_since(step, first)
    if again_at == first:
        return
    letter = next((letter for letter in part.dead_letters if letter.step_id == step.step_id), None)
    failed_at = letter.first_seen_at if letter else step.earlier_handed_over_at
    yield Wait(name, whose, first, failed_at)
    yield Wait("operator", "platform", failed_at, again_at)


def _at_the_ministry(
    changes: Sequence[JourneyStep],
    deliveries: Sequence[JourneyStep],
    place: int,
    part: JourneyPart,
) -> Iterator[Wait]:
    """The time from a hand-over to the ministry's next word."""
    delivery = deliveries[place]
    if delivery.handed_over_at is None or delivery.what == "withdrawn":
        return
    later = next(
        (
            following
            for following in deliveries[place + 1 :]
            if following.handed_over_at and following.what != "withdrawn"
        ),
        None,
    )
    until = later.handed_over_at if later else None
    for change in changes:
        at = change.happened_at
        if at is None or at < delivery.handed_over_at - _SAME_MOMENT:
            continue
        if until and at >= until:
            break
        if change.what in _WORDS_OF_MINISTRIES | _ENDS:
            yield Wait("work", "ministry", delivery.handed_over_at, at)
            return
    lasts = until is None
    yield Wait("work", "ministry", delivery.handed_over_at, until, part.read_at if lasts else None)


def _not_arrived(
    application: JourneyApplication | None,
    applications: JourneyPart | None,
    ministries: JourneyPart | None,
    cases: JourneyPart | None,
) -> Iterator[Line]:
    """An application that neither its ministry's deliveries nor the desk's cases have."""
    if application is None or applications is None or ministries is None or ministries.steps:
        return
    if cases and cases.steps:
        return
    since, now = application.submitted_at, applications.read_at
    word = next(
        (change for change in applications.steps if change.what in _WORDS_OF_MINISTRIES | _ENDS),
        None,
    )
    begins_at = _with_office_since(application, applications)
    if begins_at:
        said_at = word.happened_at if word else None
        wait = Wait("work", "ministry", begins_at, said_at, None if said_at else now)
    elif word:
        return  # what handed it over is deleted
    elif application.waits_for:
        wait = Wait("connection", "ministry", since, None, now)
    else:
        wait = Wait(_where(applications, since), "platform", since, None, now)
    yield Line(None, "applications", [wait])


def _cases(
    application: JourneyApplication | None,
    applications: JourneyPart | None,
    part: JourneyPart | None,
) -> Iterator[Line]:
    """Yield how each submission came to the desk, and from each step on whose turn it was."""
    if part is None:
        return
    for place, step in enumerate(part.steps):
        following = part.steps[place + 1] if place + 1 < len(part.steps) else None
        waits: list[Wait] = []
        if step.what == "opened":
            waits += _to_the_reader(application, step)
        # The time of a correction is between two changes of the application.
        if step.waits_for and (step.state != "correction" or applications is None):
            name, whose = _TURNS.get(step.waits_for, ("office", "ministry"))
            begins_at = step.stored_at or step.happened_at
            until = following.happened_at if following else None
            waits.append(Wait(name, whose, begins_at, until, None if following else part.read_at))
        if application and following is None:
            waits += _from_the_desk(application, step, part)
        yield Line(step, "cases", waits)
    if application and applications and part.steps:
        yield from _to_the_desk(application, applications, part.steps[-1])


def _from_the_desk(
    application: JourneyApplication, step: JourneyStep, part: JourneyPart
) -> Iterator[Wait]:
    """A decision that the application does not have yet."""
    is_decided = step.waits_for is None and step.state not in {None, "withdrawn"}
    if is_decided and application.status in _OPEN and step.happened_at:
        yield Wait(_where(part, step.happened_at), "platform", step.happened_at, None, part.read_at)


def _to_the_desk(
    application: JourneyApplication, applications: JourneyPart, step: JourneyStep
) -> Iterator[Line]:
    """A correction, a withdrawal or a move that the desk does not have yet."""
    is_open = application.status in _OPEN
    awaited = None
    if step.state == "correction" and application.status == "with_ministry":
        awaited = "application_corrected"
    elif step.waits_for and application.status == "withdrawn":
        awaited = "application_withdrawn"
    elif step.state == "withdrawn" and is_open and application.adapter == "desk":
        awaited = "application_moved"
    sent = [
        change
        for change in applications.steps
        if change.what == awaited
        and change.happened_at
        and (step.happened_at is None or change.happened_at >= step.happened_at - _SAME_MOMENT)
    ]
    if sent and (since := sent[-1].happened_at):
        wait = Wait(_where(applications, since), "platform", since, None, applications.read_at)
        yield Line(sent[-1], "applications", [wait])


def _with_office_since(
    application: JourneyApplication, applications: JourneyPart
) -> datetime | None:
    """Since when somebody has it to whom nothing is delivered; None for a hosted ministry.

    A ministry's own adapter reads it itself; officers at the desk have it when they say so.
    """
    if application.adapter == "own":
        return application.submitted_at
    if application.adapter != "desk":
        return None
    return next(
        (step.happened_at for step in applications.steps if step.what == "application_received"),
        None,
    )


def _where(writer: JourneyPart, since: datetime) -> WaitName:
    """Where an event is that its reader does not have: events are published in order."""
    if writer.is_set_aside:
        return "arrival"
    oldest = writer.unpublished_since
    if oldest is None or oldest > since + _SAME_MOMENT:
        return "kafka"
    return "outbox" if oldest < since - _SAME_MOMENT else "arrival"


def _change(application: JourneyApplication | None, change: JourneyStep) -> Line:
    """The way of a ministry's word back; a change of our own has none."""
    if change.published_at is None:
        return Line(change, "applications", [])
    writer: Whose = "ministry" if application and application.adapter == "own" else "platform"
    waits = [
        Wait("outbox", writer, change.happened_at, change.published_at),
        Wait("kafka", "platform", change.published_at, change.stored_at),
    ]
    # The ministry works on while an acknowledgement is on its way.
    return Line(change, "applications", waits, counts=change.what in _WORDS_OF_MINISTRIES)


def _corrections(
    application: JourneyApplication | None,
    changes: Sequence[JourneyStep],
    part: JourneyPart | None,
) -> Iterator[Line]:
    """The times in which the citizen corrected."""
    if application is None or part is None:
        return
    for place, change in enumerate(changes):
        if change.what != "correction_requested":
            continue
        following = changes[place + 1 :]
        if any(later.what == "correction_requested" for later in following[:1]):
            continue  # asked again with another note; the time goes on
        end = next((later for later in following if later.what in _AFTER_CORRECTION), None)
        still = part.read_at if application.status == "correction_requested" else None
        begins_at = change.stored_at or change.happened_at
        wait = Wait(
            "correction",
            "citizen",
            begins_at,
            end.happened_at if end else None,
            None if end else still,
        )
        yield Line(change, "applications", [wait])


def _messages(changes: Sequence[JourneyStep], part: JourneyPart | None) -> Iterator[Line]:
    if part is None:
        return
    causes = {derived_id(change.step_id, "sms"): change for change in changes}
    for message in part.steps:
        cause = causes.get(message.step_id)
        # The event has the time of its cause; the change says when it was written.
        written_at = (cause.stored_at if cause else None) or message.happened_at
        waits = [
            Wait("outbox", "platform", written_at, message.published_at),
            Wait("kafka", "platform", message.published_at, message.stored_at),
            *_to_the_provider(message, part),
        ]
        yield Line(message, "notifications", waits, counts=False)


def _to_the_provider(message: JourneyStep, part: JourneyPart) -> Iterator[Wait]:
    is_queued, first = message.state == "queued", message.first_tried_at
    since = message.open_since or message.stored_at
    has_waited = first is None or (since is not None and since <= first)
    if since and message.stored_at and since > message.stored_at and has_waited:
        yield Wait("number", "citizen", message.stored_at, since)
    else:
        since = message.stored_at
    if message.state == "cancelled":
        yield Wait("first_answer", "ministry", since, message.changed_at)
        return
    is_without_number = is_queued and message.next_attempt_at is None
    name: WaitName = "turn"
    if is_without_number:
        name = "number"
    elif message.what == "submitted":
        name = "first_answer"
    whose: Mapping[str, Whose] = {"number": "citizen", "first_answer": "ministry"}
    still = part.read_at if is_queued and first is None else None
    yield Wait(name, whose.get(name, "platform"), since, first, still)
    if first is not None:
        yield from _at_the_provider(message, first, part)


def _at_the_provider(message: JourneyStep, first: datetime, part: JourneyPart) -> Iterator[Wait]:
    is_queued = message.state == "queued"
    yield from _failed_before(message, first, part, "provider", "provider")
    first = _tried_since(message, first)
    if message.state == "failed" and message.handed_over_at is None:
        yield Wait("provider", "provider", first, message.changed_at, None, message.attempts)
        yield Wait("operator", "platform", message.changed_at, None, part.read_at)
        return
    still = part.read_at if is_queued else None
    yield Wait("provider", "provider", first, message.handed_over_at, still, message.attempts)
    if message.handed_over_at:
        still = part.read_at if message.state == "sent" else None
        yield Wait("report", "provider", message.handed_over_at, message.reported_at, still)


def _notes(
    application: JourneyApplication | None, parts: Mapping[str, JourneyPart]
) -> Iterator[Note]:
    if "applications" in parts and application is None:
        yield "unknown"
        return
    if application is None:
        return
    if application.erased:
        yield "erased"
    if application.adapter == "own":
        yield "own_adapter"
    owner, messages = parts["applications"], parts.get("notifications")
    age = owner.read_at - application.submitted_at
    if messages and messages.kept_days is not None and age > timedelta(days=messages.kept_days):
        yield "messages_deleted"
    if age > timedelta(days=owner.settled_kept_days):
        yield "dead_letters_deleted"
    if any(change.stored_at is None for change in owner.steps):
        yield "old_times"


def _begins_at(line: Line) -> tuple[bool, datetime | None]:
    times = [wait.begins_at for wait in line.waits if wait.begins_at]
    if not times and line.step and line.step.happened_at:
        times = [line.step.happened_at]
    return (not times, min(times) if times else None)
