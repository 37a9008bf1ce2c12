"""The check of systems that are called: the example of a back end, and each flaw alone."""

import asyncio
import json
import threading
import time
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
from libs.contracts.ministries import HandOver, MinistryDecision
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.signatures import sign
from services.ministries.connections.rules import Connection
from services.ministries.deliveries.adapters.contract import Link
from services.ministries.deliveries.adapters.credentials import Credentials
from services.ministries.deliveries.adapters.http_json import HttpJsonAdapter
from services.ministries.deliveries.adapters.paper_links import PaperLinks
from services.ministries.deliveries.rules import Delivery
from tests.examples.modules import example
from tests.services.ministries.deliveries.adapters.suite import LINK_KEY
from tools.adapter_checks.checks import CHECKS, OF_APPEALS, System, run_checks
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


class OpensOneCasePerApplicant(backend_module.Backend):  # type: ignore[misc]
    """A citizen's second application gets the number of her first one."""

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        with self.lock:
            rows = self.db.execute("SELECT number, submission FROM cases").fetchall()
        numbers = {orjson.loads(text)["applicant_id"]: first for first, text in reversed(rows)}
        return super().take(key, submission, number or numbers.get(submission["applicant_id"]))


class GivesNumbersOfWithdrawn(backend_module.Backend):  # type: ignore[misc]
    """The number of a case that was closed is free for the next application."""

    @override
    def next_number(self) -> Any:
        free = self.db.execute("SELECT number FROM cases WHERE state = 'withdrawn'").fetchone()
        return free[0] if free else super().next_number()


class RestoresItsSequence(backend_module.Backend):  # type: ignore[misc]
    """The backup has the sequence, too: what was given since is given again."""

    @override
    def lose(self, newest: int) -> None:
        with self.lock, self.db:
            self.db.execute("UPDATE numbers SET last = last - ?", (newest,))
        super().lose(newest)


class LooksKeysUpTooEarly(backend_module.Backend):  # type: ignore[misc]
    """A repeat that comes while the first is worked on opens a second case."""

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        with self.lock:
            is_known = self.number_of(key)
        time.sleep(0.1)
        with self.lock, self.db:
            is_late = not is_known and self.number_of(key)
            return self.next_number() if is_late else super().take(key, submission, number)


class RefusesUnknownFields(backend_module.Backend):  # type: ignore[misc]
    """Its schema allows no other members than those of today."""

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        assert submission.keys() <= HandOver.model_fields.keys()
        return super().take(key, submission, number)


class NeedsAPerson(backend_module.Backend):  # type: ignore[misc]
    """It cannot take the withdrawal of a citizen who was erased."""

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        assert submission["applicant_id"]
        return super().take(key, submission, number)


class NeedsAnswers(backend_module.Backend):  # type: ignore[misc]
    """It stores forms in columns, some of which must not be null."""

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        assert submission["kind"] == "withdrawn" or submission["form"]["nid"].isdecimal()
        return super().take(key, submission, number)


class CallsBackUnderOneId(backend_module.Backend):  # type: ignore[misc]
    """All its decisions have one webhook-id."""

    @override
    def post(self, url: str, body: bytes, message_id: str) -> tuple[int, bytes]:
        status, answer = super().post(url, body, "decision")
        return status, answer


class SaysOnlyReceived(backend_module.Backend):  # type: ignore[misc]
    """It calls back that it has an application, and never that it was decided."""

    @override
    def decide(self, application_id: str, action: str, note: Any = None) -> None:
        super().decide(application_id, "received", note)


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
async def system_of(kind: Any, folder: Path, *, wait_s: float = 30.0) -> AsyncIterator[System]:
    """A back end, and the check's way to it; what never comes is waited for to the end."""
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
                link, HttpJsonAdapter, forger, platform, paper_wait_s=0.2, wait_s=wait_s, lose=lose
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
        (OpensOneCasePerApplicant, {"own_case_file", "concurrent", "recovered"}),
        (GivesNumbersOfWithdrawn, {"own_case_file", "recovered"}),
        (RestoresItsSequence, {"own_case_file", "recovered"}),
        (LooksKeysUpTooEarly, {"once"}),
        (RefusesUnknownFields, {"more_fields"}),
        (NeedsAPerson, {"withdrawn"}),
        (CallsBackUnderOneId, {"decided"}),
        (SaysOnlyReceived, {"decided"}),
    ],
)
async def test_each_flaw_is_found_by_its_rule(kind: Any, wrong: set[str], tmp_path: Path) -> None:
    """A back end that would fail on the first real day does not pass, and a right one does."""
    wait_s = 4.0 if wrong & {"decided", "recovered"} else 30.0
    async with system_of(kind, tmp_path, wait_s=wait_s) as system:
        found = await run_checks(system)
    assert found.keys() == CHECKS.keys()
    assert {name for name, (result, _) in found.items() if result != "passed"} == wrong


