"""Counting what became of clicks."""

from collections import Counter

from tools.bench.tally import tally
from tools.bench.witness import Received

from tools.bench.load import Clicked


def received(number: str, *, hand_overs: int = 1, messages: tuple[int, ...] = (1, 1)) -> Received:
    found = Received()
    found.hand_overs[number] = hand_overs
    found.messages[number] = Counter({f"m{place}": many for place, many in enumerate(messages)})
    found.last_s[number] = 104.0
    return found


CLICKED = Clicked(due_s={"A": 100.0}, answered_s={"A": 100.5})


def test_speed_counts_from_the_first_click_to_the_last_sms() -> None:
    """One application in four seconds; its latencies count from when it was due."""
    found = tally(CLICKED, received("A"))
    assert (found.accepted, found.lost, found.duplicates, found.per_s) == (1, 0, 0, 0.25)
    assert (found.answered_ms, found.sms_ms) == ([500.0], [4000.0])


def test_an_application_without_hand_over_or_message_is_lost() -> None:
    """Accepted means kept: a missing hand-over, a missing message, and nothing at all."""
    for found in (
        received("A", hand_overs=0),
        received("A", messages=(1,)),
        Received(),
    ):
        assert tally(CLICKED, found).lost == 1


def test_doubles_are_those_above_what_an_application_has() -> None:
    """A second hand-over, a message sent twice under its reference, and a third message."""
    assert tally(CLICKED, received("A", hand_overs=2)).duplicates == 1
    assert tally(CLICKED, received("A", messages=(2, 1))).duplicates == 1
    assert tally(CLICKED, received("A", messages=(1, 1, 1))).duplicates == 1


def test_refused_and_unanswered_clicks_are_told_together() -> None:
    """Neither has a tracking number."""
    clicked = Clicked(refused=Counter({422: 2}), unanswered=1)
    assert tally(clicked, Received()).refused == 3


def test_nothing_at_all_is_no_speed() -> None:
    """A stage in which nothing was accepted divides by nothing."""
    assert tally(Clicked(), Received()).per_s == 0.0
