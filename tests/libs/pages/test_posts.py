"""A form with files passes through a page, and one of its text fields is read meanwhile."""

import pytest
from starlette.requests import ClientDisconnect, Request

from libs.pages.posts import PostedFiles
from tools.virtual_users.photo import as_form, photo

MEDIA_TYPE, BODY = as_form("epi_card", photo(), {"state": "sealed-Ⅷ", "other": "text"})


def posted(body: bytes, *, piece_bytes: int, media_type: str = MEDIA_TYPE) -> Request:
    """A request whose body arrives in pieces of a size, and then the browser goes."""
    pieces = [body[at : at + piece_bytes] for at in range(0, len(body), piece_bytes)]

    async def receive() -> dict[str, object]:
        if not pieces:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    headers = [(b"content-type", media_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.mark.parametrize("piece_bytes", [1, 7, 100_000])
async def test_everything_passes_and_the_field_is_read(piece_bytes: int) -> None:
    """Byte for byte, wherever the pieces end."""
    files = PostedFiles(posted(BODY, piece_bytes=piece_bytes), "state")
    assert b"".join([piece async for piece in files]) == BODY
    assert files.field == "sealed-Ⅷ"


async def test_what_one_reader_left_is_read_as_well() -> None:
    """So the field is there also when the API refused the files at once."""
    files = PostedFiles(posted(BODY, piece_bytes=10), "state")
    await anext(files)
    await files.read_rest()
    assert files.field == "sealed-Ⅷ"


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data", BODY),
        (MEDIA_TYPE, b"no form"),
        (MEDIA_TYPE, as_form("k", b"", {"other": "text"})[1]),
        (MEDIA_TYPE, BODY.replace(b'name="state"', b'name="state"; filename="state"')),
        (MEDIA_TYPE, BODY.replace(b"sealed", b"s" * 300_000)),
    ],
    ids=["no boundary", "no form", "another form", "a file", "too long"],
)
async def test_what_cannot_be_read_is_for_the_api_to_refuse(media_type: str, body: bytes) -> None:
    """It passes all the same, and the field is empty."""
    files = PostedFiles(posted(body, piece_bytes=64, media_type=media_type), "state")
    assert b"".join([piece async for piece in files]) == body
    assert files.field == ""


async def test_a_browser_that_leaves_ends_the_upload() -> None:
    """Whoever passes the files on learns of it; afterwards there is nothing more to read."""
    files = PostedFiles(posted(b"", piece_bytes=1), "state")
    with pytest.raises(ClientDisconnect):
        await anext(files)
    await files.read_rest()
