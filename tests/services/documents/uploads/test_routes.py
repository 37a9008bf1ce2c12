import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from tusclient.client import TusClient

from libs.database.pool import Database
from tests.services.documents import scenes
from tests.services.documents.running import TUS, Documents, running, stranger
from tests.services.identity.running import Reply
from tests.waiting import PATIENCE_S

MIB = 1024 * 1024


async def test_an_upload_arrives_in_parts(documents: Documents) -> None:
    """Each part begins where the one before ended; a paper is made of the whole."""
    content = scenes.jpeg()
    address = await documents.begin(len(content))
    first = await documents.send(address, 0, content[:1000])
    assert (first.status, first.headers["upload-offset"]) == (204, "1000")
    assert await documents.offset(address) == 1000
    assert (await documents.send(address, 1000, content[1000:])).status == 204
    body = {"kind": "photo", "upload_ids": [address.rsplit("/", 1)[1]]}
    made = await documents.post_json("/v1/documents-from-uploads", body)
    again = await documents.post_json("/v1/documents-from-uploads", body)
    assert (made.status, again.status) == (201, 201)
    assert made.body["document_id"] == again.body["document_id"]
    assert not [each for each in documents.objects() if "uploads" in each.parts]


async def test_what_arrived_before_the_line_broke_is_kept(documents: Documents) -> None:
    """An upload that stops at 99 % goes on from there."""
    content = bytes(3 * MIB)
    address = await documents.begin(len(content))
    sent = asyncio.Event()

    async def broken() -> object:
        yield content[: len(content) - 100]
        sent.set()
        await asyncio.Event().wait()

    headers = {
        **documents.headers(),
        **TUS,
        "content-type": "application/offset+octet-stream",
        "upload-offset": "0",
        "content-length": str(len(content)),
    }
    async with aiohttp.ClientSession(documents.url) as http:
        call = asyncio.ensure_future(http.patch(address, data=broken(), headers=headers))  # noqa: TID251
        await sent.wait()
        await until_offset(documents, address, 2 * MIB)
        call.cancel()
    await until_offset(documents, address, len(content) - 100)
    assert (await documents.send(address, len(content) - 100, bytes(100))).status == 204


async def until_offset(documents: Documents, address: str, offset: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while await documents.offset(address) < offset:
            await asyncio.sleep(0.02)


async def test_a_wrong_offset_is_refused(documents: Documents) -> None:
    """Of two requests that send the same part one is taken."""
    address = await documents.begin(2000)
    replies = await asyncio.gather(*(documents.send(address, 0, bytes(1000)) for _ in range(4)))
    assert sorted(reply.status for reply in replies) == [204, 409, 409, 409]
    assert await documents.offset(address) == 1000
    late = await documents.send(address, 500, bytes(10))
    assert (late.status, late.problem) == (409, "upload_offset_wrong")


async def test_a_public_client_breaks_off_and_goes_on(documents: Documents, tmp_path: Path) -> None:
    """tuspy uploads a part, a second client of it asks where to go on, and ends it."""
    content = scenes.jpeg(2000, 1500) + bytes(300_000)
    source = tmp_path / "photo.jpg"
    source.write_bytes(content)
    client = TusClient(f"{documents.url}/v1/uploads", headers=documents.headers())

    def begin() -> str:
        uploader = client.uploader(str(source), chunk_size=50_000, metadata={"filename": "ছবি.jpg"})
        uploader.upload(stop_at=150_000)
        return str(uploader.url)

    def go_on(url: str) -> int:
        uploader = client.uploader(str(source), chunk_size=64_000, url=url)
        begun_at = int(uploader.offset)
        uploader.upload()
        return begun_at

    url = await asyncio.to_thread(begin)
    assert await asyncio.to_thread(go_on, url) == 150_000
    body = {"kind": "photo", "upload_ids": [url.rsplit("/", 1)[1]]}
    made = await documents.post_json("/v1/documents-from-uploads", body)
    assert (made.status, made.body["name"]) == (201, "ছবি.jpg")


async def test_an_upload_is_given_up_or_expires(documents: Documents) -> None:
    """Both ways it is unknown from then on."""
    given_up, expiring = await documents.begin(10), await documents.begin(10)
    assert (await documents.call("DELETE", given_up, headers=TUS)).status == 204
    assert (await documents.call("HEAD", given_up, headers=TUS)).status == 404
    documents.time.forward(hours=25)
    assert (await documents.call("HEAD", expiring, headers=TUS)).status == 404


async def test_uploads_of_others_are_unknown(documents: Documents) -> None:
    """Nobody adds to, sees or deletes the upload of another citizen."""
    address, other = await documents.begin(10), stranger()
    assert (await documents.send(address, 0, b"x", citizen_id=other)).status == 404
    assert (await documents.call("DELETE", address, headers=TUS, citizen_id=other)).status == 404
    body = {"kind": "photo", "upload_ids": [address.rsplit("/", 1)[1]]}
    reply = await documents.post_json("/v1/documents-from-uploads", body, citizen_id=other)
    assert (reply.status, reply.problem) == (404, "upload_unknown")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"upload-length": "10"}, 412, "upload_version"),
        ({**TUS}, 400, "upload_header_wrong"),
        ({**TUS, "upload-length": "-1"}, 400, "upload_header_wrong"),
        (
            {**TUS, "upload-length": "1", "upload-metadata": "filename $$"},
            400,
            "upload_header_wrong",
        ),
        ({**TUS, "upload-length": str(20 * MIB + 1)}, 413, "document_too_large"),
    ],
)
async def test_wrong_headers_are_refused(
    documents: Documents, headers: dict[str, str], status: int, code: str
) -> None:
    """Each answer has the version of the protocol, and says what to send."""
    reply = await documents.call("POST", "/v1/uploads", headers=headers)
    assert (reply.status, reply.problem) == (status, code)
    assert reply.headers["tus-resumable"] == "1.0.0"


