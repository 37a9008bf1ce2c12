"""Papers that a ministry's own system asks for: from its signed callback to the citizen's page."""

import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import pytest

from libs.bangladesh.calendar import dhaka_date
from libs.clock import utc_now
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecided
from libs.contracts.topics import HOSTED_DECISIONS, HOSTED_MINISTRIES, MINISTRIES
from libs.ids import new_id
from libs.messaging.envelope import decode, encode
from libs.web.signed.signatures import derived_key, sign
from tests.pipeline.conftest import TAX_NUMBER
from tests.pipeline.desks import set_adapter
from tests.pipeline.platform import Platform
from tests.pipeline.topics import records_of, write
from tests.services.documents.scenes import armed_pdf, pdf
from tests.services.issuance.scenes import codes_of, page_of
from tests.waiting import until
from tools.virtual_users.citizen import Accepted, Citizen

TAX_OFFICE = "ird"
CERTIFICATE: dict[str, Any] = {
    "template": "tin_certificate",
    "fields": {"name_bn": "রহিমা খাতুন", "nid": "1234567890"},
    "post": {"bn": "উপ কর কমিশনার", "en": "Deputy commissioner of taxes"},
}
WHY = {"bn": "নাম ভুল ছিল।", "en": "The name was wrong."}


class TaxOffice:
    """The stand-in for a ministry's system, which calls back about one application."""

    def __init__(self, platform: Platform, accepted: Accepted) -> None:
        self._platform = platform
        self._application_id = accepted.application_id
        environment = platform.plan.environment("ministries", bootstrap="", dsn={})
        self._key = derived_key(environment["MINISTRIES_MINISTRY_SECRET"], TAX_OFFICE)

    async def brings(self, content: bytes) -> tuple[int, dict[str, Any]]:
        """Send a PDF of its own to documents; return the status, and the answer."""
        secret = self._platform.plan.environment("documents", bootstrap="", dsn={})
        key = derived_key(secret["DOCUMENTS_PAPERS_SECRET"], TAX_OFFICE)
        (row,) = await self._platform.rows(
            "applications",
            "SELECT citizen_id FROM applications WHERE application_id = $1",
            UUID(self._application_id),
        )
        about = {
            "application_id": self._application_id,
            "applicant_id": str(row["citizen_id"]),  # the hand-over has it
        }
        body = orjson.dumps({**about, "content": base64.b64encode(content).decode()})
        url = f"{self._platform.plan.url('documents')}/v1/ministries/{TAX_OFFICE}/own-papers"
        headers = sign(key, f"msg_{new_id()}", utc_now(), body)
        headers["content-type"] = "application/json"
        async with self._platform.http.post(url, data=body, headers=headers) as reply:
            return reply.status, await reply.json()

    async def writes(self, **said: Any) -> None:
        """Write a decision as the ministry's own adapter, which is asked nothing back."""
        decision = MinistryDecided(
            application_id=UUID(self._application_id),
            ministry=TAX_OFFICE,
            outcome="approved",
            **said,
        )
        record, topic = encode(decision, trace=None), MINISTRIES.name_for(TAX_OFFICE)
        await write(
            self._platform.kafka, topic, key=record.key, value=record.value, headers=record.headers
        )

    async def says(self, action: str = "approved", **said: Any) -> tuple[int, str, list[str]]:
        """Call back; return the status, the problem and the fields that it names."""
        body = orjson.dumps({"application_id": self._application_id, "action": action, **said})
        url = f"{self._platform.plan.url('gateway')}/v1/ministries/{TAX_OFFICE}/decisions"
        headers = sign(self._key, f"msg_{new_id()}", utc_now(), body)
        headers["content-type"] = "application/json"
        async with self._platform.http.post(url, data=body, headers=headers) as reply:
            answer = await reply.json() if reply.status != 204 else {}
            pointers = [each["pointer"] for each in answer.get("errors", [])]
            return reply.status, answer.get("type", "").removeprefix("/problems/"), pointers


