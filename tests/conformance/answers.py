"""The records of an adapter, read leniently, and their errors."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

_SCHEMAS = Path(__file__).resolve().parents[2] / "libs/contracts/schemas/events"
_REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")
_LONGEST_HEADER_BYTES = 1024
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

RECEIVED, DECIDED = "ministry_received", "ministry_decided"
ASKED, UNREACHABLE = "correction_asked", "ministry_unreachable"


@dataclass(frozen=True)
class Answer:
    """One record of the adapter's topic."""

    key: bytes | None
    value: bytes | None
    raw_headers: tuple[tuple[str, bytes], ...]

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers as text."""
        return {name: (value or b"").decode("utf-8", "replace") for name, value in self.raw_headers}

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The value's fields; none if it is no JSON object."""
        try:
            read = json.loads(self.value or b"")
        except ValueError:
            return {}
        return read if isinstance(read, dict) else {}

    @property
    def type(self) -> str:
        """The event type."""
        return self.headers.get("ce_type", "")

    @property
    def id(self) -> tuple[str, str]:
        """The id by which readers recognise a repeat."""
        return self.headers.get("ce_source", ""), self.headers.get("ce_id", "")

    @property
    def content(self) -> str:
        """The value without id and time."""
        return json.dumps([self.type, self.fields], sort_keys=True)

    @property
    def traceparent(self) -> "re.Match[str] | None":
        """Trace id, span id and flags, if the header is well formed."""
        return _TRACEPARENT.fullmatch(self.headers.get("traceparent", ""))

    def is_about(self, application_id: str) -> bool:
        """Whether the record names the application anywhere."""
        return application_id in (
            (self.key or b"").decode("utf-8", "replace"),
            self.headers.get("ce_subject"),
            self.fields.get("application_id"),
        )


def envelope_faults(answer: Answer) -> Iterator[str]:
    """Return the headers that are missing or wrong."""
    headers = answer.headers
    for name in _REQUIRED:
        if not headers.get(name):
            yield f"the header {name} is missing"
    for name, value in answer.raw_headers:
        if len(value or b"") > _LONGEST_HEADER_BYTES:
            yield f"the header {name} is longer than {_LONGEST_HEADER_BYTES} bytes"
    if headers.get("ce_specversion", "1.0") != "1.0":
        yield f"ce_specversion is {headers['ce_specversion']!r}, not '1.0'"
    content_type = headers.get("content-type", "application/json")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        yield f"content-type is {content_type!r}, not 'application/json'"
    if not is_time(headers.get("ce_time", "2026-01-01T00:00:00Z")):
        yield f"ce_time {headers['ce_time']!r} is no RFC 3339 time with a zone"


def is_time(text: str) -> bool:
    """Whether a text is a time of RFC 3339, which has a time zone."""
    try:
        datetime.fromisoformat(text.upper())
    except ValueError:
        return False
    return bool(_TIME.fullmatch(text))


def content_faults(answer: Answer, ministry: str) -> Iterator[str]:
    """Return the differences between the value and the event's published schema."""
    validator = _validator(answer.type)
    if validator is None:
        yield f"ce_type {answer.type!r} is no event of this topic"
        return
    try:
        value = json.loads(answer.value or b"")
    except ValueError:
        yield f"the value of {answer.type} is not JSON"
        return
    for error in validator.iter_errors(value):
        place = "/".join(map(str, error.instance_path)) or "the value"
        yield f"{answer.type}: {place}: {error.message}"
    if answer.fields.get("ministry", ministry) != ministry:
        yield f"{answer.type}: ministry is {answer.fields['ministry']!r}, not {ministry!r}"


def key_faults(answer: Answer) -> Iterator[str]:
    """Whether key and subject are the application's id."""
    application_id = answer.fields.get("application_id")
    key = (answer.key or b"").decode("utf-8", "replace")
    if application_id and key != application_id:
        yield f"the key of {answer.type} is {key!r}, its application_id {application_id!r}"
    subject = answer.headers.get("ce_subject", application_id)
    if application_id and subject != application_id:
        yield f"ce_subject of {answer.type} is {subject!r}, its application_id {application_id!r}"


@cache
def _validator(event_type: str) -> Any:
    path = _SCHEMAS / f"ministries.v1.{event_type}.json"
    if not event_type.replace("_", "").isalpha() or not path.exists():
        return None
    schema = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema, validate_formats=True)
