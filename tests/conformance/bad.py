"""Adapters that break one rule each."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from typing_extensions import override

from conformance.adapter import Adapter, Memory, Submission
from conformance.records import Sent
from conformance.target import Target
from libs.ids import new_id


class NeverDecides(Adapter):
    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        yield self.answer(submission, "ministry_received")


class TakesAll(Adapter):
    """Hands over what the other adapter hands over, too."""

    @override
    def is_mine(self, submission: Submission) -> bool:
        return True


class RemembersNothing(Adapter):
    @override
    def is_repeat(self, submission: Submission) -> bool:
        return False


class RemembersTheLastOnly(Adapter):
    last: tuple[str, str] | None = None

    @override
    def is_repeat(self, submission: Submission) -> bool:
        before, self.last = self.last, submission.id
        return before == self.last


class OpensOneCasePerApplicant(Adapter):
    """A citizen's second application gets the number of her first one."""

    @override
    def answer(self, submission: Submission, event_type: str, **more: Any) -> Sent:
        number = f"CASE/{submission.fields['applicant_id']}"
        return super().answer(submission, event_type, **{**more, "case_file_number": number})


class RepeatsUnderNewIds(RemembersNothing):
    """Opens no second case file, but announces the first one again as a new event."""

    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        yield self.answer(submission, "ministry_received")
        yield self.answer(submission, "ministry_decided", outcome="approved")

    @override
    def event_id(self, submission: Submission, event_type: str) -> str:
        return str(new_id())


class RepeatsUnderTheSameIds(RemembersNothing):
    """Breaks no rule: readers recognise a repeat by its id."""

    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        yield self.answer(submission, "ministry_received")
        yield self.answer(submission, "ministry_decided", outcome="approved")


class AcknowledgesFirst(Adapter):
    """Breaks no rule: the acknowledgement comes first if the decision takes time."""

    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        self.memory.cases += 1
        number = f"CASE/{self.memory.cases}"
        yield self.answer(submission, "ministry_received", case_file_number=number)
        yield self.answer(submission, "ministry_decided", outcome="approved")


class AsksForACorrection(Adapter):
    """Breaks no rule: it decides on the corrected submission."""

    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        yield self.answer(submission, "ministry_received")
        if submission.type == "submission_corrected":
            yield self.answer(submission, "ministry_decided", outcome="refused")
        else:
            yield self.answer(
                submission, "correction_asked", note={"bn": "ছবি দিন।", "en": "Add a photo."}
            )


class OneIdForAll(AcknowledgesFirst):
    @override
    def event_id(self, submission: Submission, event_type: str) -> str:
        return submission.application_id


class DecidesWithdrawals(Adapter):
    """Ignores the event type."""

    @override
    def answers(self, record: Any) -> Iterator[Sent]:
        submission = self.read(record)
        if submission is None or not self.is_mine(submission) or self.is_repeat(submission):
            return
        yield from self.hand_over(submission)


class IsStrict(Adapter):
    """Refuses a submission with an unknown field."""

    @override
    def read(self, record: Any) -> Submission | None:
        submission = super().read(record)
        return None if submission and "urgency" in submission.fields else submission


class StumblesOverUnknownTypes(Adapter):
    @override
    def read(self, record: Any) -> Submission | None:
        if dict(record.headers).get("ce_type") == b"submission_weighed":
            raise LookupError("no such event")
        return super().read(record)


class BeginsATrace(Adapter):
    @override
    def trace(self, submission: Submission) -> dict[str, str]:
        return {"traceparent": f"00-{new_id().hex}-{new_id().hex[-16:]}-01"}


class HasNoSpan(Adapter):
    @override
    def trace(self, submission: Submission) -> dict[str, str]:
        return {"traceparent": submission.headers.get("traceparent", "")}


class Headers(Adapter):
    """Writes one header wrongly, or (empty) not at all."""

    changed: tuple[str, str]

    @override
    def headers(self, submission: Submission, event_type: str) -> dict[str, str]:
        name, text = self.changed
        headers = {**super().headers(submission, event_type), name: text}
        return {name: text for name, text in headers.items() if text}


class HasNoTime(Headers):
    changed = ("ce_time", "")


class HasNoZone(Headers):
    changed = ("ce_time", "2026-11-25T10:00:00")


