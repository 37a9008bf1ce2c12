"""Deletes objects without a row, as the running service does from time to time."""

from datetime import timedelta

from libs.clock import Clock
from services.documents.retention.jobs import Sweep
from services.documents.storage.store import DocumentStore, object_store
from tests.services.documents.running import Documents


async def sweep(documents: Documents, *, after: timedelta = timedelta(0)) -> int:
    store = DocumentStore(object_store(documents.settings))
    scratch = documents.settings.scratch
    return await Sweep(documents.database, store, scratch, Clock(), after).sweep()
