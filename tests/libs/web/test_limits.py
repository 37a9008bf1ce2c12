import pytest
from starlette.types import Message

from libs.errors import Refused, Unreadable
from libs.web.limits import BODY_LIMIT_BYTES, check_announced_size, limited


@pytest.mark.parametrize("size", ["0", "65536"])
def test_announced_size_within_the_limit_passes(size: str) -> None:
    """Up to 64 KiB may be announced."""
    check_announced_size({"headers": [(b"content-length", size.encode())]})


@pytest.mark.parametrize("size", ["65537", "999999999999999999"])
def test_announced_size_over_the_limit_is_refused(size: str) -> None:
    """More may not."""
    with pytest.raises(Refused, match="body_too_large"):
        check_announced_size({"headers": [(b"content-length", size.encode())]})


@pytest.mark.parametrize("size", [b"-1", b"1e3", b"", b"\xff", b"9" * 5_000])
def test_announced_nonsense_is_unreadable(size: bytes) -> None:
    """What is no number is the caller's mistake."""
    with pytest.raises(Unreadable, match="bad_request"):
        check_announced_size({"headers": [(b"content-length", size)]})


async def test_bytes_are_counted_as_they_come() -> None:
    """The limit holds over all parts together, whatever was announced."""

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x" * (BODY_LIMIT_BYTES // 2), "more_body": True}

    counted = limited(receive)
    await counted()
    await counted()
    with pytest.raises(Refused, match="body_too_large"):
        await counted()
