"""The size of what we take in, held while it streams."""

from dataclasses import dataclass
from typing import Final

from starlette.types import Message, Receive, Scope

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


def check_announced_size(scope: Scope, limit_bytes: int = BODY_LIMIT_BYTES) -> None:
    """Turn away a body whose announced size is over the limit, before any of it is read.

    Raises:
        Refused: the announced size is over the limit.
        Unreadable: the announced size is no number.
    """
    announced = dict(scope["headers"]).get(b"content-length")
    if announced is None:
        return
    try:
        size_bytes = parse_int(announced.decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        raise Unreadable("bad_request", "content-length") from None
    if size_bytes > limit_bytes:
        raise Refused("body_too_large")


def limited(receive: Receive, limit_bytes: int = BODY_LIMIT_BYTES) -> Receive:
    """Count a body while it arrives, whatever it announced.

    The returned function raises `Refused` once more than the limit has come.
    """
    seen_bytes = 0

    async def counted() -> Message:
        nonlocal seen_bytes
        message = await receive()
        seen_bytes += len(message.get("body", b""))
        if seen_bytes > limit_bytes:
            raise Refused("body_too_large")
        return message

    return counted