async def test_options_tell_what_is_served(documents: Documents) -> None:
    """A client learns version, extensions and the largest size without a token."""
    reply = await documents.call("OPTIONS", "/v1/uploads", citizen_id=None)
    assert (reply.status, reply.headers["tus-version"]) == (204, "1.0.0")
    assert "creation" in reply.headers["tus-extension"]
    assert reply.headers["tus-max-size"] == str(20 * MIB)


async def test_no_upload_becomes_longer_than_announced(documents: Documents) -> None:
    """What is too much is refused, in one part or after others; what came before stays."""
    address = await documents.begin(10)
    for offset, content in ((0, bytes(11)), (0, bytes(4)), (4, bytes(7))):
        reply = await documents.send(address, offset, content)
        is_too_long = offset + len(content) > 10
        assert reply.status == (413 if is_too_long else 204)
    assert await documents.offset(address) == 4
    assert (await documents.send(address, 4, bytes(6))).status == 204


async def test_an_incomplete_upload_makes_no_paper(documents: Documents) -> None:
    """It is said what to do."""
    address = await documents.begin(10)
    body = {"kind": "photo", "upload_ids": [address.rsplit("/", 1)[1]]}
    reply = await documents.post_json("/v1/documents-from-uploads", body)
    assert (reply.status, reply.problem) == (409, "upload_incomplete")


async def uploaded(documents: Documents, content: bytes) -> str:
    """Upload a whole file; return the id of its upload."""
    address = await documents.begin(len(content))
    assert (await documents.send(address, 0, content)).status == 204
    return address.rsplit("/", 1)[1]


async def made_of(documents: Documents, *upload_ids: str, kind: str = "photo") -> Reply:
    """Ask for a paper of uploads."""
    body = {"kind": kind, "upload_ids": upload_ids}
    return await documents.post_json("/v1/documents-from-uploads", body)


async def test_uploads_that_are_used_are_no_part_of_another_paper(documents: Documents) -> None:
    """No page is lost in silence: other pages, another order or kind are refused, a repeat is not.

    The uploads that were not used can still become a paper.
    """
    first, second, third = [
        await uploaded(documents, scenes.jpeg(width, 240)) for width in (320, 330, 340)
    ]
    made = await made_of(documents, first, second)
    assert (made.status, made.body["pages"]) == (201, 2)
    for other in (
        (first,),
        (second, first),
        (first, third),
        (third, first),
        (first, second, third),
    ):
        refused = await made_of(documents, *other)
        assert (refused.status, refused.problem) == (409, "upload_used"), other
    assert (await made_of(documents, first, second, kind="epi_card")).problem == "upload_used"
    again = await made_of(documents, first, second)
    assert (again.status, again.body["document_id"]) == (201, made.body["document_id"])
    assert (await made_of(documents, third)).status == 201


async def test_a_file_that_was_uploaded_twice_is_one_paper(documents: Documents) -> None:
    """A repeat of either request gets it."""
    uploads = [await uploaded(documents, scenes.jpeg()) for _ in range(2)]
    replies = [await made_of(documents, upload) for upload in uploads * 2]
    assert [reply.status for reply in replies] == [201] * 4
    assert len({reply.body["document_id"] for reply in replies}) == 1


async def test_what_arrived_of_a_deleted_upload_is_gone_at_once(documents: Documents) -> None:
    """Not only at the next sweep: else upload, delete, repeat would fill the store."""
    address = await documents.begin(3 * MIB)
    assert (await documents.send(address, 0, bytes(2 * MIB))).status == 204
    assert len(documents.objects()) == 2
    assert (await documents.call("DELETE", address, headers=TUS)).status == 204
    assert documents.objects() == []


async def test_a_part_that_came_twice_leaves_nothing(documents: Documents) -> None:
    """The object of the request that was refused is deleted at once."""
    address = await documents.begin(2000)
    await asyncio.gather(*(documents.send(address, 0, bytes(1000)) for _ in range(4)))
    assert len(documents.objects()) == 1


async def test_bytes_of_an_hour_are_bounded(
    database: Database, dsn_for: Callable[[str], Awaitable[str]], tmp_path: Path
) -> None:
    """Deleted ones count too; other citizens go on, and in the next hour the citizen does."""
    dsn = await dsn_for("documents")
    async with running(database, dsn, tmp_path, upload_mb_per_hour=2) as documents:
        for _ in range(2):
            address = await documents.begin(900_000)
            assert (await documents.send(address, 0, bytes(900_000))).status == 204
            await documents.call("DELETE", address, headers=TUS)
        address = await documents.begin(900_000)
        refused = await documents.send(address, 0, bytes(900_000))
        assert (refused.status, refused.problem) == (429, "upload_bytes_used")
        assert 0 < int(refused.headers["retry-after"]) <= 3600
        assert documents.objects() == []
        theirs = await documents.begin(900_000, citizen_id=(other := stranger()))
        assert (await documents.send(theirs, 0, bytes(900_000), citizen_id=other)).status == 204
        documents.time.forward(hours=1)
        assert (await documents.send(address, 0, bytes(900_000))).status == 204