class HasAClockThatLostItsTime(Headers):
    changed = ("ce_time", "1970-01-01T00:00:12Z")


class IsYearsAhead(Headers):
    changed = ("ce_time", "2098-11-25T10:00:00Z")


class HasNoSource(Headers):
    changed = ("ce_source", "")


class IsOfAnotherVersion(Headers):
    changed = ("ce_specversion", "0.3")


class SaysNoContentType(Headers):
    changed = ("content-type", "")


class HasAnotherSubject(Headers):
    changed = ("ce_subject", "an application")


class HasAnotherKey(Adapter):
    @override
    def key(self, submission: Submission) -> str:
        return str(submission.fields["tracking_number"])


class WritesAnotherShape(Adapter):
    @override
    def answer(self, submission: Submission, event_type: str, **more: Any) -> Sent:
        if "outcome" in more:
            more["outcome"] = "YES"
        return super().answer(submission, event_type, **more)


class Adds(Adapter):
    """Writes more fields into its decisions."""

    added: ClassVar[dict[str, Any]]

    @override
    def answer(self, submission: Submission, event_type: str, **more: Any) -> Sent:
        added = self.added if "outcome" in more else {}
        return super().answer(submission, event_type, **more, **added)


class WritesALongNote(Adds):
    added: ClassVar = {"note": {"bn": "ক" * 4_001, "en": ""}}


class WritesAControlCharacter(Adds):
    added: ClassVar = {"note": {"bn": "ক\x1b", "en": ""}}


class WritesMuch(Adds):
    added: ClassVar = {"attachment": "x" * 60_000}


class NestsDeep(Adds):
    added: ClassVar = {"tree": json.loads("[" * 65 + "]" * 65)}


class WritesAMemberTwice(Adapter):
    @override
    def answer(self, submission: Submission, event_type: str, **more: Any) -> Sent:
        good = super().answer(submission, event_type, **more)
        return replace(good, value=b'{"outcome":"refused",' + (good.value or b"{")[1:])


class SpeaksForAnotherMinistry(Adapter):
    @override
    def answer(self, submission: Submission, event_type: str, **more: Any) -> Sent:
        return super().answer(submission, event_type, **{**more, "ministry": "mopa"})


class ForgetsAtARestart(Adapter):
    def __init__(self, target: Target, memory: Memory) -> None:
        super().__init__(target, Memory(cases=len(memory.seen)))


class StumblesOverJson(Adapter):
    @override
    def read(self, record: Any) -> Submission | None:
        json.loads(record.value or b"{}")
        return super().read(record)


class NeedsAValue(Adapter):
    @override
    def read(self, record: Any) -> Submission | None:
        len(record.value)
        return super().read(record)


class TakesAppeals(Adapter):
    """Refuses, and decides otherwise on an objection; it keeps every rule."""

    @override
    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        self.memory.cases += 1
        number = f"CASE/{self.memory.cases}"
        note = {"bn": "কারণ", "en": "Why"}
        yield self.answer(
            submission,
            "ministry_decided",
            outcome="refused",
            note=note,
            case_file_number=number,
            appeal_days=30,
        )

    @override
    def answers(self, record: Any) -> Iterator[Sent]:
        submission = self.read(record)
        if submission is not None and submission.type == "submission_appealed":
            if self.is_mine(submission) and not self.is_repeat(submission):
                yield from self.hear(submission)
        else:
            yield from super().answers(record)

    def hear(self, submission: Submission) -> Iterator[Sent]:
        """Decide on the objection."""
        yield self.answer(submission, "ministry_decided", outcome="approved", stage="appeal")


class HearsNobody(TakesAppeals):
    @override
    def hear(self, submission: Submission) -> Iterator[Sent]:
        return iter(())


class SaysNoStage(TakesAppeals):
    @override
    def hear(self, submission: Submission) -> Iterator[Sent]:
        yield self.answer(submission, "ministry_decided", outcome="approved")


class HearsTwice(TakesAppeals):
    @override
    def hear(self, submission: Submission) -> Iterator[Sent]:
        for _ in range(2):
            yield self.answer(submission, "ministry_decided", outcome="approved", stage="appeal")

    @override
    def event_id(self, submission: Submission, event_type: str) -> str:
        return str(new_id())
