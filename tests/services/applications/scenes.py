"""Makes applications, public services, events and rows for the tests of applications."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.documents import DocumentReference, Receipt
from libs.contracts.language import Text
from libs.contracts.mandates import MandateEvidence
from libs.contracts.ministries import CorrectionAsked, MinistryDecided, MinistryReceived
from libs.database.transaction import Transaction
from libs.ids import new_id, new_tracking_number
from libs.messaging.envelope import trace_of, unpack_headers
from libs.trace_context import TraceContext
from services.applications.forms.papers import Papers
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.queries import insert_applications, save
from services.applications.public_services.cache import PublicServiceCache
from services.applications.public_services.rules import PublicService, public_service_of
from services.applications.submissions.rules import with_form
from tests.ciphers import outbox_rows
from tests.services.applications.forms.scenes import bundled, right_answers, rules

MINISTRY = "lgd"
NAME = Text(bn="জন্ম নিবন্ধন", en="Birth registration")
NOTE = Text(bn="জন্ম তারিখ ঠিক করুন", en="Correct the date of birth")
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
TRACE = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")
RAHIMA = UUID("0190bbbb-0000-7000-8000-000000000001")
KARIM = UUID("0190bbbb-0000-7000-8000-000000000002")
RAHIM = UUID("0190dddd-0000-7000-8000-000000000001")
SELIM = UUID("0190dddd-0000-7000-8000-000000000002")

PAPER = DocumentReference(
    document_id=UUID("0190aaaa-0000-7000-8000-000000000001"),
    kind="epi_card",
    media_type="image/jpeg",
    size_bytes=1000,
    sha256="ab" * 32,
    state="clean",
)


def receipt(owner_id: UUID = RAHIMA, **fields: Any) -> Receipt:
    """Return a receipt of the paper that the example forms name."""
    expires_at_s = fields.pop("expires_at_s", (NOW + timedelta(days=30)).timestamp())
    mandate_id = fields.pop("mandate_id", None)
    return Receipt(owner_id, PAPER.model_copy(update=fields), expires_at_s, mandate_id)


def papers(owner_id: UUID = RAHIMA, *, at: datetime = NOW, **fields: Any) -> Papers:
    """Return what a citizen with one paper may name."""
    return Papers(owner_id, {PAPER.document_id: receipt(owner_id, **fields)}, at)


def mandate_evidence(**fields: Any) -> MandateEvidence:
    """Return how a citizen agreed that an uddokta applies for her."""
    return MandateEvidence(
        **{
            "mandate_id": new_id(),
            "uddokta_id": RAHIM,
            "service_centre_id": "uttara",
            "consent": "own_phone",
            "consented_at": NOW,
            "fee_bdt": 50,
            "charge_bdt": 30,
            **fields,
        }
    )


def application(**fields: Any) -> Application:
    """Return a submitted application with some fields replaced."""
    application_id = fields.pop("application_id", UUID("0190cccc-0000-7000-8000-000000000001"))
    return Application(
        **{
            "application_id": application_id,
            "tracking_number": new_tracking_number(application_id),
            "citizen_id": RAHIMA,
            "public_service_id": "S001",
            "ministry": MINISTRY,
            "status": "submitted",
            "submitted_at": NOW,
            "due_on": date(2026, 12, 10),
            "trace": TRACE,
            **fields,
        }
    )


async def stored_applications(tx: Transaction, count: int = 1, **fields: Any) -> list[Application]:
    """Store applications without submissions and timelines; return them."""
    made = [application(application_id=new_id(), **fields) for _ in range(count)]
    await insert_applications(tx, [with_form(one, {}, 1).parts() for one in made])
    await tx.execute("DELETE FROM submissions")
    await tx.execute("DELETE FROM timeline")
    await save(tx, made, [])
    return made


def received(application_id: UUID, **fields: Any) -> MinistryReceived:
    """Return the event that a ministry has received an application."""
    return MinistryReceived(application_id=application_id, **{"ministry": MINISTRY, **fields})


def correction_asked(application_id: UUID, **fields: Any) -> CorrectionAsked:
    """Return the event that a ministry asks for a correction."""
    values = {"ministry": MINISTRY, "note": NOTE, **fields}
    return CorrectionAsked(application_id=application_id, **values)


def decided(application_id: UUID, **fields: Any) -> MinistryDecided:
    """Return the event that a ministry has decided; the default outcome is approved."""
    values = {"ministry": MINISTRY, "outcome": "approved", **fields}
    return MinistryDecided(application_id=application_id, **values)


def service_changed(public_service_id: str = "S001", **fields: Any) -> PublicServiceChanged:
    """Return the catalogue's event about a service with its own form."""
    return PublicServiceChanged(
        **{
            "occurred_at": NOW,
            "public_service_id": public_service_id,
            "ministry": MINISTRY,
            "name": NAME,
            "category": "identity",
            "fee_bdt": 50,
            "fee_status": "unknown",
            "service_deadline_days": 7,
            "service_deadline_status": "sourced",
            "required_documents_bn": (),
            "required_documents_status": "unknown",
            "form_version": 1,
            "form_origin": "public_descriptions",
            "form_schema": bundled(public_service_id),
            "form_rules": rules(public_service_id),
            "open": True,
            "ministry_adapter": "hosted",
            **fields,
        }
    )


def public_service(public_service_id: str = "S001", **fields: Any) -> PublicService:
    """Return the local copy of a public service."""
    return public_service_of(service_changed(public_service_id, **fields))


def filled_cache() -> PublicServiceCache:
    """Return a cache with birth registration, and a closed trade licence."""
    cache = PublicServiceCache()
    cache.put([public_service("S001"), public_service("S010", open=False)])
    return cache


def submission_body(public_service_id: str = "S001", **fields: Any) -> dict[str, Any]:
    """Return the body of a valid submission."""
    return {"public_service_id": public_service_id, "form": right_answers("S001"), **fields}


async def row_count(tx: Transaction, table: str) -> int:
    """Return the number of rows of a table."""
    rows: int = await tx.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
    return rows


async def outbox_events(tx: Transaction) -> list[dict[str, Any]]:
    """Return the events in the outbox, in order: topic, type, id, trace and value."""
    events = []
    for row in await outbox_rows(tx):
        headers = unpack_headers(row.headers)
        trace = trace_of(headers)
        events.append(
            {
                "topic": row.topic,
                "type": dict(headers)["ce_type"].decode(),
                "id": dict(headers)["ce_id"].decode(),
                "trace_id": trace.trace_id if trace else None,
                "value": orjson.loads(row.value or b""),
            }
        )
    return events


async def outbox_types(tx: Transaction) -> list[str]:
    """Return the types of the events in the outbox, in order."""
    return [event["type"] for event in await outbox_events(tx)]
