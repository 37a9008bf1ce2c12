"""Confirmations of the services that hold something of a citizen."""

from libs.clock import utc_now
from libs.contracts import topics
from libs.contracts.applications import ApplicationsErased
from libs.contracts.cases import CasesErased
from libs.contracts.documents import DocumentsErased
from libs.contracts.issuance import IssuanceErased
from libs.contracts.ministries import DeliveriesErased
from libs.contracts.notifications import MessagesErased
from libs.messaging.reading.router import Batch, Router, Tx
from services.identity.erasure import use_cases

router = Router("identity")
router.publisher(topics.ERASURES)


@router.subscriber(topics.APPLICATIONS_ERASED)
async def on_applications_erased(batch: Batch[ApplicationsErased], tx: Tx) -> None:
    """Applications has deleted the data of citizens."""
    await use_cases.record_confirmations(tx, batch.events, utc_now())


@router.subscriber(topics.DOCUMENTS_ERASED)
async def on_documents_erased(batch: Batch[DocumentsErased], tx: Tx) -> None:
    """Documents has deleted the data of citizens."""
    await use_cases.record_confirmations(tx, batch.events, utc_now())


@router.subscriber(topics.DELIVERIES_ERASED)
async def on_deliveries_erased(batch: Batch[DeliveriesErased], tx: Tx) -> None:
    """Ministries has deleted the data of citizens."""
    await use_cases.record_confirmations(tx, batch.events, utc_now())


@router.subscriber(topics.CASES_ERASED)
async def on_cases_erased(batch: Batch[CasesErased], tx: Tx) -> None:
    """Cases has emptied or sealed what it had of citizens."""
    await use_cases.record_confirmations(tx, batch.events, utc_now())


@router.subscriber(topics.ISSUANCE_ERASED)
async def on_issuance_erased(batch: Batch[IssuanceErased], tx: Tx) -> None:
    """Issuance has emptied the papers of citizens."""
    await use_cases.record_confirmations(tx, batch.events, utc_now())


@router.subscriber(topics.MESSAGES_ERASED)
async def on_messages_erased(batch: Batch[MessagesErased], tx: Tx) -> None:
    """Notifications has deleted the data of citizens."""
    await use_cases.record_confirmations(tx, batch.events, utc_now())
