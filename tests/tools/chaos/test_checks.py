"""Every kind of loss, duplicate, disorder and blockage is found, as what it is and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from libs.bangladesh.text import bangla_digits
from libs.ids import new_id
from tests.tools.chaos.observed_run import (
    Edit,
    ObservedRun,
    all_of,
    approved,
    change,
    click,
    decided,
    decided_at_once,
    drop,
    helped,
    name_of,
    repeat,
    seen,
    set_click,
    set_fields,
    swap,
    withdrawn,
    worked_at_a_desk,
)
from tools.chaos.applications import (
    APPLICATIONS,
    MINISTRIES,
    SUBMISSIONS,
    in_order,
    observe,
    without_repetitions,
)
from tools.chaos.checks import examine, totals
from tools.chaos.queries import DeadLetter

OTHER = str(new_id())
KEY = b"0198a5af-11aa-7b31-8c55-0a1b2c3d4e5f"


def unpublished(kind: str, template: str = "") -> Edit:
    """Remove an event from its topic and the timeline, and its SMS."""
    edits = [drop("records", kind), drop("timeline", kind)]
    of_sms = [drop("messages", template), drop("shown_messages", template)] if template else []
    return all_of(*edits, *of_sms)


def never_sent(template: str) -> Edit:
    """Lose an SMS before the provider has it."""
    return all_of(drop("messages", template), change("shown_messages", template, state="queued"))


def submitted_twice(run: ObservedRun) -> None:
    """Handle a click twice, with all consequences."""
    for side in ("timeline", "records"):
        repeat(side, "application_submitted", event_id=OTHER)(run)
    sms_without_event(run)


def sms_without_event(run: ObservedRun) -> None:
    """Send the first SMS once more, under another reference."""
    run.notify("submitted", cause=OTHER)
    run.messages.insert(1, run.messages.pop())


def failed_twice(run: ObservedRun) -> None:
    """Publish twice that an SMS failed."""
    for _ in range(2):
        run.fail("approved")


@pytest.mark.parametrize("made", [approved, decided_at_once, withdrawn, helped, worked_at_a_desk])
def test_a_correct_run_has_no_finding(made: Callable[[], ObservedRun]) -> None:
    """Everything came through once, in order, on every side."""
    assert made().found() == []


HARMLESS: dict[str, tuple[Callable[[], ObservedRun], Edit]] = {
    "an interrupted relay writes an event again": (
        approved,
        repeat("records", "application_decided"),
    ),
    "a decision that crosses a withdrawal": (withdrawn, decided),
    "an outage that is announced late": (
        approved,
        lambda run: run.publish(MINISTRIES, "ministry_unreachable"),
    ),
    "records of other applications in the same topics": (
        approved,
        lambda run: run.records.append(seen(APPLICATIONS, "application_decided", OTHER)),
    ),
    "a backlog of zero": (approved, set_fields(backlog={"deliveries": 0})),
}


@pytest.mark.parametrize(("made", "edit"), HARMLESS.values(), ids=HARMLESS.keys())
def test_what_the_promises_allow_is_no_finding(made: Callable[[], ObservedRun], edit: Edit) -> None:
    """Records are written at least once, and a decision may cross a withdrawal."""
    run = made()
    edit(run)
    assert run.found() == []


RUN: dict[str, tuple[Edit, list[str]]] = {
    "a click without an answer": (
        set_fields(others=[click(tracking_number="", application_id="")]),
        ["lost"],
    ),
    "two clicks that were given one application": (
        lambda run: run.others.append(run.click),
        ["lost"],
    ),
    "two applications of one click": (set_fields(unwanted={OTHER}), ["effects"]),
    "an application that is not shown": (set_fields(status=None), ["lost"]),
    "a hand-over of what does not exist": (set_fields(unknown={OTHER}), ["ministry"]),
    "a callback that was refused": (set_fields(callbacks_refused=1), ["lost"]),
    "a dead letter": (
        set_fields(
            dead_letters={"applications": [DeadLetter(1, APPLICATIONS, "defect.KeyError", "", KEY)]}
        ),
        ["unexplained_dead_letters"],
    ),
    "a dead letter without a key": (
        set_fields(
            dead_letters={
                "ministries": [DeadLetter(1, APPLICATIONS, "unreadable.not_json", "", None)]
            }
        ),
        ["unexplained_dead_letters"],
    ),
    "an event not read yet": (
        set_fields(
            unhandled=[("notifications", seen(APPLICATIONS, "application_decided", OTHER), False)]
        ),
        ["stuck"],
    ),
    "an event skipped": (
        set_fields(
            unhandled=[("notifications", seen(APPLICATIONS, "application_decided", OTHER), True)]
        ),
        ["lost"],
    ),
    "two that still wait": (
        set_fields(backlog={"deliveries": 2, "messages": 0}),
        ["stuck", "stuck"],
    ),
}


APPLICATION: dict[str, tuple[Edit, list[str]]] = {
    # what the ministry has
    "hand-over missing": (drop("submissions", "submitted"), ["lost"]),
    "correction not handed over": (drop("submissions", "corrected"), ["lost"]),
    "hand-over twice": (repeat("submissions", "submitted"), ["ministry"]),
    "hand-over to another ministry": (
        change("submissions", "submitted", ministry="another"),
        ["ministry"],
    ),
    "hand-over of a wrong kind": (
        change("submissions", "corrected", kind="withdrawn"),
        ["lost", "lost", "ministry"],
    ),
    # what the citizen was answered
    "a withdrawal that was accepted and is gone": (set_click(withdrawn=True), ["lost"]),
    "still open": (set_fields(status="correction_requested"), ["stuck"]),
    # what the ministry decided
    "another decision": (set_fields(status="refused"), ["lost"]),
    "a decision that no ministry made": (drop("decisions", "approved"), ["effects"]),
    "a decision without effect": (
        all_of(unpublished("application_decided", "approved"), set_fields(status="with_ministry")),
        ["lost", "stuck"],
    ),
    "a decision that was not announced": (unpublished("application_decided", "approved"), ["lost"]),
    "a decision that was not published": (drop("records", "ministry_decided"), ["lost"]),
    "a correction request that was not published": (drop("records", "correction_asked"), ["lost"]),
    # what was published
    "a submission that was not published": (drop("records", "submission_made"), ["lost"]),
    "event missing in its topic": (drop("records", "application_received"), ["lost"]),
    "event missing in the timeline": (drop("timeline", "application_received"), ["effects"]),
    "a failure missing in the timeline": (
        all_of(lambda run: run.fail("approved"), drop("timeline", "message_failed")),
        ["lost"],
    ),
    "a failure in the timeline that was not published": (
        all_of(
            lambda run: run.fail("approved"),
            repeat("timeline", "message_failed", event_id=OTHER),
        ),
        ["effects"],
    ),
    "a line twice in the timeline": (
        all_of(lambda run: run.fail("approved"), repeat("timeline", "message_failed")),
        ["effects"],
    ),
    "a submission published twice": (
        repeat("records", "submission_made", event_id=OTHER),
        ["effects"],
    ),
    "an event published twice": (
        repeat("records", "application_received", event_id=OTHER),
        ["effects"],
    ),
    "a click handled twice": (submitted_twice, ["effects"]),
    # in which order
    "hand-overs swapped": (swap("submissions", "submitted", "corrected"), ["out_of_order"]),
    "SMS swapped": (swap("messages", "submitted", "approved"), ["out_of_order"]),
    "submissions swapped": (
        swap("records", "submission_made", "submission_corrected"),
        ["out_of_order"],
    ),
    "events of the ministry swapped": (
        swap("records", "ministry_received", "correction_asked"),
        ["out_of_order"],
    ),
    "timeline swapped": (
        swap("timeline", "application_received", "correction_requested"),
        ["out_of_order"],
    ),
    "events swapped in topic and timeline": (
        all_of(
            swap("records", "application_received", "application_decided"),
            swap("timeline", "application_received", "application_decided"),
        ),
        ["out_of_order"],
    ),
}


MESSAGES: dict[str, tuple[Edit, list[str]]] = {
    "SMS missing": (never_sent("approved"), ["lost"]),
    "SMS missing that is shown as delivered": (
        drop("messages", "approved"),
        ["effects", "lost"],
    ),
    "SMS that is not shown": (drop("shown_messages", "approved"), ["lost"]),
    "SMS twice under one reference": (repeat("messages", "submitted"), ["sms"]),
    "SMS twice under two": (sms_without_event, ["sms"]),
    "SMS to another phone": (change("messages", "approved", to="+8801700000002"), ["sms"]),
    "one missing and another one twice": (
        all_of(never_sent("approved"), sms_without_event),
        ["lost", "sms"],
    ),
    "delivery report missing": (
        all_of(
            change("messages", "submitted", reported_at=None),
            change("shown_messages", "submitted", state="sent"),
        ),
        ["stuck"],
    ),
    "delivery report that was taken over and is gone": (
        change("shown_messages", "approved", state="sent"),
        ["lost"],
    ),
    "failure that was not published": (
        change("shown_messages", "approved", state="failed"),
        ["lost"],
    ),
    "failure of a message that is shown as delivered": (
        all_of(
            lambda run: run.fail("approved"),
            change("shown_messages", "approved", state="delivered"),
        ),
        ["effects"],
    ),
    "SMS with two failures": (failed_twice, ["effects"]),
}


WRONG = RUN | APPLICATION | MESSAGES


@pytest.mark.parametrize(("edit", "kinds"), WRONG.values(), ids=WRONG.keys())
def test_a_single_fault_is_found_as_what_it_is(edit: Edit, kinds: list[str]) -> None:
    """One fault in a correct run has the findings of its kind and no others."""
    run = approved()
    edit(run)
    assert run.kinds() == kinds, run.found()
    assert sum(totals(run.found()).values()) == len(kinds)


WITHDRAWAL: dict[str, tuple[Edit, list[str]]] = {
    "not handed over": (drop("submissions", "withdrawn"), ["lost"]),
    "handed over twice": (repeat("submissions", "withdrawn"), ["ministry"]),
    "not announced": (
        all_of(
            set_click(withdrawn=False),
            unpublished("application_withdrawn", "withdrawn"),
            drop("submissions", "withdrawn"),
        ),
        ["lost"],
    ),
    "a correction that was accepted and is gone": (set_click(corrected=1), ["lost"]),
    "something after it": (
        lambda run: run.note(APPLICATIONS, "application_received"),
        ["out_of_order"],
    ),
    "notified first": (swap("messages", "submitted", "withdrawn"), ["out_of_order"]),
    "published first": (
        swap("records", "submission_made", "submission_withdrawn"),
        ["out_of_order"],
    ),
}


@pytest.mark.parametrize(("edit", "kinds"), WITHDRAWAL.values(), ids=WITHDRAWAL.keys())
def test_a_single_fault_of_a_withdrawal_is_found_as_what_it_is(
    edit: Edit, kinds: list[str]
) -> None:
    """The same for an application that was withdrawn."""
    run = withdrawn()
    edit(run)
    assert run.kinds() == kinds, run.found()


HELPED: dict[str, tuple[Edit, list[str]]] = {
    "a mandate that was used twice": (set_click(uses=2), ["effects"]),
    "no notice of a use": (drop("messages", "mandate_notice"), ["lost"]),
    "two notices of a use": (lambda run: run.receive_mandate_notice(), ["sms"]),
    "a notice of a use to somebody else": (change("messages", "mandate_notice", to=OTHER), ["sms"]),
    "no consent at the ministry": (set_click(mandate_id=""), ["lost", "sms"]),
}


@pytest.mark.parametrize(("edit", "kinds"), HELPED.values(), ids=HELPED.keys())
def test_a_single_fault_of_an_assisted_application_is_found_as_what_it_is(
    edit: Edit, kinds: list[str]
) -> None:
    """The same for an application that an uddokta sent."""
    run = helped()
    edit(run)
    assert run.kinds() == kinds, run.found()


AT_A_DESK: dict[str, tuple[Edit, list[str]]] = {
    "a case that no officer saw": (drop("submissions", "submitted"), ["lost"]),
    "a second case": (repeat("submissions", "submitted", case_id=OTHER), ["ministry", "ministry"]),
    "a case of no submission": (change("submissions", "submitted", case_id=OTHER), ["ministry"]),
    "a decision that no officer made": (drop("decisions", "approved"), ["effects"]),
    "no SMS that it is her turn": (drop("messages", "your_turn"), ["effects", "lost"]),
    "a granted paper that is not issued": (drop("records", "paper_issued"), ["lost"]),
    "a paper that nobody granted": (drop("records", "paper_granted"), ["effects"]),
    "a decision of officers that is not told": (
        set_fields(status="withdrawn"),
        ["lost", "lost"],
    ),
    "a case that is not as its history": (
        set_fields(histories=[f"{OTHER} is not as its history", "9 compared, 1 differ"]),
        ["effects"],
    ),
    "cases that were not compared": (set_fields(histories=["0 compared, 0 differ"]), ["lost"]),
}


@pytest.mark.parametrize(("edit", "kinds"), AT_A_DESK.values(), ids=AT_A_DESK.keys())
def test_a_single_fault_of_an_application_at_a_desk_is_found_as_what_it_is(
    edit: Edit, kinds: list[str]
) -> None:
    """The same for an application on which officers work here."""
    run = worked_at_a_desk()
    edit(run)
    assert run.kinds() == kinds, run.found()


SIDES = ("submissions", "decisions", "messages", "shown_messages", "timeline", "records")


@pytest.mark.parametrize("made", [approved, withdrawn])
@pytest.mark.parametrize("side", SIDES)
def test_every_row_that_is_missing_on_one_side_is_found(
    made: Callable[[], ObservedRun], side: str
) -> None:
    """Every row in turn is removed from a correct run; the other sides still have it."""
    for place in range(len(getattr(made(), side))):
        run = made()
        gone = name_of(getattr(run, side).pop(place))
        assert run.found(), (side, place, gone)


def test_a_message_that_failed_for_good_counts_as_reported() -> None:
    """The provider reported so, and the timeline has it."""
    run = approved()
    run.fail("approved")
    assert run.found() == []


def test_only_a_confirmation_may_be_replaced() -> None:
    """A later message says the same; without one the citizen has no proof."""
    run = decided_at_once()
    drop("messages", "approved")(run)
    drop("shown_messages", "approved")(run)
    assert run.kinds() == ["lost"]
    alone = ObservedRun(status="approved")
    alone.note(APPLICATIONS, "application_submitted")
    assert ("lost", "no SMS for application_submitted") in [
        (wrong, why.partition(": ")[2]) for wrong, why in alone.found()
    ]


def test_messages_in_bangla_digits_belong_to_their_application() -> None:
    """Citizens get Bangla messages, tracking number included."""
    run = approved()
    for row in run.messages:
        row["text"] = bangla_digits(row["text"])
    assert run.found() == []


def test_a_finding_names_the_application_and_nothing_of_its_content() -> None:
    """The id leads to the application; no phone and no tracking number is printed."""
    run = approved()
    never_sent("approved")(run)
    ((_, why),) = run.found()
    assert why.startswith(f"{UUID(run.click.application_id)}: ")
    assert run.click.tracking_number not in why


def test_a_skipped_record_is_named_by_its_place() -> None:
    """Topic, partition and offset lead to the record."""
    run = approved()
    skipped = seen(SUBMISSIONS, "submission_made", OTHER, offset=7)
    run.unhandled = [("ministries", skipped, True)]
    ((_, why),) = run.found()
    assert f"{SUBMISSIONS}/0@7" in why
    assert "ministries" in why


def test_two_applications_are_kept_apart() -> None:
    """A fault of one is not found at the other."""
    one, other = approved(), approved()
    never_sent("approved")(other)
    evidence = one.evidence()
    for side in ("submissions", "decisions"):
        evidence.ledger.add(side, getattr(other, side))
    rows = [row | {"n": 100 + n} for n, row in enumerate(other.messages)]
    evidence.ledger.add("messages", rows)
    evidence.records += other.records
    evidence.views |= other.evidence().views
    found = examine([one.click, other.click], evidence)
    assert [why.partition(":")[0] for _, why in found] == [other.click.application_id]


def test_an_event_counts_at_its_first_place() -> None:
    """Repetitions under one id are dropped; the same id in two topics is two events."""
    first, second = seen(APPLICATIONS, "a", "key"), seen(APPLICATIONS, "b", "key")
    elsewhere = replace(first, topic=MINISTRIES)
    records = [first, second, first, elsewhere, second]
    assert list(without_repetitions(records)) == [first, second, elsewhere]


def test_events_of_a_key_that_changed_its_partition_are_in_order() -> None:
    """The reader had the new partition first; within one, a later time does not sort anything."""
    old = [replace(seen(APPLICATIONS, kind, "key"), written_at_ms=5) for kind in ("a", "b")]
    late = replace(seen(APPLICATIONS, "c", "key"), written_at_ms=3)
    new = replace(seen(APPLICATIONS, "d", "key"), written_at_ms=9, place=(APPLICATIONS, 7))
    assert in_order([new, *old, late]) == [*old, late, new]


def test_a_click_without_an_answer_is_not_observed() -> None:
    """It has no id; that it has no answer is the finding."""
    unanswered = click(tracking_number="", application_id="")
    assert observe([unanswered], approved().evidence()) == []
