from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.language import Text
from libs.database.transaction import Transaction
from services.ministries.store import catalogue
from tests.services.ministries.scenes import LAND


async def test_the_last_of_several_changes_stands(tx: Transaction) -> None:
    """Several changes of one public service in one batch leave its last state."""
    changes = [
        PublicServiceChanged(
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
        for name in ("first", "last")
    ]
    await catalogue.save_public_services(tx, changes)
    assert await tx.fetchval("SELECT name_en FROM public_services") == "last"
