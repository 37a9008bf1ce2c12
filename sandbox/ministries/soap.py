"""The SOAP side of the ministries' back ends: envelopes read and written."""

from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import orjson
from pydantic import ValidationError

from libs.errors import Unreadable
from sandbox.ministries.use_cases import HandOver

MEDIA_TYPE: Final = "text/xml; charset=utf-8"

_SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_OURS: Final = "urn:nagorik-sheba:submissions:1"
_STATES: Final = {
    None: "ACCEPTED",
    "approved": "APPROVED",
    "refused": "REJECTED",
    "correction_asked": "RETURNED",
}
_FIELDS: Final = {
    "kind": "kind",
    "application_id": "applicationId",
    "tracking_number": "trackingNumber",
    "public_service_id": "publicServiceId",
    "form_version": "formVersion",
    "service_centre_id": "serviceCentreId",
    "applicant_id": "applicantId",
    "actor_id": "actorId",
    "callback_url": "callbackUrl",
}
_PAPER: Final = {
    "document_id": "documentId",
    "kind": "kind",
    "media_type": "mediaType",
    "size_bytes": "sizeBytes",
    "sha256": "sha256",
    "state": "state",
    "url": "url",
}


def read_submit(body: bytes) -> tuple[HandOver, str]:
    """Read the request of the operation `Submit`: the hand-over, and its idempotency key.

    Raises:
        Unreadable: it is none.
    """
    try:
        envelope = ElementTree.fromstring(body)  # noqa: S314 -- only the platform can sign it
        submit = envelope.find(f"{{{_SOAP}}}Body/{{{_OURS}}}Submit")
        if submit is None:
            raise Unreadable("wrong_shape", "no Submit")
        texts = {field: submit.findtext(f"{{{_OURS}}}{name}") for field, name in _FIELDS.items()}
        form = {
            element.get("name", ""): element.text or ""
            for element in submit.findall(f"{{{_OURS}}}field")
        }
        key = submit.findtext(f"{{{_OURS}}}idempotencyKey") or ""
        papers = [
            {field: element.findtext(f"{{{_OURS}}}{name}") for field, name in _PAPER.items()}
            for element in submit.findall(f"{{{_OURS}}}paper")
        ]
        given = {**texts, "form": form or None, "documents": papers}
        return HandOver.model_validate(given), key
    except (ElementTree.ParseError, ValidationError):
        raise Unreadable("wrong_shape", "no Submit") from None


def write_answer(answer: str) -> bytes:
    """Write the response of `Submit` from the answer that the JSON side would give."""
    given: dict[str, Any] = orjson.loads(answer)
    decision = given["decision"] or {"action": None, "note": None}
    note = decision["note"] or {}
    notes = "".join(
        f"<{name}>{escape(note[language])}</{name}>"
        for name, language in (("noteBn", "bn"), ("noteEn", "en"))
        if language in note
    )
    return _envelope(
        f'<SubmitResponse xmlns="{_OURS}">'
        f"<caseFileNumber>{escape(given['case_file_number'])}</caseFileNumber>"
        f"<state>{_STATES[decision['action']]}</state>{notes}</SubmitResponse>"
    )


def write_fault(code: str) -> bytes:
    """Write a Fault that refuses a submission for good, with a code of the WSDL's adapter."""
    return _envelope(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>refused</faultstring>"
        f'<detail><SubmissionFault xmlns="{_OURS}"><code>{code}</code></SubmissionFault></detail>'
        "</s:Fault>"
    )


def _envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xmlns:s="{_SOAP}"><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()
