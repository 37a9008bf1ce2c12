"""Each single thing that is wrong with the SMS of an application is found as what it is."""

import pytest

from libs.ids import new_id
from tests.tools.chaos.world import (
    NEWS,
    Edit,
    World,
    again,
    all_of,
    approved,
    change,
    drop,
)

OTHER = str(new_id())


def told_of_nothing(world: World) -> None:
    """Have the first SMS there once more, under another reference and with news of its own."""
    world.tell("submitted", cause=OTHER)
    world.messages.insert(1, world.messages.pop())


def sent_again(world: World) -> None:
    """Have the news of an SMS told twice."""
    first = next(each for each in world.records if each.type == "message_sent")
    world.note(NEWS, "message_sent", **first.fields)


def nowhere(kind: str) -> Edit:
    """Have the news of an SMS in no topic and no timeline."""
    return all_of(drop("records", kind), drop("timeline", kind))


WRONG: dict[str, tuple[Edit, list[str]]] = {
    "SMS missing": (drop("messages", "approved"), ["lost"]),
    "SMS twice under one reference": (again("messages", "submitted"), ["sms"]),
    "SMS twice under two": (told_of_nothing, ["sms"]),
    "SMS to somebody else": (change("messages", "approved", to="+8801700000002"), ["sms"]),
    "one missing and another one twice": (
        all_of(drop("messages", "approved"), told_of_nothing),
        ["lost", "sms"],
    ),
    "delivery report missing": (
        all_of(
            change("messages", "submitted", reported_at=None),
            nowhere("message_delivered"),
        ),
        ["stuck"],
    ),
    "delivery report that was taken over and is gone": (nowhere("message_delivered"), ["lost"]),
    "SMS that was never told to be sent": (nowhere("message_sent"), ["lost"]),
    "SMS told twice to be sent": (sent_again, ["effects"]),
}


@pytest.mark.parametrize(("edit", "kinds"), WRONG.values(), ids=WRONG.keys())
def test_each_single_wrong_is_found_as_what_it_is(edit: Edit, kinds: list[str]) -> None:
    """One thing put wrong in a right world gives the finding of its kind, and no other."""
    world = approved()
    edit(world)
    assert world.kinds() == kinds, world.found()


def test_an_sms_that_failed_for_good_is_reported_too() -> None:
    """The operator said so, and the citizen's timeline has it: nothing is lost."""
    world = approved()
    for side in ("records", "timeline"):
        change(side, "message_delivered", type="message_failed")(world)
    assert world.found() == []
