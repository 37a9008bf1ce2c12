"""A journey: every wait has its length and its owner, and nothing is shown that is not known."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.journeys import JourneyStep
from services.desk.journeys.journey import Journey, Line
from services.desk.journeys.rules import application_id_of, compose
from tests.services.desk.journeys.scenes import (
    APPLICATION,
    DELIVERY,
    NUMBER,
    TRACE,
    application,
    at,
    change,
    decided_parts,
    delivery,
    failed,
    message,
    opened,
    part,
    step,
    submitted,
)


def waits(line: Line) -> list[tuple[str, str, float | None]]:
    """What was waited for, whose time it was, and how long it took."""
    return [(wait.name, wait.whose, wait.seconds) for wait in line.waits]


def line_of(journey: Journey, what: str, kind: str = "") -> Line:
    """The line of a step; that with waits."""
    found = [
        line
        for line in journey.lines
        if line.step and line.step.what == what and kind in {"", line.step.kind}
    ]
    return max(found, key=lambda line: len(line.waits))


def last(line: Line) -> tuple[str, str, float | None, bool]:
    """The last wait, and whether it lasts."""
    wait = line.waits[-1]
    return wait.name, wait.whose, wait.seconds, wait.lasts


def test_every_wait_of_a_decided_application_is_there() -> None:
    """From the click to the network's report, each with its owner."""
    journey = compose(NUMBER, decided_parts())
    assert waits(line_of(journey, "submitted", "delivery")) == [
        ("outbox", "platform", 1),
        ("kafka", "platform", 1),
        ("turn", "platform", 1),
        ("attempts", "ministry", 1),
        ("work", "ministry", 96),
    ]
    assert waits(line_of(journey, "approved", "change")) == [
        ("outbox", "platform", 1),
        ("kafka", "platform", 1),
    ]
    assert waits(line_of(journey, "approved", "message")) == [
        ("outbox", "platform", 1),
        ("kafka", "platform", 1),
        ("turn", "platform", 1),
        ("provider", "provider", 2),
        ("report", "provider", 3),
    ]
    assert not journey.gaps
    assert not journey.notes
    assert journey.trace_ids == [TRACE]


def test_the_shares_are_those_of_the_way_and_not_of_messages_beside_it() -> None:
    """They add up to the time from the click to the stored decision."""
    shares = compose(NUMBER, decided_parts()).shares_s
    assert shares == {"platform": 5, "ministry": 97}
    assert sum(shares.values()) == 102


def test_what_happens_while_the_ministry_works_counts_once() -> None:
    """An acknowledgement on its way, and the withdrawal at a former ministry, are beside it."""
    received = change("application_received", 5, 6, 7, step_id=UUID(int=8))
    withdrawn = delivery(step_id=UUID(int=5), what="withdrawn", party="mohfw")
    changes = [submitted(), received, change("approved", 100, 101, 102)]
    journey = compose(NUMBER, decided_parts(None, changes, [delivery(), withdrawn]))
    assert sum(journey.shares_s.values()) == 102


def test_what_officers_at_the_desk_have_is_theirs_to_work_on() -> None:
    """Nothing is delivered to them; until they say that they have it, it is on its way."""
    ours = application(adapter="desk", status="submitted")
    received = change("application_received", 5, 6, 7, step_id=DELIVERY)
    approved = change("approved", 100, 101, 102)
    lapsed = change("lapsed", 100, 101, 102)
    for changes, expected in (
        ([submitted(), received, lapsed], ("work", "ministry", 95, False)),
        ([submitted()], ("kafka", "platform", 200, True)),
        ([submitted(), received], ("work", "ministry", 195, True)),
        ([submitted(), received, approved], ("work", "ministry", 95, False)),
    ):
        parts = {name: part(name) for name in ("ministries", "notifications")}
        parts["applications"] = part("applications", *changes, application=ours)
        found = [line for line in compose(NUMBER, parts).lines if line.step is None]
        assert [last(line) for line in found] == [expected]


