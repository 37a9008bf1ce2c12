"""The adapter to ministry systems that take SOAP 1.1 by `submissions.wsdl`.

| what comes back | what it means |
| --- | --- |
| too late, a byte a second, broken off | `Unavailable`; the deadline is for the whole answer |
| over the client's limit | `Unreadable`, without reading the rest |
| 200, 4xx or 500 with a `SubmissionFault` that has a code of `REFUSALS` | `Refused` |
| another status but 200 and 500, or 500 without XML (a proxy's page) | by `statuses.failure_of` |
| a Fault of the class `Client`, as gateways write it for refusals of their own | `NotAdmitted` |
| any other Fault | `Unavailable`: the system failed, not the submission |
| 200 that is no XML by its content type or in fact (empty, Windows-1252 that calls itself UTF-8), \
has a DTD, another shape, or a state that is not in `STATES` | `Unreadable` |
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree
from typing_extensions import override
from zeep import Client, Settings
from zeep.exceptions import Fault
from zeep.proxy import AsyncServiceProxy
from zeep.wsdl import Document

from libs.contracts.applications import ResponsibleOffice
from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecision
from libs.errors import NotAdmitted, Refused, Unavailable, Unreadable
from libs.web.calling.client import Reply
from services.ministries.deliveries import responses
from services.ministries.deliveries.adapters.contract import Adapter, Link
from services.ministries.deliveries.adapters.fields import flatten
from services.ministries.deliveries.adapters.statuses import failure_of
from services.ministries.deliveries.responses import Action
from services.ministries.deliveries.rules import Delivery

STATES: Final[Mapping[str, Action]] = {
    "ACCEPTED": "received",
    "APPROVED": "approved",
    "REJECTED": "refused",
    "RETURNED": "correction_asked",
}
"""The system's states."""

REFUSALS: Final = frozenset({
    "APPLICANT_NOT_ENTITLED",
    "SERVICE_NOT_OFFERED",
    "SUBMISSION_NOT_ACCEPTABLE",
})  # fmt: skip
"""Codes of a `SubmissionFault` by which the system refuses for good."""

_WSDL: Final = Path(__file__).with_name("submissions.wsdl")
_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_NAMESPACE: Final = "urn:nagorik-sheba:submissions:1"
_CODE: Final = (
    f"{{{_SOAP}}}Body/{{{_SOAP}}}Fault/detail/{{{_NAMESPACE}}}SubmissionFault/{{{_NAMESPACE}}}code"
)
_XML: Final = frozenset({"text/xml", "application/xml"})
# lxml refuses these two, which are in no alphabet.
_NOT_IN_XML: Final = {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}


class SoapAdapter(Adapter):
    """Hands submissions over by the operation `Submit`, at the address of the connection.

    Decisions come in the answer, or by signed callback.
    """

    @override
    async def submit(self, delivery: Delivery, idempotency_key: str) -> MinistryDecision:
        link = self.link
        client = Client(_wsdl(), transport=_Transport(link, idempotency_key), settings=_settings())
        binding = client.wsdl.bindings[f"{{{_NAMESPACE}}}SubmissionsBinding"]
        service = AsyncServiceProxy(client, binding, address="")
        arguments = _arguments(delivery, idempotency_key, link)
        try:
            answer = await service.Submit(**arguments)
            return _read(delivery, answer)
        except Fault as fault:
            raise _failure_of(link.ministry, fault) from None
        except (Refused, Unavailable, Unreadable):
            raise
        except Exception:  # noqa: BLE001 -- zeep has errors of many kinds
            raise Unreadable("nonsense_answer", "not the answer that was agreed") from None


