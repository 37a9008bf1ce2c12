"""Cursors behind hand-overs to a ministry."""

import base64
import binascii
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from libs.errors import Refused
from services.ministries.deliveries.values import HandedOver

_CONTENT: Final = struct.Struct(">QQ")
_MAC_BYTES: Final = 14  # so that base64 fills its last character


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place among the hand-overs: behind a number, which was the last one at a time."""

    number: int
    at: datetime

    def text(self, ministry: str, key: bytes) -> str:
        """Return it as the ministry gets it: opaque, and the same whenever it is made."""
        content = _CONTENT.pack(self.number, int(self.at.timestamp()))
        return base64.urlsafe_b64encode(content + _mac(content, ministry, key)).decode()


def read_cursor(text: str, ministry: str, key: bytes) -> Cursor:
    """Read a cursor that a ministry sends.

    Raises:
        Refused: it was not given to this ministry by this platform.
    """
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        content, mac = raw[: _CONTENT.size], raw[_CONTENT.size :]
        number, at_s = _CONTENT.unpack(content)
    except (binascii.Error, ValueError, struct.error):
        raise Refused("cursor_unknown") from None
    if not hmac.compare_digest(mac, _mac(content, ministry, key)):
        raise Refused("cursor_unknown")
    return Cursor(number, datetime.fromtimestamp(at_s, UTC))


def check_cursor(cursor: Cursor, last: int, now: datetime, kept: timedelta) -> None:
    """Check that all that followed a cursor is still there.

    Args:
        cursor: whence a ministry asks.
        last: the last number that was given.
        now: the time.
        kept: how long what was handed over is kept.

    Raises:
        Refused: it is too old, or of numbers that were never given: the database is another one.
    """
    if cursor.number > last:
        raise Refused("cursor_unknown")
    if cursor.at < now - kept:
        raise Refused("cursor_too_old")


def cursor_behind(hand_over: HandedOver) -> Cursor:
    """Return the cursor behind a hand-over."""
    return Cursor(hand_over.number, hand_over.at)


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries in the order of their hand-over, and the cursor behind the last one."""

    deliveries: Sequence[HandedOver]
    next: Cursor
    has_more: bool


def _mac(content: bytes, ministry: str, key: bytes) -> bytes:
    return hmac.digest(key, content + ministry.encode(), "sha256")[:_MAC_BYTES]