def at_the_desk(
    changes: Sequence[JourneyStep], steps: Sequence[JourneyStep], **fields: Any
) -> Journey:
    """A journey of an application that officers at the desk have."""
    parts = {name: part(name) for name in ("ministries", "notifications")}
    ours = application(**{"adapter": "desk", "status": "with_ministry", **fields})
    parts["applications"] = part("applications", *changes, application=ours)
    parts["cases"] = part("cases", *steps)
    return compose(NUMBER, parts)


RECEIVED = change("application_received", 2, 3, 4, step_id=UUID(int=8))
ASKED = change("correction_requested", 20, 21, 22, step_id=UUID(int=9))
APPROVED = change("approved", 100, 101, 102)
ENDED = step("acted", 100, None, state="approved")


def test_a_case_says_whose_turn_it_was_at_each_step() -> None:
    """The waits add up to the time from the click to the stored decision."""
    steps = [
        opened(),
        step("acted", 20, "payment"),
        step("paid", 50, "time"),
        step("happened", 60, "citizen"),
        step("acted", 70, "others"),
        ENDED,
    ]
    journey = at_the_desk([submitted(), RECEIVED, APPROVED], steps, status="approved")
    lines = [line for line in journey.lines if line.service == "cases"]
    assert [waits(line) for line in lines] == [
        [("outbox", "platform", 1), ("kafka", "platform", 1), ("office", "ministry", 18)],
        [("payment", "citizen", 30)],
        [("day", "ministry", 10)],
        [("citizen", "citizen", 10)],
        [("office", "ministry", 30)],
        [],
    ]
    assert journey.shares_s == {"platform": 4, "ministry": 58, "citizen": 40}
    assert not [line for line in journey.lines if line.step is None]


def test_the_turn_of_now_lasts() -> None:
    """Until it was looked at."""
    journey = at_the_desk([submitted(), RECEIVED], [opened()])
    assert last(line_of(journey, "opened")) == ("office", "ministry", 198, True)


def test_a_correction_counts_once() -> None:
    """Between what the application knows of it; what is on its way to the desk is named."""
    asked = step("correction_asked", 20, "citizen", state="correction")
    now = at_the_desk(
        [submitted(), RECEIVED, ASKED], [opened(), asked], status="correction_requested"
    )
    assert waits(line_of(now, "correction_asked")) == []
    (lasting,) = [wait for line in now.lines for wait in line.waits if wait.lasts]
    assert (lasting.name, lasting.whose, lasting.seconds) == ("correction", "citizen", 178)
    corrected = change("application_corrected", 60, None, 60, step_id=UUID(int=10))
    sent = at_the_desk([submitted(), RECEIVED, ASKED, corrected], [opened(), asked])
    assert last(line_of(sent, "application_corrected")) == ("kafka", "platform", 140, True)


def test_what_the_desk_has_not_heard_is_named() -> None:
    """A withdrawal, or a submission that came back to it."""
    withdrawn = change("application_withdrawn", 60, None, 60, step_id=UUID(int=11))
    journey = at_the_desk([submitted(), RECEIVED, withdrawn], [opened()], status="withdrawn")
    assert last(line_of(journey, "application_withdrawn")) == ("kafka", "platform", 140, True)
    away = step("withdrawn", 30, None, state="withdrawn")
    back = change("application_moved", 60, None, 60, step_id=UUID(int=12))
    journey = at_the_desk([submitted(), RECEIVED, back], [opened(), away])
    assert last(line_of(journey, "application_moved")) == ("kafka", "platform", 140, True)


def test_a_decision_that_did_not_arrive_is_named() -> None:
    """It is not the officers' time any more."""
    journey = at_the_desk([submitted(), RECEIVED], [opened(), ENDED])
    assert last(line_of(journey, "acted")) == ("kafka", "platform", 100, True)


def test_only_what_may_be_at_the_desk_lacks_its_part() -> None:
    """Nobody tries again for the sake of a service that has nothing to say."""
    parts = decided_parts()
    del parts["cases"]
    assert not compose(NUMBER, parts).gaps
    for fields in ({"adapter": "desk"}, {"former_ministries": ["mohfw"]}):
        parts = decided_parts(fields)
        del parts["cases"]
        assert compose(NUMBER, parts).gaps == ["cases"]


