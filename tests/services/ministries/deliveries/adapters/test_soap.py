from dataclasses import replace
from datetime import datetime
from xml.sax.saxutils import escape

import orjson
import pytest
from lxml import etree
from typing_extensions import override

from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.ids import new_id
from libs.web.signed.document_links import LINK_VALID, LINKS_PATH, read_link
from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.adapters.soap import REFUSALS, STATES, SoapAdapter
from services.ministries.deliveries.rules import Delivery, plan_delivery
from tests.services.ministries.deliveries.adapters.suite import (
    LINK_KEY,
    NOW,
    DecidesInAnswers,
    MinistrySystem,
    answering,
)
from tests.services.ministries.scenes import HEALTH, LAND, NOTE, NUMBER, OFFICE, submission

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OURS = "urn:nagorik-sheba:submissions:1"
TYPED = (
    '<state xmlns:d="http://www.w3.org/2001/XMLSchema" '
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="d:decimal">'
)
XML = "text/xml; charset=utf-8"
ENTITY = '<!DOCTYPE a [<!ENTITY n "রহিমা">]>'


def envelope(body: str, *, before: str = "") -> bytes:
    return f'{before}<e:Envelope xmlns:e="{SOAP}"><e:Body>{body}</e:Body></e:Envelope>'.encode()


def response(state: str, *, number: str = NUMBER, rest: str = "") -> str:
    return (
        f'<SubmitResponse xmlns="{OURS}"><caseFileNumber>{number}</caseFileNumber>'
        f"<state>{state}</state>{rest}</SubmitResponse>"
    )


def fault(code: str, detail: str = "") -> bytes:
    return envelope(
        f"<e:Fault><faultcode>{code}</faultcode><faultstring>রহিমা খাতুন</faultstring>"
        f"<detail>{detail}</detail></e:Fault>"
    )


def refusal(code: str) -> bytes:
    return fault(
        "e:Server", f'<SubmissionFault xmlns="{OURS}"><code>{code}</code></SubmissionFault>'
    )


