"""What a hostile or defective adapter can write to its topic, and why each record is unreadable."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from libs.contracts.ministries import CorrectionAsked
from libs.headers import Headers
from libs.messaging.envelope import encode


class Nonsense(NamedTuple):
    """One unreadable record of a ministry's topic.

    Args:
        what: what is wrong with it.
        reason: the reason of its dead letter.
        key: its key.
        value: its value.
        headers: its headers.
    """

    what: str
    reason: str
    key: bytes
    value: bytes
    headers: Headers


def nonsense(application_id: UUID, ministry: str) -> Iterator[Nonsense]:
    """One record of every kind, each a good one but for one thing."""
    good = encode(
        CorrectionAsked.model_validate(
            {
                "application_id": application_id,
                "ministry": ministry,
                "note": {"bn": "জন্ম নিবন্ধন নম্বরটি মিলিয়ে লিখুন।", "en": "Check the number."},
            }
        ),
        trace=None,
    )
    key, fields = good.key or b"", json.loads(good.value or b"{}")

    def with_note(text: str) -> bytes:
        return json.dumps({**fields, "note": {"bn": text, "en": ""}}, ensure_ascii=False).encode()

    def with_field(value: Any) -> bytes:
        return json.dumps({**fields, "later": value}).encode()

    def with_type(event_type: str, **more: Any) -> tuple[bytes, Headers]:
        headers = [
            (name, event_type.encode() if name == "ce_type" else value)
            for name, value in good.headers
        ]
        return json.dumps({**fields, **more}).encode(), headers

    def at(time: str) -> Headers:
        return [
            (name, time.encode() if name == "ce_time" else value) for name, value in good.headers
        ]

    deep: Any = 1
    for _ in range(65):
        deep = [deep]
    shapes = {
        "a note with NUL": ("control_character", with_note("a\0b")),
        "a note with a control character": ("wrong_shape", with_note("a\x1bb")),
        "a note with a control character of Latin 1": ("wrong_shape", with_note("a\x85b")),
        "NUL in a field that nobody knows": ("control_character", with_field("\0")),
        "NUL in the name of a field": ("control_character", b'{"\\u0000": 1}'),
        "a note of more than a page": ("wrong_shape", with_note("ক" * 4_001)),
        "a ministry's id of a kilobyte": (
            "wrong_shape",
            json.dumps({**fields, "ministry": "m" * 1_000}).encode(),
        ),
        "a value of 60 KB": ("too_large", with_field("x" * 60_000)),
        "65 levels": ("too_deep", with_field(deep)),
        "2,000 levels": ("too_deep", b"[" * 2_000),
        "a member twice": (
            "duplicate_member",
            (good.value or b"").replace(b"{", b'{"ministry":"mopa",', 1),
        ),
        "a number that is none": ("not_json", with_field(float("nan"))),
        "no JSON": ("not_json", b"{"),
        "no UTF-8": ("not_json", b"\xff\xfe"),
    }
    for what, (reason, value) in shapes.items():
        yield Nonsense(what, reason, key, value, good.headers)
    value, headers = with_type("ministry_received", case_file_number="7" * 101)
    yield Nonsense("a file number of 101 characters", "wrong_shape", key, value, headers)
    value, headers = with_type("ministry_received", case_file_number="05.00\n7")
    yield Nonsense("a file number of two lines", "wrong_shape", key, value, headers)
    times = {
        "a time without a zone": "2026-01-15T04:30:00",
        "a time as a number": "1768451400",
        "a time of 1970": "1970-01-01T00:00:00Z",
        "a time of the year 9999": "9999-12-31T23:59:59-14:00",
        "a time in three days": (datetime.now(UTC) + timedelta(days=3)).isoformat(),
        "a time in a zone that does not exist": "2026-01-15T04:30:00+19:00",
    }
    for what, time in times.items():
        yield Nonsense(what, "wrong_shape", key, good.value or b"", at(time))
    controls = [(n, b"a\x00b" if n == "ce_id" else v) for n, v in good.headers]
    yield Nonsense("an id with NUL", "control_character", key, good.value or b"", controls)
    yield Nonsense(
        "a key of 10 KB", "key_too_long", str(application_id).encode() * 300, b"{}", good.headers
    )
