"""Copies which papers public services ask for, and checks one against it."""

from collections.abc import Sequence

from libs.contracts.catalogue import PublicServiceChanged
from libs.database.transaction import Transaction
from libs.errors import Refused, Unavailable
from services.documents.public_services import queries
from services.documents.public_services.queries import AskedKinds
from services.documents.public_services.rules import kinds_in


async def save_kinds(tx: Transaction, changes: Sequence[PublicServiceChanged]) -> None:
    """Store the papers that the newest form of each public service asks for."""
    await queries.save_kinds(
        tx,
        [
            AskedKinds(change.public_service_id, kinds_in(change.form_schema), change.occurred_at)
            for change in changes
        ],
    )


async def check_asked(tx: Transaction, public_service_id: str, kind: str) -> None:
    """Check that a public service asks for a kind of paper.

    Raises:
        Refused: it does not.
        Unavailable: the public service has not arrived from the catalogue yet.
    """
    kinds = await queries.find_kinds(tx, public_service_id)
    if kinds is None:
        raise Unavailable("catalogue", "the public service has not arrived yet", retry_after_s=2.0)
    if kind not in kinds:
        raise Refused("document_not_asked", pointer="/kind")
