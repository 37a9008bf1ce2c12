"""Publishes submissions that waited until their ministry was connected."""

from dataclasses import replace

from libs.database.transaction import Transaction
from libs.messaging.writing import outbox
from services.applications.lifecycle.application import waits_at
from services.applications.lifecycle.use_cases import lock_applications, save_responsible
from services.applications.onboarding import queries
from services.applications.public_services.cache import PublicServiceCache
from services.applications.submissions.rules import submission_of


async def hand_over_waiting(tx: Transaction, services: PublicServiceCache, *, limit: int) -> int:
    """Publish waiting submissions of ministries that are now connected, once, the oldest first.

    An application that was withdrawn meanwhile is never handed over.

    Returns:
        How many were published.
    """
    adapters = services.ministry_adapters()
    connected = {
        ministry: adapter for ministry, adapter in adapters.items() if not waits_at(adapter)
    }
    waiting = await queries.lock_waiting_applications(tx, connected, limit)
    if not waiting:  # nearly always
        return 0
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
