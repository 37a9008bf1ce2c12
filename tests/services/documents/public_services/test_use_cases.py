from datetime import timedelta

import pytest

from libs.database.pool import Database
from libs.errors import Refused, Unavailable
from libs.ids import new_id
from services.catalogue.public_services.forms import forms_for
from services.documents.public_services import consumers
from services.documents.public_services.rules import kinds_in
from services.documents.public_services.use_cases import check_asked
from tests.consuming import consuming
from tests.services.applications.forms.scenes import FORM_IDS, bundled
from tests.services.applications.scenes import service_changed


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_papers_of_a_form_are_found_however_it_is_bundled(form_id: str) -> None:
    """Behind references, in lists and in groups; other fields are no papers."""
    published = kinds_in(forms_for([form_id])[form_id].schema)
    assert sorted(published) == sorted(kinds_in(bundled(form_id)))
    assert "name_bn" not in published


def test_a_paper_is_asked_for_by_its_kind_and_by_its_field() -> None:
    """Fields of one name ask for different papers; what was sent by the field's name is taken."""
    land, birth = (kinds_in(forms_for([form_id])[form_id].schema) for form_id in ("S025", "S001"))
    assert {"tax_receipt", "land_tax"} <= set(land)
    assert {"tax_receipt", "holding_tax"} <= set(birth)
    assert "holding_tax" not in land
    assert "attachments" in kinds_in(forms_for(["S024"])["S024"].schema)


async def test_the_newest_form_counts(database: Database) -> None:
    """Before it has arrived the caller is to try again."""
    changed = service_changed()
    older = changed.model_copy(
        update={
            "form_schema": {"properties": {}},
            "event_id": new_id(),
            "occurred_at": changed.occurred_at - timedelta(hours=1),
        }
    )
    async with database.transaction() as tx:
        with pytest.raises(Unavailable):
            await check_asked(tx, "S001", "epi_card")
        async with consuming(consumers.router, tx) as consume:
            await consume(changed, older)
        await check_asked(tx, "S001", "epi_card")
        with pytest.raises(Refused, match="document_not_asked"):
            await check_asked(tx, "S001", "passport")