@pytest.mark.parametrize("away", ["applications", "ministries", "notifications"])
def test_a_service_that_is_away_is_a_named_gap(away: str) -> None:
    """The rest is shown."""
    parts = decided_parts()
    del parts[away]
    journey = compose(NUMBER, parts)
    assert journey.gaps == [away]
    assert journey.lines
    assert application_id_of(parts) == APPLICATION


def test_nothing_is_said_of_an_unknown_number() -> None:
    """It is unknown only if the service that owns applications says so."""
    services = ("applications", "ministries", "notifications")
    journey = compose(NUMBER, {name: part(name) for name in services})
    assert (journey.notes, journey.lines, journey.application) == (["unknown"], [], None)
    journey = compose(NUMBER, {"ministries": part("ministries")})
    assert journey.notes == []


@pytest.mark.parametrize("skew_s", [2.0, 0.2])
def test_clocks_that_differ_show_no_negative_wait(skew_s: float) -> None:
    """The wait is not known, and it is said by how much the clocks differ at least."""
    late = delivery(published_at=at(2 + skew_s))
    journey = compose(NUMBER, decided_parts(deliveries=[late]))
    kafka = line_of(journey, "submitted", "delivery").waits[1]
    assert kafka.seconds is None
    assert journey.clocks_differ_s == pytest.approx(skew_s)
    every = [wait.seconds for line in journey.lines for wait in line.waits]
    assert all(seconds is None or seconds >= 0 for seconds in every)
    assert all(seconds >= 0 for seconds in journey.shares_s.values())


def test_a_difference_below_the_accuracy_of_clocks_is_no_difference() -> None:
    """Every platform would have it."""
    journey = compose(NUMBER, decided_parts(deliveries=[delivery(published_at=at(2.01))]))
    assert line_of(journey, "submitted", "delivery").waits[1].seconds == 0
    assert journey.clocks_differ_s == 0


def test_a_decision_two_seconds_before_its_hand_over_is_the_answer_to_it() -> None:
    """By the clocks; the time at the ministry is not known then."""
    early = [submitted(), change("approved", 2, 5, 6)]
    journey = compose(NUMBER, decided_parts(changes=early))
    assert last(line_of(journey, "submitted", "delivery")) == ("work", "ministry", None, False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("turn", "platform", 198, True)),
        ({"delay_announced_at": at(62)}, ("turn", "ministry", 198, True)),
        ({"first_tried_at": at(3), "attempts": 4}, ("attempts", "ministry", 197, True)),
        (
            {"first_tried_at": at(3), "last_tried_at": at(50), "state": "failed"},
            ("operator", "platform", 150, True),
        ),
        (
            {"first_tried_at": at(3), "sent_in_file_at": at(60)},
            ("attempts", "ministry", 140, True),
        ),
    ],
    ids=["not-tried", "announced", "tried", "failed", "in-a-file"],
)
def test_where_a_delivery_is_that_is_not_handed_over(fields: Any, expected: Any) -> None:
    """And whose time it is; the wait lasts until it was looked at."""
    waiting = delivery(
        **{"state": "open", "first_tried_at": None, "last_tried_at": None, "handed_over_at": None}
        | fields
    )
    parts = decided_parts({"status": "submitted"}, [submitted()], [waiting], [])
    assert last(line_of(compose(NUMBER, parts), "submitted", "delivery")) == expected


