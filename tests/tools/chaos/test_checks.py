"""A right world has no finding; what is wrong with the whole of a run has the one of its kind."""

from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.chaos.cases import Finding
from tools.demo.span_store import Letter

from libs.ids import new_id
from tests.tools.chaos.world import (
    FACTS,
    MINISTRIES,
    SUBMISSIONS,
    Edit,
    World,
    again,
    approved,
    click,
    decided,
    drop,
    have,
    name_of,
    seen,
    withdrawn,
)
from tools.chaos.checks import totals

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


WRONG: dict[str, tuple[Edit, list[str]]] = {
    "a click without an answer": (
        have(others=[click(tracking_number="", application_id="")]),
        ["lost"],
    ),
    "two clicks that were given one application": (
        lambda world: world.others.append(world.click),
        ["lost"],
    ),
    "two applications of one click": (have(surplus={OTHER}), ["effects"]),
    "an application that is not shown": (have(status=None), ["lost"]),
    "a hand-over of what does not exist": (have(ghosts={OTHER}), ["ministry"]),
    "a decision that was refused at our door": (have(refused=1), ["lost"]),
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
    "two that still wait": (have(waiting={"deliveries": 2, "messages": 0}), ["stuck", "stuck"]),
}


@pytest.mark.parametrize(("edit", "kinds"), WRONG.values(), ids=WRONG.keys())
def test_each_wrong_of_a_run_is_found_as_what_it_is(edit: Edit, kinds: list[str]) -> None:
    """One thing put wrong beside a right application gives the finding of its kind, no other."""
    world = approved()
    edit(world)
    assert world.kinds() == kinds, world.found()


SIDES = ("submissions", "decisions", "messages", "timeline", "records")
UNMISSED = {"ministry_received"}
"""Of several receipts one is enough: the later ones tell the citizen nothing."""


@pytest.mark.parametrize("story", [approved, withdrawn])
@pytest.mark.parametrize("side", SIDES)
def test_whatever_is_missing_on_one_side_alone_is_missed(
    story: Callable[[], World], side: str
) -> None:
    """Row by row: each is taken away from a right world, and the others tell of it."""
    for place in range(len(getattr(story(), side))):
        world = story()
        gone = name_of(getattr(world, side).pop(place))
        assert world.found() or gone in UNMISSED, (side, place, gone)


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
@given(st.lists(st.sampled_from(sorted(WRONG)), max_size=4))
def test_every_finding_is_counted_under_its_kind(names: list[str]) -> None:
    """The totals are the findings, neither more nor fewer."""
    found = [finding for name in names for finding in _alone(name)]
    kinds = [kind for kind, _ in found]
    assert dict(totals(found)) == {kind: kinds.count(kind) for kind in kinds}


def _alone(name: str) -> list[Finding]:
    world = approved()
    WRONG[name][0](world)
    return world.found()
