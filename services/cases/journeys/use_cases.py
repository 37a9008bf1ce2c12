"""What cases knows of an application: its cases, step by step."""

from libs.database.transaction import Transaction
from libs.journeys.part import OwnPart
from services.cases.journeys import queries, rules
from services.cases.workflows import use_cases as workflows


async def read_own_part(tx: Transaction, tracking_number: str) -> OwnPart:
    """Read the steps of an application's cases, without its form, its person and its officers."""
    cases = await queries.find(tx, tracking_number)
    if not cases:
        return OwnPart(None, [])
    entries = await queries.read_entries(tx, [case.case_id for case in cases])
    versions = await workflows.read_versions(tx, rules.keys_of(entries))
    return OwnPart(cases[0].application_id, list(rules.steps_of(cases, entries, versions)))
