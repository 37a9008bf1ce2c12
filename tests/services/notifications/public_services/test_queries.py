from libs.database.transaction import Transaction
from services.notifications.public_services.queries import save_public_services
from tests.services.notifications.scenes import public_service


async def test_the_newest_of_several_changes_in_one_batch_is_stored(tx: Transaction) -> None:
    """A batch of a compacted topic can have a public service twice."""
    changes = [public_service("নতুন", minutes=2), public_service("পুরোনো", minutes=1)]
    await save_public_services(tx, changes)
    rows = await tx.fetch("SELECT name_bn FROM public_services")
    assert [row["name_bn"] for row in rows] == ["নতুন"]
