"""What a trial found, counted from outside."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tools.ledger.ledger import Ledger, Message
from tools.virtual_users.citizen import Accepted

# One SMS says that the application is in, one what was decided.
MESSAGES_EACH = 2


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts and times of one trial.

    Args:
        applications: how many citizens tried to apply.
        accepted: how many were given a tracking number.
        delivered_to_ministry: how many reached their ministry.
        decided: how many were decided.
        sms_delivered: how many had their answer delivered by SMS, as the operator reports.
        lost: accepted, but without an answer that was delivered.
        duplicates_ministry: hand-overs above one per application.
        duplicates_sms: messages above one per event that the citizen is told of.
        accept_ms: time from click to tracking number, sorted; of those whose times count.
        end_to_end_ms: time from click to the answer's hand-over to the SMS operator, likewise.
    """

    applications: int
    accepted: int
    delivered_to_ministry: int
    decided: int
    sms_delivered: int
    lost: int
    duplicates_ministry: int
    duplicates_sms: int
    accept_ms: Sequence[float]
    end_to_end_ms: Sequence[float]

    @property
    def nothing_lost_or_doubled(self) -> bool:
        """Whether every application came through, once."""
        missing = self.applications - self.accepted
        return not (missing or self.lost or self.duplicates_ministry or self.duplicates_sms)


def measure(applications: int, accepted: Sequence[Accepted], ledger: Ledger) -> Measures:
    """Count what became of the applications that a trial made."""
    stories = [ledger.by_application[each.application_id] for each in accepted]
    inboxes = [list(ledger.by_tracking_number[each.tracking_number].values()) for each in accepted]
    answers = [_answer(inbox) for inbox in inboxes]
    delivered = [
        story.handed_over > 0 and story.decided and answer is not None and answer.reported
        for story, answer in zip(stories, answers, strict=True)
    ]
    return Measures(
        applications=applications,
        accepted=len(accepted),
        delivered_to_ministry=sum(story.handed_over > 0 for story in stories),
        decided=sum(story.decided for story in stories),
        sms_delivered=sum(answer is not None and answer.reported for answer in answers),
        lost=delivered.count(False),
        duplicates_ministry=sum(max(0, story.handed_over - 1) for story in stories),
        duplicates_sms=sum(_doubled(inbox) for inbox in inboxes),
        accept_ms=sorted(each.answered_in_s * 1000 for each in accepted if each.timed),
        end_to_end_ms=sorted(
            (answer.received_at - each.clicked_at).total_seconds() * 1000
            for each, answer in zip(accepted, answers, strict=True)
            if answer is not None and each.timed
        ),
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that a share (0 to 1) of sorted values does not exceed; None of nothing."""
    if not values:
        return None
    return round(values[min(len(values) - 1, int(len(values) * share))], 1)


def _answer(inbox: Sequence[Message]) -> Message | None:
    """The message with the decision: the last one, once both are there."""
    return max(inbox, key=lambda message: message.received_at) if _complete(inbox) else None


def _complete(inbox: Sequence[Message]) -> bool:
    return len({message.reference for message in inbox}) >= MESSAGES_EACH


def _doubled(inbox: Sequence[Message]) -> int:
    """Messages taken over twice under one reference, and messages that nobody should have made."""
    by_reference = Counter(message.reference for message in inbox)
    repeated = sum(by_reference.values()) - len(by_reference)
    return repeated + max(0, len(by_reference) - MESSAGES_EACH)
