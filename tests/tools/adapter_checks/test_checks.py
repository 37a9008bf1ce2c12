"""The check of systems that are called: the example of a back end, and each flaw alone."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson
import pytest
from typing_extensions import override

from libs.clock import utc_now
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.signatures import sign
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from tests.examples.modules import example
from tests.services.ministries.deliveries.adapters.suite import LINK_KEY
from tools.adapter_checks.checks import CHECKS, System, run_checks
from tools.adapter_checks.platform import Platform, listening

MINISTRY = "mopa"
KEY = "whsec_dGhlIGtleSBvZiB0aGlzIG1pbmlzdHJ5"
backend_module: Any = example("http_backend/backend.py")


class FailsOnBangla(backend_module.Backend):  # type: ignore[misc]
    @override
    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        body.decode("ascii")
        return super().answer(path, headers, body)


class FailsOn(backend_module.Backend):  # type: ignore[misc]
    """Fails where a field is not null."""

    name: str

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        assert submission[self.name] is None
        return super().take(key, submission, number)


class FailsOnOffice(FailsOn):
    name = "office"


class FailsOnMandate(FailsOn):
    name = "mandate"


class FailsOnMovedTo(FailsOn):
    name = "moved_to"


class TakesNothingLarge(backend_module.Backend):  # type: ignore[misc]
    @override
    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        if len(body) > 2_000:
            return 413, "text/html", b"<html>413 Request Entity Too Large</html>"
        return super().answer(path, headers, body)


class TakesOneSignature(backend_module.Backend):  # type: ignore[misc]
    @override
    def is_signed(self, headers: Any, body: bytes) -> bool:
        if " " in headers.get("webhook-signature", ""):
            return False
        return bool(super().is_signed(headers, body))


class LooksAtNoTime(backend_module.Backend):  # type: ignore[misc]
    @override
    def is_recent(self, at: int) -> bool:
        return True


class ComparesNoPaper(backend_module.Backend):  # type: ignore[misc]
    @override
    def check_papers(self, documents: Any) -> None:
        for paper in documents:
            with urlopen(paper["url"]) as reply:  # noqa: S310
                reply.read()


class FetchesNoPaper(backend_module.Backend):  # type: ignore[misc]
    @override
    def check_papers(self, documents: Any) -> None:
        return


class NumbersCorrections(backend_module.Backend):  # type: ignore[misc]
    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        if submission["kind"] == "corrected":
            self.db.execute(
                "DELETE FROM cases WHERE application_id = ?", (submission["application_id"],)
            )
        return super().take(key, submission, number)


class LetsAnybodyIn(backend_module.Backend):  # type: ignore[misc]
    @override
    def is_signed(self, headers: Any, body: bytes) -> bool:
        return True


class RefusesByStatus(backend_module.Backend):  # type: ignore[misc]
    @override
    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Any:
        status, media_type, content = super().answer(path, headers, body)
        return (404, "text/plain", b"") if status == 422 else (status, media_type, content)


class CallsBackOnce(backend_module.Backend):  # type: ignore[misc]
    @override
    def post(self, url: str, body: bytes, message_id: str) -> tuple[int, bytes]:
        status, answer = super().post(url, body, message_id)
        return (204, answer) if url.endswith("/decisions") else (status, answer)


class CallsBackUnderNewIds(backend_module.Backend):  # type: ignore[misc]
    @override
    def post(self, url: str, body: bytes, message_id: str) -> tuple[int, bytes]:
        status, answer = super().post(url, body, f"{message_id}-{utc_now().timestamp()}")
        return status, answer


class RefusesWithoutNote(backend_module.Backend):  # type: ignore[misc]
    @override
    def decide(self, application_id: str, action: str, note: Any = None) -> None:
        super().decide(application_id, "refused", note)


class ReadsNothingAgain(backend_module.Backend):  # type: ignore[misc]
    @override
    def recover(self) -> None:
        return


class ReadsOnePage(backend_module.Backend):  # type: ignore[misc]
    @override
    def post(self, url: str, body: bytes, message_id: str) -> tuple[int, bytes]:
        status, answer = super().post(url, body, message_id)
        return status, answer.replace(b'"has_more":true', b'"has_more":false')


class NumbersWhatItReadsAgain(backend_module.Backend):  # type: ignore[misc]
    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        return super().take(key, submission)


@contextmanager
def serving(backend: Any) -> Iterator[str]:
    """Serve a back end on a free port."""
    server = backend_module.server_of(backend, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    backend.closed.set()
    server.shutdown()
    thread.join()
    server.server_close()


@asynccontextmanager
async def system_of(kind: Any, folder: Path) -> AsyncIterator[System]:
    """A back end, and the check's way to it."""
    backend = kind(MINISTRY, [KEY], folder / "cases.sqlite", "approved")
    platform = Platform(MINISTRY, [KEY])
    client = HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t"))
    with serving(backend) as url:
        async with listening(platform, "http://127.0.0.1:0"), client:
            link = Link(
                ministry=MINISTRY,
                connection=Connection(address=url),
                client=client,
                credentials=Credentials(lambda _: [KEY]),
                callback_url=platform.callback_url,
                deadline_s=10.0,
                now=utc_now,
                papers=PaperLinks(platform.url, LINK_KEY),
                cursor=platform.cursor,
            )
            forger = replace(link, credentials=Credentials(lambda _: ["whsec_d3Jvbmc="]))

            async def lose() -> str:
                await asyncio.to_thread(backend.lose, 2)
                return ""

            yield System(
                link, HttpJsonAdapter, forger, platform, paper_wait_s=0.2, wait_s=2.0, lose=lose
            )
    with backend.lock:
        backend.db.close()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (backend_module.Backend, set[str]()),
        (FailsOnBangla, {"bangla", "large", "office"}),
        (FailsOnOffice, {"office"}),
        (FailsOnMandate, {"mandate"}),
        (FailsOnMovedTo, {"moved"}),
        (TakesNothingLarge, {"large"}),
        (TakesOneSignature, {"rotated"}),
        (LooksAtNoTime, {"fresh"}),
        (ComparesNoPaper, {"broken_paper"}),
        (FetchesNoPaper, {"papers", "broken_paper"}),
        (NumbersCorrections, {"corrected"}),
        (LetsAnybodyIn, {"private"}),
        (RefusesByStatus, {"refused"}),
        (CallsBackOnce, {"decided"}),
        (CallsBackUnderNewIds, {"decided"}),
        (RefusesWithoutNote, {"decided"}),
        (ReadsNothingAgain, {"recovered"}),
        (ReadsOnePage, {"recovered"}),
        (NumbersWhatItReadsAgain, {"recovered"}),
    ],
)
async def test_each_flaw_is_found_by_its_rule(kind: Any, wrong: set[str], tmp_path: Path) -> None:
    """A back end that would fail on the first real day does not pass, and a right one does."""
    async with system_of(kind, tmp_path) as system:
        found = await run_checks(system)
    assert found.keys() == CHECKS.keys()
    assert {name for name, (result, _) in found.items() if result != "passed"} == wrong


