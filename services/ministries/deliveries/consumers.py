"""Submissions become deliveries."""

from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.ministries.deliveries import use_cases
from services.ministries.deliveries.rules import Submission


async def on_submissions(batch: Batch[Submission], tx: Transaction) -> None:
    """A citizen submitted, corrected or withdrew an application."""
    await use_cases.plan_deliveries(tx, batch.events)