class TakesAppeals(backend_module.Backend):  # type: ignore[misc]
    """Refuses by callback, and decides objections by callback."""

    stage = "appeal"
    first = "refused"

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        is_known = self.number_of(key)
        case = super().take(key, submission, number)
        if not is_known and submission["kind"] == "appealed":
            self.decide_again(submission)
        return case

    def decide_again(self, submission: Any) -> None:
        self.say(submission["application_id"], "approved", self.stage)

    @override
    def decide(self, application_id: str, action: str, note: Any = None) -> None:
        row = self.db.execute(
            "SELECT submission FROM cases WHERE application_id = ?", (application_id,)
        ).fetchone()
        if json.loads(row[0])["kind"] != "appealed":
            self.say(application_id, self.first, "first")

    def say(self, application_id: str, action: str, stage: str) -> None:
        note = {"bn": "কারণ", "en": "Why"}
        super().decide(application_id, action, note)
        (message_id, body) = self.db.execute(
            "SELECT id, body FROM callbacks ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        said = json.dumps({**json.loads(body), "stage": stage})
        with self.lock, self.db:
            self.db.execute("UPDATE callbacks SET body = ? WHERE id = ?", (said, message_id))


class DecidesNoAppeals(TakesAppeals):
    @override
    def decide_again(self, submission: Any) -> None:
        return


class SaysNoStage(TakesAppeals):
    stage = "first"


class RefusesNothing(TakesAppeals):
    first = "approved"


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (TakesAppeals, ""),
        (DecidesNoAppeals, "no decision of stage appeal"),
        (SaysNoStage, "no decision of stage appeal"),
        (RefusesNothing, "was not refused"),
    ],
)
async def test_whoever_declares_objections_is_checked_with_them(
    kind: Any, wrong: str, tmp_path: Path
) -> None:
    """A system takes one, once and under its case file number, and says what it decided of it."""
    async with system_of(kind, tmp_path, wait_s=2.0 if wrong else 30.0) as system:
        takes = system.link.connection.model_copy(update={"appeal_days": 30})
        run, _ = OF_APPEALS["appealed"]
        found = await run(replace(system, link=replace(system.link, connection=takes)))
    assert wrong in found
    assert bool(found) == bool(wrong)


async def test_what_cannot_be_tried_is_skipped(tmp_path: Path) -> None:
    """Without a way to lose something; the report then has not passed."""
    async with system_of(backend_module.Backend, tmp_path) as system:
        found = await run_checks(replace(system, lose=None))
    assert {name: result for name, (result, _) in found.items() if result != "passed"} == {
        "recovered": "skipped"
    }


async def test_a_form_that_a_system_needs_can_be_given(tmp_path: Path) -> None:
    """Without its answers nothing of it can be checked; each form says that it is a test."""
    async with system_of(NeedsAnswers, tmp_path) as system:
        found = await run_checks(replace(system, form={"nid": "1234567890"}))
        forms = [hand_over.submission["form"] for hand_over in system.platform.handed_over]
    assert {result for result, _ in found.values()} == {"passed"}
    assert {form["remark"] for form in forms if form} == {"a test of the connection"}


class OpensASecondCase(backend_module.Backend):  # type: ignore[misc]
    """It knows no keys, but says of each application whether it has it."""

    @override
    def take(self, key: str, submission: Any, number: str | None = None) -> Any:
        with self.lock, self.db:
            if self.number_of(key) and not number:
                return self.next_number()
        return super().take(key, submission, number)


async def test_a_system_that_can_be_asked_is_asked(tmp_path: Path) -> None:
    """A repeat is confirmed first, as in production; another adapter finds the second case."""
    async with system_of(OpensASecondCase, tmp_path) as system:
        taken: dict[str, MinistryDecision] = {}

        class Confirming(HttpJsonAdapter):
            @override
            async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
                decision = await super().submit(delivery, idempotency_key)
                taken.setdefault(idempotency_key, decision)
                return decision

            async def confirm(
                self, delivery: Delivery, idempotency_key: str
            ) -> MinistryDecision | None:
                return taken.get(idempotency_key) if delivery.unconfirmed_at else None

        run, _ = CHECKS["once"]
        assert await run(system) == "the same Idempotency-Key opened two case files"
        assert await run(replace(system, adapter_of=Confirming)) == ""


async def test_a_wrong_callback_is_named(tmp_path: Path) -> None:
    """The vendor reads which field is wrong, or that the signature is."""
    async with system_of(RefusesWithoutNote, tmp_path, wait_s=4.0) as system:
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
            headers = sign(key, "msg_1", utc_now(), body) | {"content-type": "application/json"}
            reply = await client.call("POST", url, body=body, headers=headers, deadline_s=10)
            assert (reply.status, reply.media_type) == (status, "application/problem+json")


APPROVED = {"application_id": "0198a5b0-5c1e-7d20-9b7a-3f6f0c1d2e3f", "action": "approved"}


@pytest.mark.parametrize(
    ("message_id", "media_type", "fields", "status"),
    [
        ("msg_1", "application/json", {}, 204),
        ("msg_1", "application/x-www-form-urlencoded", {}, 415),
        ("a blank", "application/json", {}, 400),
        ("msg_1", "application/json", {"case_file_number": "7\x00"}, 422),
        ("msg_1", "application/json", {"case_file_number": "8"}, 422),
        ("msg_2", "application/json", {"paper": {"template": "passport", "fields": {}}}, 422),
    ],
)
async def test_a_callback_is_refused_as_by_the_platform(
    message_id: str, media_type: str, fields: dict[str, Any], status: int
) -> None:
    """What the platform refuses passes no check; here after one that was taken."""
    platform = Platform(MINISTRY, [KEY])
    async with (
        listening(platform, "http://127.0.0.1:0"),
        HttpClient("t", tracing=Tracing("t"), metrics=Metrics("t")) as client,
    ):

        async def call(message_id: str, media_type: str, content: dict[str, Any]) -> int:
            body = orjson.dumps(content)
            headers = sign(KEY, message_id, utc_now(), body) | {"content-type": media_type}
            url = platform.callback_url
            return (
                await client.call("POST", url, body=body, headers=headers, deadline_s=10)
            ).status

        assert await call("msg_1", "application/json", APPROVED) == 503
        assert await call("msg_1", "application/json", APPROVED) == 204
        assert await call(message_id, media_type, APPROVED | fields) == status