async def test_what_cannot_be_tried_is_skipped(tmp_path: Path) -> None:
    """Without a way to lose something; the report then has not passed."""
    async with system_of(backend_module.Backend, tmp_path) as system:
        found = await run_checks(replace(system, lose=None))
    assert {name: result for name, (result, _) in found.items() if result != "passed"} == {
        "recovered": "skipped"
    }


async def test_a_wrong_callback_is_named(tmp_path: Path) -> None:
    """The vendor reads which field is wrong, or that the signature is."""
    async with system_of(RefusesWithoutNote, tmp_path) as system:
        found = await run_checks(system)
    assert "/note note_missing" in found["decided"][1]


async def test_the_stand_in_answers_as_the_platform_does() -> None:
    """A paper at its link; 401 and 422 with a problem document."""
    platform = Platform(MINISTRY, [KEY])
    async with (
        listening(platform, "http://127.0.0.1:0"),
        HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client,
    ):
        paper = platform.paper()
        reply = await client.call("GET", f"{platform.url}/v1/any", deadline_s=10)
        (reference,) = orjson.loads(paper.documents())
        assert sha256(reply.body).hexdigest() == reference["sha256"]
        assert (reply.media_type, len(reply.body)) == ("application/pdf", reference["size_bytes"])
        url = f"{platform.url}/v1/ministries/{MINISTRY}/deliveries"
        body = b'{"after": "of another"}'
        for key, status in ((KEY, 422), ("whsec_d3Jvbmc=", 401)):
            headers = sign(key, "msg_1", utc_now(), body)
            reply = await client.call("POST", url, body=body, headers=headers, deadline_s=10)
            assert (reply.status, reply.media_type) == (status, "application/problem+json")