def test_an_open_application_is_at_its_ministry() -> None:
    """Since it was handed over."""
    parts = decided_parts({"status": "with_ministry"}, [submitted()], None, [])
    line = line_of(compose(NUMBER, parts), "submitted", "delivery")
    assert last(line) == ("work", "ministry", 196, True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("kafka", "platform")),
        ({"unpublished_since": at(-60)}, ("outbox", "platform")),
        ({"unpublished_since": at(60)}, ("kafka", "platform")),
        ({"unpublished_since": at(0.1)}, ("arrival", "platform")),
        ({"is_set_aside": True}, ("arrival", "platform")),
    ],
    ids=["published", "older-ones-wait", "younger-ones-wait", "same-moment", "set-aside"],
)
def test_where_a_submission_is_that_ministries_does_not_have(fields: Any, expected: Any) -> None:
    """Events are published in their order."""
    parts = decided_parts({"status": "submitted"}, [submitted()], [], [])
    parts["applications"] = parts["applications"].model_copy(update=fields)
    (line,) = [line for line in compose(NUMBER, parts).lines if line.step is None]
    assert last(line) == (*expected, 200, True)


def test_an_application_waits_for_the_connection_of_its_ministry() -> None:
    """That is nobody's fault on the way, and not ours."""
    waiting = {"status": "submitted", "adapter": "none_yet", "waits_for": "adapter"}
    parts = decided_parts(waiting, [submitted()], [], [])
    (line,) = [line for line in compose(NUMBER, parts).lines if line.step is None]
    assert last(line) == ("connection", "ministry", 200, True)
    released = delivery(published_at=at(90.5), stored_at=at(91), open_since=at(91))
    released = released.model_copy(update={"first_tried_at": at(92), "handed_over_at": at(93)})
    parts = decided_parts({"waited_until": at(90)}, None, [released])
    line = line_of(compose(NUMBER, parts), "submitted", "delivery")
    assert waits(line)[:2] == [("connection", "ministry", 90), ("outbox", "platform", 0.5)]


def test_what_a_ministrys_own_adapter_does_is_the_ministrys_time() -> None:
    """We know when it says something."""
    journey = compose(NUMBER, decided_parts({"adapter": "own"}, None, []))
    (line,) = [line for line in journey.lines if line.step is None]
    assert last(line) == ("work", "ministry", 100, False)
    assert waits(line_of(journey, "approved", "change"))[0] == ("outbox", "ministry", 1)
    assert "own_adapter" in journey.notes


def test_a_correction_is_the_citizens_time_and_each_hand_over_has_its_own_wait() -> None:
    """From the request to the corrected form; then the ministry has it again."""
    changes = [
        submitted(),
        change("correction_requested", 20, 21, 22, step_id=UUID(int=8)),
        change("application_corrected", 50, None, 50, step_id=UUID(int=9)),
        change("approved", 100, 101, 102),
    ]
    again = delivery(step_id=UUID(int=5), what="corrected", happened_at=at(50))
    times = ("published_at", "stored_at", "open_since", "first_tried_at", "handed_over_at")
    moved = {name: at(51 + place) for place, name in enumerate(times)}
    journey = compose(
        NUMBER, decided_parts(None, changes, [delivery(), again.model_copy(update=moved)])
    )
    assert last(line_of(journey, "submitted", "delivery")) == ("work", "ministry", 16, False)
    assert last(line_of(journey, "corrected")) == ("work", "ministry", 45, False)
    assert journey.shares_s["citizen"] == 28


def test_a_moved_application_is_no_longer_at_its_former_ministry() -> None:
    """It was there until the next one had it."""
    second = delivery(step_id=UUID(int=5), party="mohfw", handed_over_at=at(60))
    journey = compose(NUMBER, decided_parts(None, None, [delivery(), second]))
    assert [waits(line)[-1][2] for line in journey.lines if line.step and line.step.party] == [
        56,
        40,
        3,
    ]


def test_a_withdrawal_waits_behind_its_application() -> None:
    """At the same ministry."""
    withdrawn = delivery(
        step_id=UUID(int=5), what="withdrawn", state="open", handed_over_at=None,
        first_tried_at=None, last_tried_at=None,
    )  # fmt: skip
    ahead = delivery(state="open", handed_over_at=None)
    parts = decided_parts({"status": "withdrawn"}, [submitted()], [ahead, withdrawn], [])
    assert last(line_of(compose(NUMBER, parts), "withdrawn")) == ("earlier", "ministry", 198, True)


