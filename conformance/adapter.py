"""The smallest adapter that keeps every rule; a start for your own, and the base of the bad ones.

It decides at once, and stores what it has seen in memory that survives a restart: here a
dictionary, in yours a table.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from conformance.records import Sent
from conformance.target import Target
from libs.ids import new_id

Json = dict[str, Any]
FORMS = ("submission_made", "submission_corrected")
KNOWN = (*FORMS, "submission_withdrawn", "submission_appealed")


@dataclass
class Submission:
    """One submission as it was read."""

    headers: dict[str, str]
    fields: Json

    @property
    def id(self) -> tuple[str, str]:
        """The key by which two records are the same event."""
        return self.headers["ce_source"], self.headers["ce_id"]

    @property
    def type(self) -> str:
        """The type of the event."""
        return self.headers["ce_type"]

    @property
    def application_id(self) -> str:
        """The id of the application, by which answers are keyed."""
        return str(self.fields["application_id"])


@dataclass
class Memory:
    """The state that survives a restart."""

    seen: set[tuple[str, str]] = field(default_factory=set)
    cases: int = 0


class Adapter:
    """Reads submissions and decides them; a decision is the acknowledgement, too."""

    def __init__(self, target: Target, memory: Memory) -> None:
        self.target = target
        self.memory = memory

    async def run(self) -> None:
        """Run until cancelled: read, answer, and only then commit."""
        kafka = {"bootstrap_servers": self.target.bootstrap, **self.target.security}
        producer = AIOKafkaProducer(**kafka, acks="all")
        consumer = AIOKafkaConsumer(
            self.target.reads,
            **kafka,
            group_id=f"adapter of {self.target.ministry}",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await producer.start()
        await consumer.start()
        try:
            async for record in consumer:
                for answer in self.answers(record):
                    await producer.send_and_wait(
                        self.target.writes,
                        answer.value,
                        key=answer.key,
                        headers=list(answer.headers),
                    )
                await consumer.commit()
        finally:
            await consumer.stop()
            await producer.stop()

    def answers(self, record: Any) -> Iterator[Sent]:
        """The answers to a record."""
        submission = self.read(record)
        if submission is None or not self.is_mine(submission) or self.is_repeat(submission):
            return
        if submission.type in FORMS:
            yield from self.hand_over(submission)

    def read(self, record: Any) -> Submission | None:
        """Read a submission; None for an unknown or broken record."""
        try:
            headers = {name: value.decode() for name, value in record.headers}
            submission = Submission(headers, json.loads(record.value))
            well = (
                submission.type in KNOWN
                and isinstance(submission.fields["application_id"], str)
                and submission.id
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        return submission if well else None

    def is_mine(self, submission: Submission) -> bool:
        """Whether the ministry's own adapter hands it over, and not the one that is hosted."""
        return bool(submission.fields.get("served_by") == "own")

    def is_repeat(self, submission: Submission) -> bool:
        """Whether it was seen before; marks it as seen."""
        repeat = submission.id in self.memory.seen
        self.memory.seen.add(submission.id)
        return repeat

    def hand_over(self, submission: Submission) -> Iterator[Sent]:
        """Open a case file, and decide."""
        self.memory.cases += 1
        number = f"CASE/{self.memory.cases}"
        yield self.answer(
            submission, "ministry_decided", outcome="approved", case_file_number=number
        )

    def answer(self, submission: Submission, event_type: str, **more: Any) -> Sent:
        """One event about an application."""
        fields = {
            "application_id": submission.application_id,
            "ministry": self.target.ministry,
            **more,
        }
        return Sent(
            self.key(submission).encode(),
            json.dumps(fields).encode(),
            tuple(
                (name, text.encode()) for name, text in self.headers(submission, event_type).items()
            ),
        )

    def key(self, submission: Submission) -> str:
        """The key of the answers to a submission."""
        return submission.application_id

    def event_id(self, submission: Submission, event_type: str) -> str:
        """The same id for the same submission, so that readers recognise a repeat."""
        return f"{submission.headers['ce_id']}/{event_type}"

    def headers(self, submission: Submission, event_type: str) -> dict[str, str]:
        """The headers of the envelope."""
        return {
            "ce_specversion": "1.0",
            "ce_id": self.event_id(submission, event_type),
            "ce_type": event_type,
            "ce_source": f"/{self.target.ministry}/adapter",
            "ce_subject": submission.application_id,
            "ce_time": datetime.now(UTC).isoformat(),
            "content-type": "application/json",
            **self.trace(submission),
        }

    def trace(self, submission: Submission) -> dict[str, str]:
        """The submission's trace, with a span of its own if it is sampled."""
        match submission.headers.get("traceparent", "").split("-"):
            case [version, trace_id, _, "01"]:
                return {"traceparent": f"{version}-{trace_id}-{new_id().hex[-16:]}-01"}
            case [_, _, _, _]:
                return {"traceparent": submission.headers["traceparent"]}
            case _:
                return {}
