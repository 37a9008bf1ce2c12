"""The records that the kit writes instead of the platform: submissions, and unreadable records."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from conformance.target import Target
from libs.ids import new_id, new_tracking_number

SAMPLED, UNSAMPLED = "01", "00"
_HUGE_BYTES = 900_000  # below Kafka's own limit of a mebibyte


@dataclass(frozen=True)
class Sent:
    """A record to write; a repeat has the same bytes."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    def with_headers(self, **changed: bytes | None) -> "Sent":
        """Return the record with some headers added, changed, or (None) removed."""
        kept = {
            **dict(self.headers),
            **{k.replace("content_", "content-"): v for k, v in changed.items()},
        }
        return replace(self, headers=tuple((k, v) for k, v in kept.items() if v is not None))


@dataclass
class Application:
    """One application of the kit, and the records sent of it."""

    target: Target
    flags: str = SAMPLED
    application_id: str = field(default_factory=lambda: str(new_id()))
    citizen_id: str = field(default_factory=lambda: str(new_id()))
    trace_id: str = field(default_factory=lambda: new_id().hex)
    sent: list[Sent] = field(default_factory=list)

    @property
    def submissions(self) -> int:
        """The number of forms sent to the ministry: the first, and each correction."""
        forms = {b"submission_made", b"submission_corrected"}
        return sum(dict(sent.headers)["ce_type"] in forms for sent in self.sent)

    def submitted(self, **more: Any) -> Sent:
        """The citizen applies."""
        return self._event("submission_made", form=self.target.form, form_version=1, **more)

    def corrected(self) -> Sent:
        """The citizen answers a request for correction."""
        return self._event("submission_corrected", form=self.target.form, form_version=1)

    def withdrawn(self) -> Sent:
        """The citizen wants no decision any more."""
        return self._event("submission_withdrawn")

    def appealed(self) -> Sent:
        """The citizen objects to the refusal."""
        grounds = "the paper was handed in"
        return self._event("submission_appealed", actor_id=None, grounds=grounds)

    def unknown_type(self) -> Sent:
        """An event type that the adapter does not know."""
        return self._event("submission_weighed", weight_kg=3)

    def span(self) -> str:
        """A traceparent of a span of this application's trace."""
        return f"00-{self.trace_id}-{new_id().hex[-16:]}-{self.flags}"

    def _event(self, event_type: str, **more: Any) -> Sent:
        fields = {
            "application_id": self.application_id,
            "tracking_number": new_tracking_number(new_id()),
            "public_service_id": self.target.public_service_id,
            "ministry": self.target.ministry,
            "served_by": self.target.served_by,
            "applicant_id": self.citizen_id,
            "actor_id": self.citizen_id,
            **more,
        }
        fields = {name: value for name, value in fields.items() if value is not None}
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(new_id()),
            "ce_type": event_type,
            "ce_source": "/nagorik/applications",
            "ce_subject": self.application_id,
            "ce_time": datetime.now(UTC).isoformat(),
            "content-type": "application/json",
            "traceparent": self.span(),
        }
        record = Sent(
            self.application_id.encode(),
            json.dumps(fields, ensure_ascii=False).encode(),
            tuple((name, text.encode()) for name, text in headers.items()),
        )
        self.sent.append(record)
        return record


def poison(target: Target) -> Iterator[tuple[str, Sent]]:
    """Return unreadable records with their errors; each has its own key."""

    def good() -> Sent:
        return Application(target).submitted()

    yield "a value that is not JSON", replace(good(), value=b'{"application_id": ')
    yield "a value that is not UTF-8", replace(good(), value=b"\xff\xfe\x00{")
    yield "a JSON array in place of an object", replace(good(), value=b"[1, 2]")
    yield "a header that is not UTF-8", good().with_headers(ce_type=b"\xff\xfe")
    yield "a ce_time that is no time", good().with_headers(ce_time=b"yesterday")
    yield "a traceparent that is none", good().with_headers(traceparent=b"00-nonsense")
    yield "another content type", good().with_headers(content_type=b"application/avro")
    yield "no ce_id", good().with_headers(ce_id=None)
    yield "no headers", replace(good(), headers=())
    yield "no value (a tombstone)", replace(good(), value=None)
    yield "no key", replace(good(), key=None)
    yield "the key of another application", replace(good(), key=str(new_id()).encode())
    yield "a field of the wrong type", replace(good(), value=b'{"application_id": 7, "form": "x"}')
    yield "fields that are missing", replace(good(), value=b"{}")
    yield "a huge form", Application(target).submitted(form_note="x" * _HUGE_BYTES)
