"""The rules of adapters that hand over by JSON over HTTP."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from asyncpg.pgproto import pgproto
from typing_extensions import override

from libs.contracts.ministries import HandedOverPaper, HandOver
from libs.errors import Refused
from libs.ids import new_id
from libs.web.signed.document_links import LINK_VALID, LINKS_PATH, read_link
from libs.web.signed.signatures import verify
from services.ministries.deliveries.adapters.contract import Adapter
from services.ministries.deliveries.adapters.http_json import REFUSALS
from services.ministries.deliveries.rules import Delivery, plan_delivery
from tests.services.ministries.deliveries.adapters.suite import (
    KEYS,
    LINK_KEY,
    NOW,
    PAPERS,
    DecidesInAnswers,
    MinistrySystem,
    answering,
)
from tests.services.ministries.scenes import HEALTH, LAND, NOTE, NUMBER, OFFICE, submission


class JsonSuite(DecidesInAnswers):
    """Adapters that hand over by JSON over HTTP pass the tests of all adapters, and these."""

    @override
    def answer(self, *, action: str | None = None) -> bytes:
        decision = {"action": action, "note": NOTE.model_dump()} if action else None
        return orjson.dumps({"case_file_number": NUMBER, "decision": decision})

    @override
    def answer_without_note(self, *, action: str) -> bytes:
        return orjson.dumps({"case_file_number": NUMBER, "decision": {"action": action}})

    @override
    def refusals(self) -> list[tuple[bytes, str]]:
        problems = [orjson.dumps({"type": each, "title": "রহিমা"}) for each in REFUSALS]
        return [(problem, "application/problem+json") for problem in problems]

    @override
    def invalid_bodies(self) -> list[bytes]:
        return [
            b"",
            b'{"case_file_number": "\xff"}',
            b"null",
            b'{"error": "failed"}',
            answer(case_file_number=None, error="failed"),
            answer(case_file_number="\u00e9").decode().encode("cp1252"),
            b"[" * 10_000,
            answer(case_file_number="রহিমা খাতুন" * 10),
            answer(case_file_number=""),
            answer(case_file_number=7),
            answer(case_file_number="N\0"),
            answer(case_file_number=NUMBER, decision={"action": "perhaps"}),
            answer(case_file_number=NUMBER, decision={"action": "correction_asked"}),
            answer(
                case_file_number=NUMBER,
                decision={"action": "refused", "note": {"bn": "x" * 4_001, "en": "y"}},
            ),
            answer(decision=None),
        ]

    @pytest.mark.parametrize(
        ("paper", "action"),
        [
            ({"template": "approval_order", "fields": {"order": "ক"}}, "approved"),
            ({"template": "approval_order", "fields": {"order": "ক" * 2_001}}, "received"),
            ({"template": "../x", "fields": {}}, "received"),
            ("approval_order", "received"),
        ],
    )
    async def test_a_decision_with_what_is_no_paper_is_left(
        self,
        under_test: Adapter,
        system: MinistrySystem,
        delivery: Delivery,
        paper: Any,
        action: str,
    ) -> None:
        """The ministry has the submission: it is handed over all the same."""
        decision = {"action": "approved", "paper": paper}
        system.behave = answering(body=answer(case_file_number=NUMBER, decision=decision))
        found = await under_test.submit(delivery, delivery.idempotency_key)
        assert (found.action, found.case_file_number) == (action, NUMBER)
        assert (found.paper is not None) == (action == "approved")

    async def test_an_objection_has_its_grounds(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """In place of the form, which its ministry has; also of one that was read from a row."""
        await self.submit(under_test, plan_delivery(submission("appealed")))
        (arrived,) = system.arrived
        sent = HandOver.model_validate_json(arrived.body)
        assert (sent.kind, sent.form, sent.grounds) == ("appealed", None, "কাগজটি দেওয়া ছিল")

    async def test_the_request(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The request has the form, who acts for whom, and the URL for the decision."""
        applicant, actor = (pgproto.UUID(str(new_id())) for _ in range(2))  # as read from a row
        delivery = replace(
            delivery,
            service_centre_id="uttara",
            applicant_id=applicant,
            actor_id=actor,
            office=OFFICE,
        )
        await self.submit(under_test, delivery)
        (arrived,) = system.arrived
        HandOver.model_validate_json(arrived.body)
        assert HandOver.model_fields.keys() - {"grounds"} == orjson.loads(arrived.body).keys()
        assert arrived.path == f"/ministries/{LAND}/submissions"
        assert orjson.loads(arrived.body) == {
            "kind": "submitted",
            "application_id": str(delivery.application_id),
            "tracking_number": delivery.tracking_number,
            "public_service_id": delivery.public_service_id,
            "form": {"name_bn": "রহিমা খাতুন"},
            "form_version": 1,
            "form_origin": "this_project",
            "service_centre_id": "uttara",
            "applicant_id": str(applicant),
            "actor_id": str(actor),
            "mandate": None,
            "office": orjson.loads(OFFICE),
            "moved_to": None,
            "documents": [],
            "callback_url": f"https://nagorik.example/{LAND}",
            "cursor": None,
        }

    async def test_a_withdrawal_names_the_ministry_that_decides_instead(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """So that nobody asks the citizen why."""
        moved = plan_delivery(submission("withdrawn").model_copy(update={"moved_to": HEALTH}))
        await self.submit(under_test, moved)
        body = orjson.loads(system.arrived[0].body)
        assert (body["kind"], body["moved_to"]) == ("withdrawn", HEALTH)

    @pytest.mark.parametrize("media_type", ["text/html", "text/plain; charset=windows-1252", ""])
    async def test_what_an_answer_calls_itself_does_not_matter(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, media_type: str
    ) -> None:
        """Weak systems say text/html of JSON, and it is JSON."""
        system.behave = answering(
            200, self.answer(action="refused"), {"Content-Type": media_type or "x"}
        )
        assert (await self.submit(under_test, delivery)).action == "refused"

    async def test_the_ministry_can_check_who_calls(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """Each key of the ministry verifies the call, and no other key does."""
        await self.submit(under_test, delivery)
        (arrived,) = system.arrived
        for key in KEYS:
            assert verify(key, arrived.request.headers, arrived.body, NOW) == (
                delivery.idempotency_key
            )
        with pytest.raises(Refused):
            verify("whsec_AAAA", arrived.request.headers, arrived.body, NOW)

    async def test_papers_come_with_a_link_that_ends(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The link is valid for 15 minutes, for this ministry and this paper."""
        paper = {"document_id": str(new_id()), "kind": "photo", "sha256": "ab" * 32}
        await self.submit(under_test, replace(delivery, documents=orjson.dumps([paper]).decode()))
        (sent,) = orjson.loads(system.arrived[0].body)["documents"]
        assert {name: sent[name] for name in paper} == paper
        assert sent["url_valid_until"] == (NOW + LINK_VALID).isoformat()
        token = sent["url"].removeprefix(f"https://papers.example{LINKS_PATH}/")
        link = read_link(token, LINK_KEY, NOW)
        assert (str(link.document_id), link.ministry) == (paper["document_id"], LAND)
        with pytest.raises(Refused):
            read_link(token, LINK_KEY, NOW + LINK_VALID)

    async def test_a_paper_is_handed_over_as_the_contract_says(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """Each field of it, and none beside them."""
        await self.submit(under_test, replace(delivery, documents=orjson.dumps(PAPERS).decode()))
        (paper,) = HandOver.model_validate_json(system.arrived[0].body).documents
        assert paper.url_valid_until == NOW + LINK_VALID
        (sent,) = orjson.loads(system.arrived[0].body)["documents"]
        assert sent.keys() == HandedOverPaper.model_fields.keys()

    async def test_a_withdrawal_carries_no_form(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """A withdrawal is sent without a form."""
        await self.submit(under_test, plan_delivery(submission("withdrawn")))
        assert orjson.loads(system.arrived[0].body)["form"] is None

    async def test_line_ends_of_a_note_are_normalised(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """A note with CRLF line ends is accepted, and stored with LF."""
        note = {"bn": "এক\r\nদুই", "en": "one\r\ntwo"}
        decision = {"action": "refused", "note": note}
        system.behave = answering(body=answer(case_file_number=NUMBER, decision=decision))
        said = await self.submit(under_test, delivery)
        assert said.note is not None
        assert said.note.en == "one\ntwo"


def answer(**fields: Any) -> bytes:
    return orjson.dumps(fields)
