"""Counts and times of a run, from the citizens' answers and the sandbox's ledger alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tools.ledger import Ledger, received_at
from tools.virtual_users.citizen import Accepted


@dataclass(frozen=True, slots=True)
class Measures:
    """Counts and times of one run.

    Args:
        applications: how many citizens tried to apply.
        accepted: how many got a tracking number.
        delivered_to_ministry: how many reached their ministry.
        decided: how many were decided.
        sms_delivered: how many had their decision delivered by SMS, as the provider reports.
        told: how many were told by their uddokta, since nobody's phone consented.
        lost: accepted, but not handed over, decided, and answered by a delivered SMS or a person.
        papers: how many the ministries fetched, as their citizens had given them.
        papers_lost: those that they did not.
        duplicates_ministry: hand-overs above one per application.
        duplicates_sms: messages above one per event.
        desk_decided: how many officers who work here have decided; they are in `decided`, too.
        desk_lost: lost ones of their services; they are in `lost`, too.
        issued: how many papers about desks' decisions uddoktas printed for who applied at a centre.
        issued_lost: applications there of which no paper was printed.
        accept_ms: times from click to tracking number, sorted; of those whose times count.
        end_to_end_ms: times from click to the decision's SMS at the provider, likewise.
    """

    applications: int
    accepted: int
    delivered_to_ministry: int
    decided: int
    sms_delivered: int
    told: int
    lost: int
    papers: int
    papers_lost: int
    duplicates_ministry: int
    duplicates_sms: int
    desk_decided: int
    desk_lost: int
    accept_ms: Sequence[float]
    end_to_end_ms: Sequence[float]
    issued: int = 0
    issued_lost: int = 0

    @property
    def nothing_lost_or_doubled(self) -> bool:
        """Whether every application came through exactly once."""
        missing = self.applications - self.accepted
        lost = missing or self.lost or self.papers_lost or self.issued_lost
        return not (lost or self.duplicates_ministry or self.duplicates_sms)


def measure(
    applications: int, accepted: Sequence[Accepted], ledger: Ledger, told: Collection[str] = ()
) -> Measures:
    """Count what became of the applications of a run.

    Args:
        applications: how many citizens tried to apply.
        accepted: those that got a tracking number.
        ledger: what the outside destinations received.
        told: tracking numbers of which uddoktas told the news.
    """
    received = [ledger.of(click.application_id, click.tracking_number) for click in accepted]
    answers = [outcome.answer for outcome in received]
    reported = [answer is not None and answer["reported_at"] is not None for answer in answers]
    in_person = [click.tracking_number in told and not click.is_told_by_sms for click in accepted]
    lost = [
        not (outcome.handed_over and outcome.decisions and (is_reported or is_told))
        for outcome, is_reported, is_told in zip(received, reported, in_person, strict=True)
    ]
    return Measures(
        applications=applications,
        accepted=len(accepted),
        delivered_to_ministry=sum(outcome.handed_over > 0 for outcome in received),
        decided=sum(bool(outcome.decisions) for outcome in received),
        sms_delivered=sum(reported),
        told=sum(in_person),
        lost=sum(lost),
        papers=sum(outcome.right_papers for outcome in received),
        papers_lost=sum(
            click.papers - found.right_papers
            for click, found in zip(accepted, received, strict=True)
            if not click.at_desk  # officers read the case, and fetch nothing
        ),
        duplicates_ministry=sum(outcome.duplicate_hand_overs for outcome in received),
        duplicates_sms=sum(outcome.duplicate_messages for outcome in received),
        desk_decided=sum(outcome.is_decided_at_a_desk for outcome in received),
        desk_lost=sum(
            click.at_desk and is_lost for click, is_lost in zip(accepted, lost, strict=True)
        ),
        accept_ms=sorted(click.answered_in_s * 1000 for click in accepted if click.timed),
        end_to_end_ms=sorted(
            (received_at(answer) - click.clicked_at).total_seconds() * 1000
            for click, answer in zip(accepted, answers, strict=True)
            if answer is not None and click.timed
        ),
    )


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value that a share (0 to 1) of sorted values does not exceed; None of nothing."""
    if not values:
        return None
    return round(values[min(len(values) - 1, int(len(values) * share))], 1)
