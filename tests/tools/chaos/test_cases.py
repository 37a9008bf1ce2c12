"""One application from every side: what belongs to it, and nothing else."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tools.chaos.cases import FACTS, cases_of, first_of_each

from libs.bangladesh.text import bangla_digits
from libs.ids import new_id
from tests.tools.chaos.world import MINISTRIES, SUBMISSIONS, World, approved, click, seen
from tools.chaos.evidence import Evidence, Seen


def mixed(one: World, other: World) -> Evidence:
    """What an auditor brings home of two applications."""
    whole = World(one.click, one.status, one.timeline)
    for side in ("submissions", "decisions", "messages", "records"):
        pairs = zip(getattr(one, side), getattr(other, side), strict=True)
        getattr(whole, side).extend(row for pair in pairs for row in pair)
    return whole.evidence()


def test_every_side_is_there() -> None:
    """The citizen, the ministry, the phone and each topic, in order."""
    world = approved()
    (case,) = cases_of([world.click], world.evidence())
    assert case.name == world.click.application_id
    assert case.view == {"status": "approved", "timeline": world.timeline}
    assert [row["kind"] for row in case.handed_over] == ["lodged", "corrected"]
    assert [row["action"] for row in case.decisions] == ["correction_asked", "approved"]
    assert [row["template"] for row in case.messages] == [
        "submitted",
        "correction_requested",
        "approved",
    ]
    assert [each.type for each in case.events[SUBMISSIONS]] == [
        "submission_lodged",
        "submission_corrected",
    ]
    assert [each.type for each in case.events[MINISTRIES]][-1] == "ministry_decided"
    assert case.facts() == [line for line in case.timeline() if line in case.facts()]


def test_of_two_applications_each_has_its_own() -> None:
    """Nothing of one is put to the account of the other."""
    one, other = approved(), approved()
    found = {case.name: case for case in cases_of([one.click, other.click], mixed(one, other))}
    assert found[one.click.application_id].messages == one.messages
    assert found[other.click.application_id].messages == other.messages
    for case in found.values():
        assert {row["application_id"] for row in case.handed_over + case.decisions} == {case.name}
        assert {each.key for topic in case.events.values() for each in topic} == {case.name}


def test_a_message_is_known_by_its_number_in_either_script() -> None:
    """An SMS in Bangla has its tracking number in Bangla digits; one with a code has none."""
    world = approved()
    for row in world.messages:
        row["text"] = bangla_digits(row["text"])
    codes = [{"reference": str(new_id()), "text": "কোড ১২৩৪৫৬", "reported_at": None}]
    world.messages += codes
    (case,) = cases_of([world.click], world.evidence())
    assert case.messages == world.messages[:-1]


def test_a_click_without_an_answer_is_no_case() -> None:
    """There is nothing to look it up by; that it has no answer is the finding."""
    unanswered = click(tracking_number="", application_id="")
    assert cases_of([unanswered], approved().evidence()) == []


def test_what_is_not_shown_has_no_view_and_no_timeline() -> None:
    """The other sides are there all the same."""
    world = approved()
    world.status = None
    (case,) = cases_of([world.click], world.evidence())
    assert (case.view, case.timeline()) == (None, [])
    assert len(case.handed_over) == 2


POOL = [seen(topic, "any", "key") for topic in (FACTS, MINISTRIES) for _ in range(4)]


@given(st.lists(st.sampled_from(POOL)))
def test_each_event_counts_where_it_stands_first(records: list[Seen]) -> None:
    """Repeats under one id are dropped, the order of the rest stays."""
    kept = list(first_of_each(records))
    assert kept == [each for n, each in enumerate(records) if each not in records[:n]]


def test_one_id_in_two_topics_is_two_events() -> None:
    """Each topic has its own writer; ids are unique within it."""
    one = POOL[0]
    assert list(first_of_each([one, replace(one, topic=MINISTRIES)])) != [one]
