"""Each single thing that is wrong with an application is found as what it is, and nothing else."""

import pytest

from libs.ids import new_id
from tests.tools.chaos.world import (
    FACTS,
    Edit,
    World,
    again,
    all_of,
    approved,
    change,
    drop,
    have,
    have_clicked,
    swap,
    withdrawn,
)

OTHER = str(new_id())


def untold(kind: str, template: str = "") -> Edit:
    """Have a fact in no topic and no timeline, and no SMS for it."""
    edits = [drop("records", kind), drop("timeline", kind)]
    return all_of(*edits, *([drop("messages", template)] if template else []))


def submitted_twice(world: World) -> None:
    """Have a click handled twice, with everything that follows from it."""
    for side in ("timeline", "records"):
        again(side, "application_submitted", event_id=OTHER)(world)
    world.tell("submitted", cause=OTHER)
    world.messages.insert(1, world.messages.pop())


WRONG: dict[str, tuple[Edit, list[str]]] = {
    # what the ministry has
    "hand-over missing": (drop("submissions", "lodged"), ["lost"]),
    "correction not handed over": (drop("submissions", "corrected"), ["lost"]),
    "hand-over twice": (again("submissions", "lodged"), ["ministry"]),
    "hand-over to another ministry": (
        change("submissions", "lodged", ministry="another"),
        ["ministry"],
    ),
    "hand-over of a wrong kind": (
        change("submissions", "corrected", kind="withdrawn"),
        ["lost", "lost", "ministry"],
    ),
    # what the citizen was told
    "a withdrawal that was accepted and is gone": (have_clicked(withdrawn=True), ["lost"]),
    "still open": (have(status="correction_requested"), ["stuck"]),
    # what the ministry decided
    "a decision turned round": (have(status="refused"), ["lost"]),
    "a decision of nobody": (drop("decisions", "approved"), ["effects"]),
    "a decision without effect": (
        all_of(untold("application_decided", "approved"), have(status="with_ministry")),
        ["lost", "stuck"],
    ),
    "a decision that nobody was told": (untold("application_decided", "approved"), ["lost"]),
    "a decision that its adapter did not tell": (drop("records", "ministry_decided"), ["lost"]),
    "a question that its adapter did not tell": (drop("records", "correction_asked"), ["lost"]),
    # what was published
    "a submission that was not published": (drop("records", "submission_lodged"), ["lost"]),
    "event missing in its topic": (drop("records", "application_received"), ["lost"]),
    "event missing in the timeline": (drop("timeline", "application_received"), ["effects"]),
    "news of an SMS missing in the timeline": (drop("timeline", "message_delivered"), ["lost"]),
    "news of an SMS that nobody told": (
        again("timeline", "message_delivered", event_id=OTHER),
        ["effects"],
    ),
    "a line twice in the timeline": (again("timeline", "message_delivered"), ["effects"]),
    "a submission told twice": (
        again("records", "submission_lodged", event_id=OTHER),
        ["effects"],
    ),
    "an event told twice": (
        again("records", "application_received", event_id=OTHER),
        ["effects"],
    ),
    "a click handled twice": (submitted_twice, ["effects"]),
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
    "facts swapped on both sides": (
        all_of(
            swap("records", "application_received", "application_decided"),
            swap("timeline", "application_received", "application_decided"),
        ),
        ["out_of_order"],
    ),
}


@pytest.mark.parametrize(("edit", "kinds"), WRONG.values(), ids=WRONG.keys())
def test_each_single_wrong_is_found_as_what_it_is(edit: Edit, kinds: list[str]) -> None:
    """One thing put wrong in a right world gives the finding of its kind, and no other."""
    world = approved()
    edit(world)
    assert world.kinds() == kinds, world.found()


WRONG_WITHDRAWAL: dict[str, tuple[Edit, list[str]]] = {
    "not handed over": (drop("submissions", "withdrawn"), ["lost"]),
    "handed over twice": (again("submissions", "withdrawn"), ["ministry"]),
    "not told to anybody": (
        all_of(
            have_clicked(withdrawn=False),
            untold("application_withdrawn", "withdrawn"),
            drop("submissions", "withdrawn"),
        ),
        ["lost"],
    ),
    "a correction that was accepted and is gone": (have_clicked(corrected=1), ["lost"]),
    "something after it": (
        lambda world: world.note(FACTS, "application_received"),
        ["out_of_order"],
    ),
    "told first": (swap("messages", "submitted", "withdrawn"), ["out_of_order"]),
    "published first": (
        swap("records", "submission_lodged", "submission_withdrawn"),
        ["out_of_order"],
    ),
}


@pytest.mark.parametrize(("edit", "kinds"), WRONG_WITHDRAWAL.values(), ids=WRONG_WITHDRAWAL.keys())
def test_each_single_wrong_of_a_withdrawal_is_found(edit: Edit, kinds: list[str]) -> None:
    """The same for an application that was withdrawn."""
    world = withdrawn()
    edit(world)
    assert world.kinds() == kinds, world.found()
