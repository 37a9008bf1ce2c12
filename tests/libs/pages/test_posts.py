"""A form with files passes through a page as it arrives."""

import pytest
from starlette.requests import ClientDisconnect, Request

from libs.pages.posts import PostedFiles
from tools.virtual_users.photo import as_form, photo

MEDIA_TYPE, BODY = as_form("epi_card", photo(), {"other": "text"})


def posted(body: bytes, *, piece_bytes: int) -> Request:
    """A request whose body arrives in pieces of a size, and then the browser goes."""
    pieces = [body[at : at + piece_bytes] for at in range(0, len(body), piece_bytes)]

    async def receive() -> dict[str, object]:
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    headers = [(b"content-type", MEDIA_TYPE.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.mark.parametrize("piece_bytes", [7, 100_000])
async def test_everything_passes_once(piece_bytes: int) -> None:
    """Byte for byte, wherever the pieces end; what one reader has left, the next one gets."""
    files = PostedFiles(posted(BODY, piece_bytes=piece_bytes))
    first = await anext(files)
    assert first + b"".join([piece async for piece in files]) == BODY


async def test_a_browser_that_goes_in_the_middle_ends_it() -> None:
    """Nobody waits for the rest."""
    files = PostedFiles(posted(b"", piece_bytes=1))
    with pytest.raises(ClientDisconnect):
        await files.read_rest()
