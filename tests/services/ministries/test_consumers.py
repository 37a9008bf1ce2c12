from datetime import UTC, datetime, timedelta

from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from libs.messaging.batch import Batch
from services.ministries.consumers import on_catalogue_events, on_submission_events
from tests.services.ministries.scenes import LAND, TRACE, claim, planned, state_of, submission


async def test_a_submission_becomes_one_due_delivery_however_often_it_is_heard(
    tx: Transaction,
) -> None:
    """Redelivery of a submission, in one batch or in two, hands it over once."""
    lodged = submission()
    await on_submission_events(Batch.of(lodged, lodged), tx)
    await on_submission_events(Batch.of(lodged), tx)
    claimed = await claim(tx)
    assert [delivery.delivery_id for delivery in claimed] == [
        delivery.delivery_id for delivery in await planned(tx, lodged)
    ]
    assert claimed[0].trace == TRACE
    assert claimed[0].form == '{"name_bn":"রহিমা খাতুন"}'


async def test_submissions_of_one_application_in_one_batch_wait_for_each_other(
    tx: Transaction,
) -> None:
    """Of several submissions heard at once only the first is due."""
    first, second = await planned(tx, submission("lodged"), submission("withdrawn"))
    assert (await state_of(tx, first))["due_at"] is not None
    assert (await state_of(tx, second))["due_at"] is None


async def test_the_newest_state_of_a_public_service_is_kept(tx: Transaction) -> None:
    """An older record that comes late does not overwrite a newer one."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for name, at in [("new", now), ("old", now - timedelta(days=1))]:
        await on_catalogue_events(Batch.of(changed(name, at)), tx)
    assert await tx.fetchval("SELECT name_en FROM public_services") == "new"


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