@pytest.fixture
async def accepted(
    platform: Platform,
    citizen: Citizen,
    form: dict[str, Any],
    behave: Callable[..., Awaitable[None]],
) -> Accepted:
    """An application that the ministry's system has, and does not decide by itself."""
    await behave(mode="never")
    accepted = await citizen.apply(TAX_NUMBER, form)

    async def is_there() -> bool:
        rows = await platform.rows(
            "ministries",
            "SELECT FROM deliveries WHERE application_id = $1 AND state = 'handed_over'",
            UUID(accepted.application_id),
        )
        return bool(rows)

    await until(is_there)
    return accepted


async def papers_of(citizen: Citizen, accepted: Accepted) -> list[dict[str, Any]]:
    """Her papers about the application, the newest first."""
    _, listed = await citizen.get(f"/v1/applications/{accepted.tracking_number}/papers")
    items: list[dict[str, Any]] = listed["items"]
    return items


async def states_are(citizen: Citizen, accepted: Accepted, *states: str) -> bool:
    """Whether her papers have these states, the newest first."""
    return [paper["state"] for paper in await papers_of(citizen, accepted)] == list(states)


async def said_of(platform: Platform, accepted: Accepted) -> list[str]:
    """The types of what was decided about the application, topic by topic."""
    return [
        decode(topic, record.topic, record.headers, record.value).type
        for topic in (HOSTED_MINISTRIES, HOSTED_DECISIONS)
        for record in await records_of(platform.kafka, topic.name)
        if record.key == accepted.application_id.encode()
    ]


async def is_drawn(platform: Platform, citizen: Citizen, url: str) -> bool:
    """Whether a citizen gets the paper, with a link to its check."""
    async with platform.http.get(url, headers=citizen.headers) as reply:
        if reply.status == 410:
            return False
        assert (reply.status, reply.content_type) == (200, "application/pdf")
        link, _ = codes_of(page_of(await reply.read()))
    assert link.startswith(f"{platform.plan.url('portal')}/check/")
    return True


async def test_a_ministrys_system_grants_corrects_and_withdraws_a_paper(
    platform: Platform, citizen: Citizen, accepted: Accepted
) -> None:
    """Everybody checks it, its citizen reads why it ended, and a repeat is none."""
    office = TaxOffice(platform, accepted)
    assert await office.says(paper=CERTIFICATE) == (204, "", [])
    assert await office.says(paper=CERTIFICATE) == (204, "", [])
    await until(partial(states_are, citizen, accepted, "valid"))
    (paper,) = await papers_of(citizen, accepted)
    assert paper["title"]["en"] == "TIN certificate"
    gateway = platform.plan.url("gateway")
    path = f"/v1/applications/{accepted.tracking_number}/papers/{paper['number']}/content"
    assert await is_drawn(platform, citizen, gateway + path)

    corrected = {**CERTIFICATE, "fields": {"name_bn": "রহিমা বেগম"}}
    assert await office.says(paper=corrected) == (204, "", [])
    await until(partial(states_are, citizen, accepted, "valid", "replaced"))
    assert await office.says("paper_withdrawn", note=WHY) == (204, "", [])
    assert await office.says("paper_withdrawn", note=WHY) == (204, "", [])
    await until(partial(states_are, citizen, accepted, "withdrawn", "replaced"))
    newest, first = await papers_of(citizen, accepted)
    assert (newest["reason"], first["replaced_by"]) == (WHY, newest["number"])
    async with platform.http.get(f"{gateway}/v1/papers/{newest['number']}") as reply:
        status = await reply.json()
    said = (status["state"], status["body"], status["initials"])
    assert said == ("withdrawn", TAX_OFFICE, "র.ব.")
    assert not await is_drawn(platform, citizen, gateway + path)
    assert (await said_of(platform, accepted))[1:] == [
        "ministry_decided",
        "paper_granted",
        "paper_granted",
        "paper_revoked",
    ]


