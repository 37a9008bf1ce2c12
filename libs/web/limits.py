"""The size of what we take in, held while it streams."""

from dataclasses import dataclass
from typing import Final

from libs.bangladesh.text import Malformed, parse_int
from libs.errors import Refused, Unreadable

BODY_LIMIT_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What one request may take.

    Args:
        body_bytes: largest body.
        deadline_s: seconds until an answer is made; after it the caller is told to ask again.
        at_once: most requests whose answers are being made; more are told to come back. How well
            the process is can always be asked.
    """

    body_bytes: int = BODY_LIMIT_BYTES
    deadline_s: float = 10.0
    at_once: int = 2_000


USUAL_LIMITS: Final = RequestLimits()


def check_announced_size(announced: bytes | None, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
    """Turn away a body whose announced size is over the limit, before any of it is read.

    Args:
        announced: the value of `Content-Length`, if there is one.
        limit_bytes: largest body.

    Raises:
        Refused: the announced size is over the limit.
        Unreadable: the announced size is no number.
    """
    if announced is None:
        return
    try:
        size_bytes = parse_int(announced.decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        raise Unreadable("bad_request", "content-length") from None
    if size_bytes > limit_bytes:
        raise Refused("body_too_large")
