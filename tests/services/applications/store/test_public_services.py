from dataclasses import replace
from datetime import timedelta

from libs.database.transaction import Transaction
from services.applications.store import public_services
from tests.services.applications.scenes import public_service


async def test_a_public_service_comes_back_with_its_form_in_order(tx: Transaction) -> None:
    """Faults are listed in the order of the form, so the order of the fields is kept."""
    told = public_service("S001")
    await public_services.save_public_services(tx, [told])
    [stored] = await public_services.read_public_services(tx, ["S001"])
    assert stored == told
    assert [*stored.form_schema["properties"]] == [*told.form_schema["properties"]]


async def test_an_older_word_changes_nothing(tx: Transaction) -> None:
    """Replaying the topic from the start never closes what is open now."""
    told = public_service("S001")
    older = replace(told, open=False, changed_at=told.changed_at - timedelta(days=1))
    await public_services.save_public_services(tx, [told])
    await public_services.save_public_services(tx, [older])
    assert await public_services.read_public_services(tx, ["S001"]) == [told]
    assert await public_services.public_service_versions(tx) == {"S001": told.event_id}
