"""Publishes submissions that waited until their ministry was connected."""

from dataclasses import replace
from datetime import date, datetime

from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import Adapter
from libs.database.transaction import Transaction
from libs.messaging.writing import outbox
from services.applications.lifecycle.application import waits_at
from services.applications.lifecycle.use_cases import lock_applications, save_responsible
from services.applications.onboarding import queries
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions.rules import submission_of


async def hand_over_waiting(
    tx: Transaction, services: PublicServiceCache, *, at: datetime, limit: int
) -> int:
    """Publish waiting submissions whose adapter is ready, the oldest first, each once.

    An application that was withdrawn meanwhile is never handed over.

    Returns:
        How many were published.
    """
    found = await queries.read_waiting(tx)
    if not found:  # nearly always
        return 0
    on = dhaka_date(at)
    adapters = {waiting: _adapter_of(services, waiting, on) for waiting in found}
    connected = {
        waiting: adapter
        for waiting, adapter in adapters.items()
        if adapter is not None and not waits_at(adapter)
    }
    waiting = await queries.lock_waiting_applications(tx, connected, limit)
    applications = await lock_applications(tx, waiting.keys())
    served = [
        replace(applications[application_id], adapter=form.adapter, waits_for=None)
        for application_id, form in waiting.items()
    ]
    await save_responsible(tx, served)
    submissions = [
        submission_of(application, form.form, form.form_version, form.documents, form.mandate)
        for application, form in zip(served, waiting.values(), strict=True)
    ]
    await outbox.add(tx, submissions)
    return len(submissions)


def _adapter_of(services: PublicServiceCache, waiting: queries.Waiting, on: date) -> Adapter | None:
    service = services.get(waiting.public_service_id)
    if service is None:
        return None
    adapter = service.adapter_of_office(waiting.ministry, waiting.rule_id, on)
    return adapter or services.ministry_adapter(waiting.ministry)