async def test_a_paper_that_cannot_be_made_leaves_the_application_undecided(
    platform: Platform, citizen: Citizen, accepted: Accepted
) -> None:
    """The ministry is told each time what is wrong; then both are taken, without a dead letter."""
    office = TaxOffice(platform, accepted)
    before = await dead_letters(platform)
    fields = CERTIFICATE["fields"]
    for wrong, problem, pointer in (
        ({"template": "no_such"}, "paper_template_unknown", None),
        ({"template": "passport"}, "paper_template_not_yours", "/paper/template"),
        ({"fields": {}}, "paper_field_missing", "/paper/fields/name_bn"),
        ({"fields": {**fields, "nid": "ক" * 2_001}}, "wrong_shape", "/paper/fields/nid"),
        (
            {"fields": {**fields, "nid": "\u202e0987654321"}},
            "paper_field_unprintable",
            "/paper/fields/nid",
        ),
        ({"fields": {**fields, "nid": "سلام"}}, "paper_field_unprintable", "/paper/fields/nid"),
        ({"fields": {**fields, "salary": "1"}}, "paper_field_unknown", "/paper/fields/salary"),
    ):
        status, code, pointers = await office.says(paper=CERTIFICATE | wrong)
        assert (status, code) == (422, problem)
        assert pointers == ([pointer] if pointer else pointers)
    assert (await office.says("received", paper=CERTIFICATE))[1] == "paper_without_decision"
    assert (await office.says("paper_withdrawn", note=WHY))[1] == "paper_not_granted"
    _, shown = await citizen.get(f"/v1/applications/{accepted.tracking_number}")
    assert shown["status"] == "with_ministry"
    markup = {**CERTIFICATE, "fields": {**fields, "name_bn": '#read("/etc/passwd") $x$ <b>' * 60}}
    assert await office.says(paper=markup) == (204, "", [])
    await until(partial(states_are, citizen, accepted, "valid"))
    assert await dead_letters(platform) == before
    assert (await said_of(platform, accepted))[1:] == ["ministry_decided", "paper_granted"]


async def own_paper(office: TaxOffice, content: bytes) -> dict[str, Any]:
    """Have a PDF taken; return the paper that the decision names then."""
    status, taken = await office.brings(content)
    assert status == 201, taken
    fields = {"name_bn": "রহিমা খাতুন", "subject": "কর সনদ"}
    return {"template": "own_document", "fields": fields, "receipt": taken["receipt"]}


async def test_a_pdf_with_a_script_or_without_its_receipt_is_no_paper(
    platform: Platform, accepted: Accepted
) -> None:
    """Documents refuses the one, and the callback the other, with another template too."""
    office = TaxOffice(platform, accepted)
    _, refused = await office.brings(armed_pdf())
    assert refused["type"] == "/problems/document_active"
    own = await own_paper(office, pdf(2))
    another = {**own["fields"], "document_id": str(new_id()), "sha256": "0" * 64}
    for wrong in (
        {**own, "receipt": None, "fields": another},
        {**own, "receipt": "x.y.z"},
        {**CERTIFICATE, "receipt": own["receipt"]},
    ):
        assert (await office.says(paper=wrong))[1] == "paper_receipt_ended"
    assert (await office.says(paper={**own, "fields": another}))[1] == "paper_field_unknown"


