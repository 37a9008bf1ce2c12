"""The records of an adapter, read leniently, and their errors."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

_DOCUMENTS = Path(__file__).resolve().parents[1] / "libs/contracts/schemas"
_SCHEMAS = _DOCUMENTS / "events"
_REQUIRED = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type")
_LONGEST_HEADER_BYTES = 1024
_LONGEST_KEY_BYTES = 64
_DEEPEST = 64
_YEARS = range(2016, 2100)
_WIDEST_ZONE = timedelta(hours=14)
_MOST_AHEAD = timedelta(days=1)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")

RECEIVED, DECIDED = "ministry_received", "ministry_decided"
ASKED = "correction_asked"


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
        yield from _header_faults(name, value or b"")
    if headers.get("ce_specversion", "1.0") != "1.0":
        yield f"ce_specversion is {headers['ce_specversion']!r}, not '1.0'"
    content_type = headers.get("content-type", "application/json")
    if content_type.partition(";")[0].strip().lower() != "application/json":
        yield f"content-type is {content_type!r}, not 'application/json'"
    yield from _time_faults(headers.get("ce_time", "2026-01-01T00:00:00Z"))


def _header_faults(name: str, value: bytes) -> Iterator[str]:
    if len(value) > _LONGEST_HEADER_BYTES:
        yield f"the header {name} is longer than {_LONGEST_HEADER_BYTES} bytes"
    if _CONTROL.search(value.decode("utf-8", "replace")):
        yield f"the header {name} has a control character"


def _time_faults(time: str) -> Iterator[str]:
    if not is_time(time):
        yield f"ce_time {time!r} is no RFC 3339 time with a zone"
    elif not _is_likely(datetime.fromisoformat(time.upper())):
        yield f"ce_time {time!r} is before {_YEARS[0]}, more than a day ahead, or in no real zone"


def _is_likely(time: datetime) -> bool:
    zone = time.utcoffset() or timedelta()
    is_past = time <= datetime.now(UTC) + _MOST_AHEAD
    return abs(zone) <= _WIDEST_ZONE and time.year in _YEARS and is_past


def limit_faults(answer: Answer) -> Iterator[str]:
    """Which limits the record passes that the event's schema cannot state."""
    most_bytes = _most_bytes()
    if len(answer.value or b"") > most_bytes:
        yield f"the value of {answer.type} has more than {most_bytes} bytes"
    if len(answer.key or b"") > _LONGEST_KEY_BYTES:
        yield f"the key of {answer.type} has more than {_LONGEST_KEY_BYTES} bytes"
    try:
        value = json.loads(answer.value or b"", object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        yield f"the value of {answer.type} is not JSON, or has a member twice"
        return
    if _depth(value) > _DEEPEST:
        yield f"the value of {answer.type} nests deeper than {_DEEPEST} levels"
    if b"\\u0000" in (answer.value or b""):
        yield f"the value of {answer.type} has a NUL character"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    inside = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(member) for member in inside), default=0)


@cache
def _most_bytes() -> int:
    document = json.loads((_DOCUMENTS / "topics.json").read_text(encoding="utf-8"))
    topics = {topic["name"]: topic for topic in document["topics"]}
    most_bytes: int = topics["ministries.<ministry>.v1"]["largest_bytes"]
    return most_bytes


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
    letters = event_type.replace("_", "")
    if not (letters.isascii() and letters.isalpha() and path.exists()):
        return None
    schema = json.loads(path.read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(schema, validate_formats=True)
