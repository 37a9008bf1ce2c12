"""Contacts and names are kept as the newest word has them."""

from libs.database.transaction import Transaction
from services.notifications import store
from services.notifications.domain.contacts import newest_contacts
from tests.services.notifications.scenes import (
    CITIZEN,
    PHONE,
    contact,
    everything_stored,
    public_service,
)


async def test_an_empty_contact_replaces_nothing(tx: Transaction) -> None:
    """A row made only to be held leaves a known number alone."""
    await store.save_contacts(tx, newest_contacts([contact()]))
    await store.hold_contacts(tx, [CITIZEN])
    assert PHONE in await everything_stored(tx)


async def test_several_words_on_one_public_service_in_one_batch_leave_the_newest(
    tx: Transaction,
) -> None:
    """A compacted topic read from the beginning may bring a name twice in one batch."""
    heard = [public_service("নতুন", minutes=2), public_service("পুরোনো", minutes=1)]
    await store.save_public_services(tx, heard)
    rows = await tx.fetch("SELECT name_bn FROM public_services")
    assert [row["name_bn"] for row in rows] == ["নতুন"]