async def test_a_ministry_brings_a_pdf_of_its_own(
    platform: Platform, citizen: Citizen, accepted: Accepted
) -> None:
    """Numbered, listed and withdrawn as a drawn one; the citizen has its very bytes."""
    office, content = TaxOffice(platform, accepted), pdf(3)
    own = await own_paper(office, content)
    assert await office.says(paper=own) == (204, "", [])
    assert await office.says(paper=await own_paper(office, content)) == (204, "", [])
    await until(partial(states_are, citizen, accepted, "valid"))
    (paper,) = await papers_of(citizen, accepted)
    assert (paper["title"]["en"], paper["is_illustrative"]) == ("কর সনদ", False)
    gateway, digest = platform.plan.url("gateway"), sha256(content).hexdigest()
    path = f"/v1/applications/{accepted.tracking_number}/papers/{paper['number']}/content"
    async with platform.http.get(gateway + path, headers=citizen.headers) as reply:
        assert (reply.status, await reply.read()) == (200, content)
    async with platform.http.get(f"{gateway}/v1/papers/{paper['number']}") as reply:
        checked = await reply.json()
    assert (checked["sha256"], checked["holds"], checked["initials"]) == (digest, True, "র.খ.")
    async with platform.http.get(f"{platform.plan.url('portal')}/check/{paper['number']}") as reply:
        assert digest[:8] in await reply.text()
    await until(partial(is_kept, platform, accepted))
    assert await office.says("paper_withdrawn", note=WHY) == (204, "", [])
    await until(partial(states_are, citizen, accepted, "withdrawn"))
    async with platform.http.get(gateway + path, headers=citizen.headers) as reply:
        assert reply.status == 410


@pytest.fixture
async def own_adapter(platform: Platform) -> AsyncIterator[None]:
    """The ministry serves the public service by an adapter of its own."""
    today = dhaka_date(utc_now())
    await set_adapter(platform, TAX_NUMBER, today, is_here=True, adapter="own")
    yield
    await set_adapter(platform, TAX_NUMBER, today, is_here=False)


@pytest.mark.usefixtures("own_adapter")
async def test_a_ministrys_own_adapter_names_its_pdf_in_the_decision(
    platform: Platform, citizen: Citizen, form: dict[str, Any]
) -> None:
    """Sent to documents and named in the topic; corrected and withdrawn by repeats of it."""
    accepted = await citizen.apply(TAX_NUMBER, form)
    office, contents = TaxOffice(platform, accepted), [pdf(3), pdf(4)]
    for content, states in zip(contents, (["valid"], ["valid", "replaced"]), strict=True):
        status, taken = await office.brings(content)
        assert status == 201
        named = {"own_paper_id": taken["document_id"], "own_paper_sha256": taken["sha256"]}
        await office.writes(**named)
        await until(partial(states_are, citizen, accepted, *states))
    paper, first = await papers_of(citizen, accepted)
    assert (paper["title"]["bn"], first["replaced_by"]) == ("টিআইএন সনদ", paper["number"])
    gateway = platform.plan.url("gateway")
    path = f"/v1/applications/{accepted.tracking_number}/papers/{paper['number']}/content"
    async with platform.http.get(gateway + path, headers=citizen.headers) as reply:
        assert (reply.status, await reply.read()) == (200, contents[1])
    async with platform.http.get(f"{gateway}/v1/papers/{paper['number']}") as reply:
        assert (await reply.json())["sha256"] == sha256(contents[1]).hexdigest()
    await office.writes(paper_withdrawn=True, note=Text(**WHY))
    await until(partial(states_are, citizen, accepted, "withdrawn", "replaced"))
    (paper, _) = await papers_of(citizen, accepted)
    assert paper["reason"] == WHY


async def is_kept(platform: Platform, accepted: Accepted) -> bool:
    """Whether documents knows that the PDF was issued."""
    rows = await platform.rows(
        "documents",
        "SELECT FROM own_papers WHERE application_id = $1 AND kept_until IS NULL",
        UUID(accepted.application_id),
    )
    return len(rows) == 1


async def dead_letters(platform: Platform) -> int:
    """How many dead letters ministries and issuance have."""
    counts = [
        await platform.rows(service, "SELECT count(*) FROM dead_letters")
        for service in ("ministries", "issuance")
    ]
    return sum(row["count"] for (row,) in counts)
