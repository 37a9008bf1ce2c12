"""What became of a stage's clicks: how fast, how many lost, how many doubled."""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.bench.load import Clicked
from tools.bench.witness import Received
from tools.demo.measures import MESSAGES_EACH


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts and times of one stage.

    Args:
        accepted: applications that were given a tracking number.
        refused: clicks that were refused, or given up without an answer.
        again: how often a click was repeated because no usable answer came.
        lost: accepted, but without hand-over or without both messages.
        duplicates: hand-overs and messages above those that an application has.
        per_s: applications a second from the first click to the last SMS.
        answered_ms: from click to tracking number, sorted.
        sms_ms: from click to the hand-over of the answer's SMS, sorted.
    """

    accepted: int
    refused: int
    again: int
    lost: int
    duplicates: int
    per_s: float
    answered_ms: Sequence[float]
    sms_ms: Sequence[float]


def tally(clicked: Clicked, received: Received) -> Tally:
    """Hold what was clicked against what the outside parties received."""
    through = [number for number in clicked.due_s if received.complete(number)]
    due_s = clicked.due_s
    last_s = max((received.last_s[number] for number in through), default=0.0)
    took_s = last_s - min(due_s.values(), default=0.0)
    return Tally(
        accepted=len(due_s),
        refused=clicked.refused.total() + clicked.unanswered,
        again=clicked.again,
        lost=len(due_s) - len(through),
        duplicates=sum(_doubled(received, number) for number in due_s),
        per_s=len(through) / took_s if through else 0.0,
        answered_ms=sorted(
            (at_s - due_s[number]) * 1000 for number, at_s in clicked.answered_s.items()
        ),
        sms_ms=sorted((received.last_s[number] - due_s[number]) * 1000 for number in through),
    )


def _doubled(received: Received, number: str) -> int:
    messages = received.messages[number]
    repeated = messages.total() - len(messages)
    unasked = max(0, len(messages) - MESSAGES_EACH)
    return max(0, received.hand_overs[number] - 1) + repeated + unasked