class TestSoapAdapter(DecidesInAnswers):
    """The adapter for SOAP passes the tests of all adapters."""

    media_type = XML

    @override
    def adapter(self, link: Link) -> Adapter:
        return SoapAdapter(link)

    @override
    def answer(self, *, action: str | None = None) -> bytes:
        (state,) = [state for state, means in STATES.items() if means == (action or "received")]
        note = f"<noteBn>{NOTE.bn}</noteBn><noteEn>{escape(NOTE.en)}</noteEn>" if action else ""
        return envelope(response(state, rest=note))

    @override
    def answer_without_note(self, *, action: str) -> bytes:
        (state,) = [state for state, means in STATES.items() if means == action]
        return envelope(response(state))

    @override
    def refusals(self) -> list[tuple[bytes, str]]:
        return [(refusal(code), XML) for code in REFUSALS]

    @override
    def no_refusals(self) -> list[tuple[bytes, str]]:
        elsewhere = f'<code xmlns="{OURS}">SERVICE_NOT_OFFERED</code>'
        return [
            (b"<html>Error</html>", XML),
            (b"\xff", XML),
            (fault("e:Client"), XML),
            (refusal("PERHAPS"), XML),
            (fault("e:Client", elsewhere), XML),
            (envelope("", before=ENTITY), XML),
        ]

    @override
    def invalid_bodies(self) -> list[bytes]:
        return [
            b"",
            b"{}",
            envelope(""),
            envelope(response("PERHAPS")),
            envelope(response("RETURNED")),
            envelope(response("ACCEPTED", number="রহিমা খাতুন" * 10)),
            envelope(f'<SubmitResponse xmlns="{OURS}"><state>ACCEPTED</state></SubmitResponse>'),
            envelope('<SubmitResponse xmlns="urn:another"/>'),
            envelope(response("ACCEPTED"), before="<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/'>"),
            envelope(response("ACCEPTED", number="&n;"), before=ENTITY),
            envelope(response("ACCEPTED", rest="<noteBn>\u00e9</noteBn>"))
            .decode()
            .encode("cp1252"),
            envelope(response("ACCEPTED"))[:-20],
            envelope(response("ACCEPTED").replace("<state>", TYPED)),
            f"<e:Body xmlns:e='{SOAP}'>".encode() * 5000,
        ]

    async def test_a_note_that_quotes_a_page_is_read(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """Only an answer that is a page comes from something on the way."""
        quoted = "<![CDATA[<!DOCTYPE html><html>Paid</html>]]>"
        notes = f"<noteBn>{quoted}</noteBn><noteEn>{quoted}</noteEn>"
        system.behave = self.answering(envelope(response("APPROVED", rest=notes)))
        decided = await self.submit(under_test, delivery)
        assert decided.note is not None
        assert "<html>" in decided.note.en

    async def test_the_request(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The request has the form with its Bangla, and who acts for whom."""
        await self.submit(under_test, replace(delivery, service_centre_id="uttara"))
        (arrived,) = system.arrived
        assert arrived.request.headers["SOAPAction"] == f'"{OURS}/Submit"'
        sent = etree.fromstring(arrived.body)[0][0]
        texts = {etree.QName(each).localname: each.text for each in sent}
        assert texts == {
            "idempotencyKey": delivery.idempotency_key,
            "kind": "submitted",
            "applicationId": str(delivery.application_id),
            "trackingNumber": delivery.tracking_number,
            "publicServiceId": delivery.public_service_id,
            "formVersion": "1",
            "serviceCentreId": "uttara",
            "applicantId": str(delivery.applicant_id),
            "actorId": str(delivery.actor_id),
            "callbackUrl": f"https://nagorik.example/{LAND}",
            "field": "রহিমা খাতুন",
            "formOrigin": "this_project",
        }

    async def test_characters_that_xml_cannot_have_are_replaced(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """A form with a noncharacter is handed over."""
        await self.submit(under_test, replace(delivery, form='{"name_bn": "রহিমা \uffff<&>"}'))
        field = etree.fromstring(system.arrived[0].body).find(f".//{{{OURS}}}field")
        assert field is not None
        assert field.text == "রহিমা \ufffd<&>"

    async def test_papers_come_with_link_and_hash(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """The link is for this ministry and this paper, and ends; the office has both its names."""
        paper = {
            "document_id": str(new_id()),
            "kind": "photo",
            "media_type": "image/jpeg",
            "size_bytes": 1000,
            "sha256": "ab" * 32,
            "state": "clean",
        }
        papers = orjson.dumps([paper, paper]).decode()
        await self.submit(under_test, replace(delivery, documents=papers, office=OFFICE))
        sent = etree.fromstring(system.arrived[0].body)
        first, second = sent.findall(f".//{{{OURS}}}paper")
        assert etree.tostring(first) == etree.tostring(second)
        texts = {etree.QName(each).localname: each.text or "" for each in first}
        assert (texts["sha256"], texts["sizeBytes"], texts["mediaType"]) == (
            "ab" * 32,
            "1000",
            "image/jpeg",
        )
        until = datetime.fromisoformat(texts["urlValidUntil"])
        assert until == NOW + LINK_VALID
        token = texts["url"].removeprefix(f"https://papers.example{LINKS_PATH}/")
        link = read_link(token, LINK_KEY, NOW)
        assert (str(link.document_id), link.ministry) == (paper["document_id"], LAND)
        office = sent.find(f".//{{{OURS}}}office")
        assert office is not None
        assert [each.text for each in office] == [
            "union-U2393",
            "union",
            "আমতলী ইউনিয়ন পরিষদ",
            "Amtali Union Parishad",
            "false",
        ]

    async def test_a_withdrawal_names_the_ministry_that_decides_instead(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """So that nobody asks the citizen why."""
        moved = plan_delivery(submission("withdrawn").model_copy(update={"moved_to": HEALTH}))
        await self.submit(under_test, moved)
        assert etree.fromstring(system.arrived[0].body).findtext(f".//{{{OURS}}}movedTo") == HEALTH

    async def test_a_withdrawal_carries_no_form(
        self, under_test: Adapter, system: MinistrySystem
    ) -> None:
        """A withdrawal is sent without a form."""
        await self.submit(under_test, plan_delivery(submission("withdrawn")))
        assert b"field" not in system.arrived[0].body

    @pytest.mark.parametrize("status", [200, 500])
    @pytest.mark.parametrize(
        ("code", "means"),
        [
            ("e:Client", NotAdmitted),
            ("soapenv:Client.Authentication", NotAdmitted),
            ("e:Server", Unavailable),
            ("e:VersionMismatch", Unavailable),
            ("", Unavailable),
        ],
    )
    async def test_a_fault(
        self,
        under_test: Adapter,
        system: MinistrySystem,
        delivery: Delivery,
        status: int,
        code: str,
        means: type[Exception],
    ) -> None:
        """A gateway writes each of them, so none refuses, with any status; its text is not kept."""
        system.behave = answering(status, fault(code), {"Content-Type": XML})
        with pytest.raises(means) as raised:
            await self.submit(under_test, delivery)
        assert type(raised.value) is means
        assert "রহিমা" not in str(raised.value)

    @pytest.mark.parametrize("status", [500, 502, 503])
    async def test_a_page_instead_of_a_fault(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, status: int
    ) -> None:
        """The status counts before the content: a page with 503 is no Fault, and XML is neither."""
        for media_type, body in (("text/html", b"<html>"), (XML, fault("e:Client"))):
            if (status, media_type) != (500, XML):
                headers = {"Content-Type": media_type, "Retry-After": "120"}
                system.behave = answering(status, body, headers)
                with pytest.raises(Unavailable) as raised:
                    await self.submit(under_test, delivery)
                assert raised.value.retry_after_s == 120

    @pytest.mark.parametrize("status", [200, 500])
    async def test_a_refusal_comes_with_the_status_of_a_fault(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, status: int
    ) -> None:
        """Most systems send 500, as SOAP 1.1 says; some send 200."""
        system.behave = answering(status, refusal("SERVICE_NOT_OFFERED"), {"Content-Type": XML})
        with pytest.raises(Refused):
            await self.submit(under_test, delivery)

    @pytest.mark.parametrize("media_type", ["text/html", "application/json", "multipart/related"])
    async def test_another_content_type(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery, media_type: str
    ) -> None:
        """An answer that does not call itself XML is not read as XML."""
        body = self.answer(action="approved")
        system.behave = answering(200, body, {"Content-Type": media_type})
        with pytest.raises(Unreadable):
            await self.submit(under_test, delivery)

    async def test_another_encoding_that_is_declared_is_read(
        self, under_test: Adapter, system: MinistrySystem, delivery: Delivery
    ) -> None:
        """Windows-1252 that says so is XML."""
        declaration = '<?xml version="1.0" encoding="windows-1252"?>'
        note = "<noteEn>caf\u00e9</noteEn>"
        body = envelope(response("APPROVED", rest=note), before=declaration)
        system.behave = self.answering(body.decode().encode("cp1252"))
        said = await self.submit(under_test, delivery)
        assert said.note is not None
        assert said.note.bn == said.note.en == "caf\u00e9"