def test_what_failed_for_good_waited_for_an_operator() -> None:
    """Until it was begun again."""
    again = delivery(open_since=at(60), handed_over_at=at(65), attempts=3)
    parts = decided_parts(None, None, [again])
    letters = [failed(DELIVERY, 30)]
    parts["ministries"] = parts["ministries"].model_copy(update={"dead_letters": letters})
    journey = compose(NUMBER, parts)
    assert waits(line_of(journey, "submitted", "delivery"))[3:6] == [
        ("attempts", "ministry", 27),
        ("operator", "platform", 30),
        ("attempts", "ministry", 5),
    ]
    assert [(service, letter.dead_letter_id) for service, letter in journey.dead_letters] == [
        ("ministries", 7)
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "queued"}, ("number", "citizen", 96, True)),
        ({"state": "queued", "next_attempt_at": at(105)}, ("turn", "platform", 96, True)),
        (
            {"state": "queued", "first_tried_at": at(105), "next_attempt_at": at(300)},
            ("provider", "provider", 95, True),
        ),
        (
            {"state": "sent", "first_tried_at": at(105), "handed_over_at": at(107)},
            ("report", "provider", 93, True),
        ),
        (
            {"state": "failed", "first_tried_at": at(105), "changed_at": at(150)},
            ("operator", "platform", 50, True),
        ),
        (
            {"state": "cancelled", "what": "submitted", "changed_at": at(110)},
            ("first_answer", "ministry", 6, False),
        ),
        (
            {"state": "delivered", "first_tried_at": at(105), "reported_at": at(106)},
            ("provider", "provider", None, False),
        ),
    ],
    ids=["no-number", "queued", "tried", "sent", "failed", "cancelled", "report-was-quicker"],
)
def test_where_a_message_is(fields: Any, expected: Any) -> None:
    """And whose time it is."""
    nothing = dict.fromkeys(("first_tried_at", "last_tried_at", "handed_over_at", "reported_at"))
    parts = decided_parts(messages=[message(**{**nothing, "changed_at": None, **fields})])
    line = line_of(compose(NUMBER, parts), fields.get("what", "approved"), "message")
    assert last(line) == expected


def test_a_message_that_had_no_number_was_not_tried_by_us() -> None:
    """Until there was one, it was the citizen's time."""
    late = message(open_since=at(150), first_tried_at=at(151), handed_over_at=at(152))
    journey = compose(NUMBER, decided_parts(messages=[late]))
    assert waits(line_of(journey, "approved", "message"))[2:4] == [
        ("number", "citizen", 46),
        ("turn", "platform", 1),
    ]


def test_times_of_before_they_were_kept_are_not_known() -> None:
    """Nothing is made up for them, and it is said."""
    old = [submitted(stored_at=None), change("approved", 100, None, 102, stored_at=None)]
    before = {"happened_at": None, "published_at": None, "first_tried_at": None}
    journey = compose(NUMBER, decided_parts(None, old, [delivery(**before)], [message(**before)]))
    assert "old_times" in journey.notes
    assert waits(line_of(journey, "submitted", "delivery"))[:2] == [
        ("outbox", "platform", None),
        ("kafka", "platform", None),
    ]


@pytest.mark.parametrize(
    ("days", "notes"),
    [
        (37, []),
        (39, ["dead_letters_deleted"]),
        (91, ["messages_deleted", "dead_letters_deleted"]),
    ],
)
def test_it_is_said_what_was_deleted(days: int, notes: list[str]) -> None:
    """Settled dead letters after 38 days, and messages after 90."""
    parts = decided_parts()
    for name, known in parts.items():
        parts[name] = known.model_copy(update={"read_at": at(days * 86_400)})
    assert compose(NUMBER, parts).notes == notes


def test_an_erased_citizen_is_said() -> None:
    """The times are left."""
    journey = compose(NUMBER, decided_parts({"erased": True}, messages=[]))
    assert journey.notes == ["erased"]
    assert journey.lines