class _Transport:
    """Sends one envelope by the platform's client; the part of zeep's transport that it uses."""

    def __init__(self, link: Link, key: str) -> None:
        self._link = link
        self._key = key

    async def post_xml(
        self, address: str, envelope: etree.ElementBase, headers: Mapping[str, str]
    ) -> "_XmlReply":
        """Send an envelope; return an answer that is XML, by its status and content type.

        Raises:
            Refused: the system refuses for good.
            Unavailable: another status than those of SOAP.
            Unreadable: it is no envelope.
        """
        reply = await self._link.post(
            address,
            etree.tostring(envelope, xml_declaration=True, encoding="utf-8"),
            self._key,
            Idempotency_Key=self._key,
            SOAPAction=headers["SOAPAction"],
            Content_Type="text/xml; charset=utf-8",
        )
        is_xml = reply.media_type in _XML
        root = _parsed(reply.body) if is_xml else None
        code = None if root is None else root.findtext(_CODE)
        if code in REFUSALS and (reply.status in {200, 500} or 400 <= reply.status < 500):
            raise Refused("refused_by_ministry", f"fault {code}")
        if reply.status not in {200, 500} or (reply.status == 500 and not is_xml):
            failure = failure_of(self._link.ministry, reply, (), self._link.now())
            raise failure
        # zeep has no error of its own for an envelope with no part, or with several.
        if root is None or len(root.findall(f"{{{_SOAP}}}Body/*")) != 1:
            raise Unreadable("nonsense_answer", "not an envelope with one part")
        return _XmlReply(reply)


class _XmlReply:
    """An answer under the names that zeep reads."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.headers = reply.headers
        self.content = reply.body


class _OnlyFiles:
    """Loads the WSDL; nothing is ever fetched."""

    def load(self, url: str) -> bytes:
        """Read the file of the WSDL."""
        return Path(url).read_bytes()


def _parsed(body: bytes) -> Any:
    """Return the root element of an answer; None if it is not well-formed."""
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


@cache
def _settings() -> Settings:
    return Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)


@cache
def _wsdl() -> Document:
    return Document(str(_WSDL), _OnlyFiles(), settings=_settings())


def _arguments(delivery: Delivery, key: str, link: Link) -> dict[str, Any]:
    return {
        "idempotencyKey": key,
        "kind": delivery.kind,
        "applicationId": str(delivery.application_id),
        "trackingNumber": delivery.tracking_number,
        "publicServiceId": delivery.public_service_id,
        "formVersion": delivery.form_version,
        "serviceCentreId": delivery.service_centre_id,
        "applicantId": delivery.applicant_id and str(delivery.applicant_id),
        "actorId": delivery.actor_id and str(delivery.actor_id),
        "callbackUrl": link.callback_url,
        "field": [
            {"name": name.translate(_NOT_IN_XML), "_value_1": text.translate(_NOT_IN_XML)}
            for name, text in flatten(delivery.form).items()
        ],
        "paper": [_paper(paper) for paper in link.papers.of(delivery, link.now())],
        "office": _office(delivery.office),
        "movedTo": delivery.moved_to,
        "formOrigin": delivery.form_origin,
    }


def _paper(paper: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "documentId": paper["document_id"],
        "kind": paper["kind"],
        "mediaType": paper["media_type"],
        "sizeBytes": paper["size_bytes"],
        "sha256": paper["sha256"],
        "state": paper["state"],
        "url": paper["url"],
        "urlValidUntil": datetime.fromisoformat(paper["url_valid_until"]),
    }


def _office(office: str | None) -> dict[str, str | bool] | None:
    if office is None:
        return None
    read = ResponsibleOffice.model_validate_json(office)
    return {
        "id": read.office_id,
        "kind": read.kind,
        "nameBn": read.name.bn,
        "nameEn": read.name.en,
        "confirmed": read.confirmed,
    }


def _read(delivery: Delivery, answer: Any) -> MinistryDecision:
    if answer.state not in STATES:
        raise Unreadable("nonsense_answer", "an unknown state")
    note = answer.noteBn or answer.noteEn
    return responses.read_decision(
        delivery.application_id,
        STATES[answer.state],
        answer.caseFileNumber,
        Text(bn=answer.noteBn or note, en=answer.noteEn or note) if note else None,
    )


def _failure_of(ministry: str, fault: Fault) -> Unavailable:
    """Return the failure for another Fault; its text may quote the citizen, and is not kept."""
    if (fault.code or "").rpartition(":")[2].partition(".")[0] == "Client":
        return NotAdmitted(ministry, "a Client fault")
    return Unavailable(ministry, "a fault")
