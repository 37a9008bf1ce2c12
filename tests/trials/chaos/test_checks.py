"""The checks find nothing in a right world, and each single thing that is wrong in a wrong one."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.ids import new_id
from services.trials.chaos import checks
from services.trials.chaos.cases import Case
from services.trials.store import Letter
from tests.trials.chaos.world import (
    FACTS,
    MINISTRIES,
    NEWS,
    SUBMISSIONS,
    Edit,
    World,
    again,
    approved,
    change,
    click,
    decided,
    drop,
    have,
    have_clicked,
    seen,
    swap,
    withdrawn,
)

OTHER = str(new_id())
KEY = b"0198a5af-11aa-7b31-8c55-0a1b2c3d4e5f"


@pytest.mark.parametrize("story", [approved, withdrawn])
def test_a_right_world_has_no_finding(story: Callable[[], World]) -> None:
    """What went well on every side is no reason to complain."""
    assert story().found() == []


HARMLESS: dict[str, tuple[Callable[[], World], Edit]] = {
    "a relay that was cut off writes the same event again": (
        approved,
        again("records", "application_decided"),
    ),
    "the ministry decides what was withdrawn before it heard of that": (withdrawn, decided),
    "an outage that is told late": (
        approved,
        lambda world: world.publish(MINISTRIES, "ministry_unreachable"),
    ),
    "records of others stand in the same topics": (
        approved,
        lambda world: world.records.append(seen(FACTS, "application_decided", OTHER)),
    ),
    "an empty count waits for nothing": (approved, have(waiting={"deliveries": 0})),
}


@pytest.mark.parametrize(("story", "edit"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_the_promises_allow_is_no_finding(story: Callable[[], World], edit: Edit) -> None:
    """At least once on the wire, and a decision that crossed a withdrawal, are no faults."""
    world = story()
    edit(world)
    assert world.found() == []


def undecided(world: World) -> None:
    """Have the decision of the ministry without any effect."""
    for side in ("timeline", "records"):
        drop(side, "application_decided")(world)
    drop("messages", "approved")(world)
    world.status = "with_ministry"


def submitted_twice(world: World) -> None:
    """Have a click handled twice, with everything that follows from it."""
    for side in ("timeline", "records"):
        again(side, "application_submitted", event_id=OTHER)(world)
    again("messages", "submitted", reference=OTHER)(world)


WRONG: dict[str, tuple[Edit, list[str]]] = {
    # what the ministry has
    "hand-over missing": (drop("submissions", "lodged"), ["lost"]),
    "correction not handed over": (drop("submissions", "corrected"), ["lost"]),
    "hand-over twice": (again("submissions", "lodged"), ["ministry"]),
    "hand-over of a wrong kind": (
        change("submissions", "corrected", kind="withdrawn"),
        ["lost", "ministry"],
    ),
    "hand-over of what does not exist": (have(ghosts={OTHER}), ["ministry"]),
    # what the citizen was told
    "a click without an answer": (
        have(others=[click(tracking_number="", application_id="")]),
        ["lost"],
    ),
    "a withdrawal that was accepted and is gone": (
        have_clicked(withdrawn=True),
        ["lost"],
    ),
    "two applications of one click": (have(surplus={OTHER}), ["effects"]),
    "still open": (have(status="correction_requested"), ["stuck"]),
    # what the ministry decided
    "a decision without effect": (undecided, ["stuck"]),
    "a decision turned round": (have(status="refused"), ["lost"]),
    "a decision of nobody": (drop("decisions", "approved"), ["effects"]),
    "a decision that was refused at our door": (have(refused=1), ["lost"]),
    # what was sent
    "SMS missing": (drop("messages", "approved"), ["lost"]),
    "SMS twice under one reference": (again("messages", "submitted"), ["sms"]),
    "SMS twice under two": (again("messages", "submitted", reference=OTHER), ["sms"]),
    "delivery report missing": (change("messages", "approved", reported_at=None), ["stuck"]),
    # what was published
    "event missing in its topic": (drop("records", "application_received"), ["lost"]),
    "event missing in the timeline": (drop("timeline", "application_received"), ["effects"]),
    "news of an SMS missing in the timeline": (drop("timeline", "message_delivered"), ["lost"]),
    "a submission told twice": (
        again("records", "submission_lodged", event_id=OTHER),
        ["effects"],
    ),
    "an event told twice": (
        again("records", "application_received", event_id=OTHER),
        ["effects"],
    ),
    "a click handled twice": (submitted_twice, ["effects"]),
    "news of one SMS told twice": (
        lambda world: world.note(NEWS, "message_sent", **world.records[1].fields),
        ["effects"],
    ),
    # in which order
    "hand-overs swapped": (swap("submissions", "lodged", "corrected"), ["out_of_order"]),
    "SMS swapped": (swap("messages", "submitted", "approved"), ["out_of_order"]),
    "submissions swapped": (
        swap("records", "submission_lodged", "submission_corrected"),
        ["out_of_order"],
    ),
    "words of the ministry swapped": (
        swap("records", "ministry_received", "correction_asked"),
        ["out_of_order"],
    ),
    "timeline swapped": (
        swap("timeline", "application_received", "correction_requested"),
        ["out_of_order"],
    ),
    "facts swapped against the timeline": (
        swap("records", "application_received", "application_decided"),
        ["out_of_order", "out_of_order"],
    ),
    # how it was read
    "a dead letter": (
        have(letters={"applications": [Letter(1, FACTS, "defect.KeyError", "", KEY)]}),
        ["unexplained_dead_letters"],
    ),
    "a dead letter without a key": (
        have(letters={"ministries": [Letter(1, FACTS, "unreadable.not_json", "", None)]}),
        ["unexplained_dead_letters"],
    ),
    "an event not read yet": (
        have(unhandled=[("notifications", seen(FACTS, "application_decided", OTHER), False)]),
        ["stuck"],
    ),
    "an event passed over": (
        have(unhandled=[("notifications", seen(FACTS, "application_decided", OTHER), True)]),
        ["lost"],
    ),
    "still waiting": (have(waiting={"deliveries": 2, "messages": 0}), ["stuck", "stuck"]),
}


@pytest.mark.parametrize(("edit", "kinds"), WRONG.values(), ids=WRONG.keys())
def test_each_single_wrong_is_found_as_what_it_is(edit: Edit, kinds: list[str]) -> None:
    """One thing put wrong in a right world gives the finding of its kind, and no other."""
    world = approved()
    edit(world)
    assert world.kinds() == kinds, world.found()


WRONG_WITHDRAWAL: dict[str, tuple[Edit, list[str]]] = {
    "withdrawal not handed over": (drop("submissions", "withdrawn"), ["lost"]),
    "withdrawal handed over twice": (again("submissions", "withdrawn"), ["ministry"]),
    "a correction that was accepted and is gone": (
        have_clicked(corrected=1),
        ["lost"],
    ),
    "something after the withdrawal": (
        lambda world: world.note(FACTS, "application_received"),
        ["out_of_order"],
    ),
    "the withdrawal told first": (swap("messages", "submitted", "withdrawn"), ["out_of_order"]),
    "the submission withdrawn first": (
        swap("records", "submission_lodged", "submission_withdrawn"),
        ["out_of_order"],
    ),
}


@pytest.mark.parametrize(("edit", "kinds"), WRONG_WITHDRAWAL.values(), ids=WRONG_WITHDRAWAL.keys())
def test_each_wrong_of_a_withdrawal_is_found(edit: Edit, kinds: list[str]) -> None:
    """The same for an application that was withdrawn."""
    world = withdrawn()
    edit(world)
    assert world.kinds() == kinds, world.found()


def test_an_application_that_is_not_shown_is_lost() -> None:
    """Who was given a tracking number finds the application under it."""
    assert list(checks.answers(Case(click()))) == [("lost", "it is not shown")]


def test_a_finding_names_the_application_and_nothing_of_its_content() -> None:
    """Whoever looks into it finds the application by its id; no number of the citizen is there."""
    world = approved()
    drop("messages", "approved")(world)
    ((_, why),) = world.found()
    assert why.startswith(f"{UUID(world.click.application_id)}: ")
    assert world.click.tracking_number not in why


def test_a_record_that_was_passed_over_is_named_by_its_place() -> None:
    """Topic, partition and offset, so that it can be looked at."""
    world = approved()
    passed = seen(SUBMISSIONS, "submission_lodged", OTHER, offset=7)
    world.unhandled = [("ministries", passed, True)]
    ((_, why),) = world.found()
    assert f"{SUBMISSIONS}/0@7" in why
    assert "ministries" in why


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(WRONG)), max_size=4, unique=True))
def test_every_finding_is_counted_under_its_kind(names: list[str]) -> None:
    """The totals are the findings, neither more nor fewer."""
    world = approved()
    found = [finding for name in names for finding in _alone(name)] + world.found()
    counted = checks.totals(found)
    assert sum(counted.values()) == len(found)
    assert all(counted[wrong] == [each for each, _ in found].count(wrong) for wrong in counted)


def _alone(name: str) -> list[checks.Finding]:
    world = approved()
    WRONG[name][0](world)
    return world.found()
