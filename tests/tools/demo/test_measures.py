"""What is counted, from the ledger alone: a ledger is written by hand, nothing else is asked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from tools.ledger.ledger import Ledger, Message

from tools.demo.measures import Measures, measure, percentile
from tools.virtual_users.citizen import Accepted

CLICKED_AT = datetime(2026, 12, 16, 3, 30, tzinfo=UTC)
ACCEPTED = Accepted(
    tracking_number="NS-7K4M9-PXRT3-HC2D3",
    application_id="a",
    clicked_at=CLICKED_AT,
    answered_in_s=0.02,
    trace_id="",
)


@dataclass
class Witness:
    """The ledger of one application that went well, for a test to spoil."""

    ledger: Ledger
    messages: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        story = self.ledger.by_application["a"]
        story.handed_over, story.decided = 1, True
        self.sms("in", after_ms=30)
        self.sms("answer", after_ms=120)

    def sms(self, reference: str, *, after_ms: int, reported: bool = True) -> None:
        at = CLICKED_AT + timedelta(milliseconds=after_ms)
        self.messages.append(Message(reference, at, reported))

    def counted(self, *accepted: Accepted, applications: int = 1) -> Measures:
        self.ledger.by_tracking_number[ACCEPTED.tracking_number] = dict(enumerate(self.messages))
        return measure(applications, accepted or (ACCEPTED,), self.ledger)


@pytest.fixture
async def witness() -> AsyncIterator[Witness]:
    async with aiohttp.ClientSession() as http:
        yield Witness(Ledger(http, "http://nowhere.invalid"))


def test_all_is_well_when_everything_came_once(witness: Witness) -> None:
    """One hand-over, one decision, two messages, both reported."""
    found = witness.counted()
    assert found.nothing_lost_or_doubled
    assert (found.delivered_to_ministry, found.decided, found.sms_delivered) == (1, 1, 1)
    assert list(found.end_to_end_ms) == [120.0]


def test_a_doubled_hand_over_shows(witness: Witness) -> None:
    """Two rows for one application at its ministry are one too many."""
    witness.ledger.by_application["a"].handed_over = 3
    found = witness.counted()
    assert (found.duplicates_ministry, found.nothing_lost_or_doubled) == (2, False)


@pytest.mark.parametrize("reference", ["in", "answer", "another"])
def test_a_doubled_sms_shows(witness: Witness, reference: str) -> None:
    """A message taken twice under its reference, and one under a reference of its own."""
    witness.sms(reference, after_ms=200)
    found = witness.counted()
    assert (found.duplicates_sms, found.lost, found.nothing_lost_or_doubled) == (1, 0, False)


@pytest.mark.parametrize("missing", ["hand-over", "decision", "answer", "report", "everything"])
def test_what_is_missing_shows_as_lost(witness: Witness, missing: str) -> None:
    """An application without hand-over, decision, answer or report of it has not come through."""
    story = witness.ledger.by_application["a"]
    match missing:
        case "hand-over":
            story.handed_over = 0
        case "decision":
            story.decided = False
        case "answer":
            del witness.messages[-1]
        case "report":
            witness.messages[-1].reported = False
        case _:
            witness.messages.clear()
            story.handed_over, story.decided = 0, False
    found = witness.counted()
    assert (found.lost, found.nothing_lost_or_doubled) == (1, False)


def test_the_first_message_twice_does_not_stand_for_the_answer(witness: Witness) -> None:
    """Two rows with one reference are a double and a loss, not a pair."""
    del witness.messages[-1]
    witness.sms("in", after_ms=90)
    found = witness.counted()
    assert (found.lost, found.duplicates_sms, found.sms_delivered) == (1, 1, 0)


def test_who_was_not_accepted_is_not_well(witness: Witness) -> None:
    """An application that was turned away is neither lost nor doubled, and all the same missing."""
    found = witness.counted(applications=2)
    assert (found.accepted, found.lost, found.nothing_lost_or_doubled) == (1, 0, False)


def test_times_are_of_those_that_count(witness: Witness) -> None:
    """The first quarter of a demo is counted, and not timed."""
    untimed = Accepted("NS-2", "b", CLICKED_AT, 5.0, "", timed=False)
    found = witness.counted(ACCEPTED, untimed, applications=2)
    assert list(found.accept_ms) == [20.0]
    assert found.accepted == 2


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 51.0), (0.99, 100.0), (1.0, 100.0)])
def test_percentiles(share: float, value: float) -> None:
    """The value that so many do not exceed; of nothing, nothing."""
    assert percentile([float(n) for n in range(1, 101)], share) == value
    assert percentile([], share) is None
