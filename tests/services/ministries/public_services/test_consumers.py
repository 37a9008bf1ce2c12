from datetime import UTC, datetime, timedelta

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.ministries.public_services.consumers import on_catalogue_events
from tests.services.ministries.scenes import LAND

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_the_newest_state_of_a_public_service_is_kept(tx: Transaction) -> None:
    """An older change that comes later, in the same batch or another, overwrites nothing."""
    await on_catalogue_events(Batch.of(changed("first", NOW), changed("last", NOW)), tx)
    await on_catalogue_events(Batch.of(changed("old", NOW - timedelta(days=1))), tx)
    assert await tx.fetchval("SELECT name_en FROM public_services") == "last"


def changed(name: str, at: datetime) -> PublicServiceChanged:
    return PublicServiceChanged(
        occurred_at=at,
        public_service_id="land-01",
        ministry=LAND,
        name=Text(bn="নামজারি", en=name),
        category="land",
        fee_bdt=None,
        service_deadline_days=28,
        required_documents_bn=(),
        form_version=1,
        form_schema={},
        open=True,
    )
