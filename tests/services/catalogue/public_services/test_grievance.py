"""The service of grievances: behind a setting, by its own address, and none of the 81."""

from libs.contracts.catalogue import WorkflowPublished
from libs.database.pool import Database
from libs.grievances import GRIEVANCE
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from services.catalogue.areas.area_index import AreaIndex
from services.catalogue.public_services.reference import read_reference
from services.catalogue.public_services.service_index import ServiceIndex
from services.catalogue.refresh import Refresh
from services.catalogue.settings import Settings
from services.catalogue.snapshot import Snapshot
from tests.services.catalogue.running import reference_client
from tests.services.catalogue.scenes import announced


async def started(database: Database, *, grievances: bool) -> set[str]:
    """Start a process; return the ids of what it announced: public services and workflows."""
    refresh = Refresh(
        database,
        Tracing("catalogue"),
        Snapshot[ServiceIndex](60),
        Snapshot[AreaIndex](60),
        metrics=Metrics("catalogue"),
        adapter_of_bodies="hosted",
        grievances=grievances,
        every_s=0.05,
    )
    await refresh.refresh()
    async with database.transaction() as tx:
        services = {event.public_service_id for event in await announced(tx)}
        types = await tx.fetch("SELECT topic, record_key FROM outbox WHERE topic = 'workflows.v1'")
    return services | {bytes(row["record_key"]).decode() for row in types}


async def test_it_is_announced_only_where_no_old_reader_runs(database: Database) -> None:
    """A reader of the last release refuses its workflow, and knows no rule of a body."""
    assert not Settings(dsn="postgresql://x@localhost/x").grievances
    of_before = await started(database, grievances=False)
    assert not any(known.startswith(GRIEVANCE) for known in of_before)
    since = await started(database, grievances=True)
    assert since - of_before == {GRIEVANCE, f"{GRIEVANCE}@1"}
    assert WorkflowPublished.model_fields["workflow_version"].metadata


async def test_it_has_an_address_and_stands_in_no_list() -> None:
    """Lists, searches and counts have 81; the page of the service has its form and its time."""
    client = reference_client(read_reference(grievances=True))
    listed = (await client.get("/v1/services")).json()
    assert (listed["total"], len(listed["items"])) == (81, 81)
    for words in ("অভিযোগ", "grievance", "Grievance about a government office"):
        found = (await client.get("/v1/services", {"q": words})).json()["items"]
        assert GRIEVANCE not in {one["public_service_id"] for one in found}
    for counted in ("categories", "bodies"):
        items = (await client.get(f"/v1/{counted}")).json()["items"]
        assert sum(one["public_services"] for one in items) == 81
    view = (await client.get(f"/v1/services/{GRIEVANCE}")).json()
    assert (view["service_deadline"]["days"], view["open"]) == (30, True)
    assert view["service_deadline"]["claim"]["status"] == "sourced"
    assert (view["fee"]["amount_bdt"], view["fee"]["claim"]["status"]) == (0, "sourced")
    assert set(view["form"]["required"]) == {"about", "body", "what_happened", "what_is_wanted"}
    assert len(view["form"]["properties"]["body"]["enum"]) == 67
