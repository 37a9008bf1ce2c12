"""Load the reference, open and close public services, set fees, announce changes.

A change and its announcement are one transaction. It locks the catalogue's version, so concurrent
changes by replicas and operators run one after the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from libs.audit.queries import record_action
from libs.bangladesh.bodies import Body
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import Adapter, MinistryAdapter, ServiceAdapter
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.messaging.writing import outbox
from libs.versions import now_or_later
from services.catalogue.areas import use_cases as areas
from services.catalogue.descriptions import use_cases as descriptions
from services.catalogue.descriptions.rules import Described
from services.catalogue.public_services import queries
from services.catalogue.public_services.announcements import Announcement, announce
from services.catalogue.public_services.forms import forms_for
from services.catalogue.public_services.reference import Reference
from services.catalogue.public_services.rules import (
    NONE_YET,
    FeeOverride,
    Override,
    PublicService,
    apply_described,
    apply_override,
    describe_fee,
    describe_state,
    next_adapter,
)
from services.catalogue.routing import use_cases as routing


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The number of new or changed rows by table, and of announced services."""

    rows: Mapping[str, int]
    announced: int


async def load_reference(
    tx: Transaction,
    reference: Reference,
    at: datetime,
    *,
    adapter_of_bodies: MinistryAdapter = NONE_YET,
) -> LoadResult:
    """Store new and changed rows, and announce changed services; a repeat does nothing.

    Overrides stay. No row is deleted; an operator closes a service that is no longer offered.

    Args:
        tx: the transaction.
        reference: the files of the release.
        at: the current time.
        adapter_of_bodies: serves those bodies for which none was ever set.
    """
    await queries.lock_version(tx)
    rows = {
        "bodies": await queries.save_bodies(tx, reference.bodies),
        "ministry_adapters": await _set_adapters(tx, reference.bodies, adapter_of_bodies),
        **await areas.save_areas(tx, reference.areas, reference.postcodes),
        "public_services": await queries.save_public_services(tx, reference.services),
        "routing_rules": await routing.load_reference(tx, reference.routing, at),
    }
    announced = await announce_changes(tx, at)
    if any(rows.values()):
        await queries.raise_version(tx)
    return LoadResult(rows, announced)


async def set_open(
    tx: Transaction, public_service_id: str, *, is_open: bool, by: str, at: datetime
) -> PublicService:
    """Open or close a public service and announce it; a repeat announces nothing.

    Raises:
        Refused: there is no such service.
    """
    service, old = await _lock_service(tx, public_service_id)
    before = describe_state(apply_override(service, old))
    after = await _save_override(tx, service, replace(old, open=is_open), at)
    detail = f"{before} → {describe_state(after)}"
    await record_action(tx, actor=by, action="set open", subject=public_service_id, detail=detail)
    return after


async def set_fee(
    tx: Transaction, public_service_id: str, fee: FeeOverride, *, by: str, at: datetime
) -> PublicService:
    """Set the fee of a public service and announce it; a repeat announces nothing.

    Raises:
        Refused: there is no such service.
    """
    service, old = await _lock_service(tx, public_service_id)
    before = describe_fee(apply_override(service, old))
    after = await _save_override(tx, service, replace(old, fee=fee), at)
    detail = f"{before} → {describe_fee(after)}"
    await record_action(tx, actor=by, action="set fee", subject=public_service_id, detail=detail)
    return after


async def set_ministry_adapter(
    tx: Transaction, body_id: str, adapter: MinistryAdapter, *, by: str, at: datetime
) -> int:
    """Set the adapter of a body, and announce its services; return how many.

    It holds for applications submitted from then on. An earlier application keeps its adapter, so
    exactly one adapter hands it over. A repeat announces nothing.

    Raises:
        Refused: there is no such body.
    """
    await queries.lock_version(tx)
    if body_id not in {body.body_id for body in await queries.read_bodies(tx)}:
        raise Refused("body_not_found")
    before = (await queries.read_ministry_adapters(tx)).get(body_id, NONE_YET)
    await queries.save_ministry_adapter(tx, body_id, adapter)
    await queries.raise_version(tx)
    detail = f"{before} → {adapter}"
    await record_action(tx, actor=by, action="set adapter", subject=body_id, detail=detail)
    return await announce_changes(tx, at)


async def set_service_adapter(
    tx: Transaction,
    public_service_id: str,
    adapter: Adapter | None,
    *,
    valid_from: date,
    by: str,
    at: datetime,
) -> ServiceAdapter:
    """Set the adapter for a public service's submissions from a day on, and announce it.

    Args:
        tx: the transaction.
        public_service_id: the public service.
        adapter: hands them over, whatever serves the ministry; None for the ministry's again.
        valid_from: the first day in Dhaka; it holds for what is submitted from then on.
        by: who sets it.
        at: the current time.

    Raises:
        Refused: there is no such service, the day has passed, or there are too many changes.
    """
    await _lock_service(tx, public_service_id)
    versions = (await queries.read_service_adapters(tx)).get(public_service_id, [])
    version = next_adapter(versions, adapter, valid_from, today=dhaka_date(at))
    await queries.insert_service_adapter(tx, public_service_id, version)
    await queries.raise_version(tx)
    detail = f"{adapter or 'of the ministry'} from {valid_from}"
    await record_action(
        tx, actor=by, action="set service adapter", subject=public_service_id, detail=detail
    )
    await announce_changes(tx, at)
    return version


async def record_own_adapter(
    tx: Transaction, body_id: str, *, passed: bool, takes_appeals: bool, at: datetime
) -> None:
    """Record whether a body's own adapter passed its check, and announce the body's services."""
    await queries.lock_version(tx)
    await queries.save_passed_adapter(
        tx, body_id, NONE_YET, passed=passed, takes_appeals=takes_appeals
    )
    await queries.raise_version(tx)
    await announce_changes(tx, at)


async def read_ministry_adapters(tx: Transaction) -> dict[str, MinistryAdapter]:
    """Read which adapter serves a body, by body; a body without an entry has none yet."""
    return await queries.read_ministry_adapters(tx)


async def read_service_adapters(tx: Transaction) -> Mapping[str, Sequence[ServiceAdapter]]:
    """Read all versions of the adapters that public services have of their own, by service."""
    return await queries.read_service_adapters(tx)


async def read_sourced_days(tx: Transaction, public_service_id: str, day: date) -> int | None:
    """Read the working days that a public service has by a source on a day; None without one."""
    for service in await read_services(tx, day):
        if service.public_service_id == public_service_id and service.days_basis == "sourced":
            return service.days
    return None


async def _set_adapters(tx: Transaction, bodies: Sequence[Body], adapter: MinistryAdapter) -> int:
    if adapter == NONE_YET:
        return 0
    return await queries.insert_ministry_adapters(tx, [body.body_id for body in bodies], adapter)


async def announce_changes(tx: Transaction, at: datetime) -> int:
    """Announce every service that differs from its last announcement; return how many."""
    announcements = await _announcements(tx, at)
    return await _publish(tx, [change for change in announcements if change.is_new])


async def announce_all(tx: Transaction, at: datetime) -> int:
    """Announce every service again; an unchanged one has the same event id. Return how many."""
    return await _publish(tx, await _announcements(tx, at))


async def read_services(tx: Transaction, day: date) -> list[PublicService]:
    """Read all public services as they are on a day.

    What two people published replaces the reference and what operators have set of the same; what
    one person has stopped stays stopped.
    """
    overrides = await queries.read_overrides(tx)
    adapters = await queries.read_ministry_adapters(tx)
    passed = await queries.read_passed_adapters(tx)
    take_appeals = await queries.read_takers_of_appeals(tx)
    described = await descriptions.read_described(tx)
    return [
        replace(
            apply_described(
                apply_override(service, overrides.get(service.public_service_id)),
                described.get(service.public_service_id, Described()),
                day,
            ),
            ministry_adapter=adapters.get(service.body, NONE_YET),
            own_adapter_passed=service.body in passed,
            own_adapter_takes_appeals=service.body in take_appeals,
        )
        for service in await queries.read_public_services(tx)
    ]


async def read_reference_services(tx: Transaction) -> dict[str, PublicService]:
    """Read the public services as the reference has them, by id."""
    services = await queries.read_public_services(tx)
    return {service.public_service_id: service for service in services}


async def raise_version(tx: Transaction) -> None:
    """Let every replica read the catalogue again after this transaction."""
    await queries.raise_version(tx)


async def read_version(tx: Transaction) -> int:
    """Read the catalogue's version, which grows with every change."""
    return await queries.read_version(tx)


async def read_bodies(tx: Transaction) -> list[Body]:
    """Read all bodies of government; a body follows its parent."""
    return await queries.read_bodies(tx)


async def read_body_of(tx: Transaction, public_service_id: str) -> str:
    """Read the body that gives a public service.

    Raises:
        Refused: there is no such service.
    """
    service, _ = await _lock_service(tx, public_service_id)
    return service.body


async def lock_catalogue(tx: Transaction) -> None:
    """Block other changes of the catalogue until the transaction ends."""
    await queries.lock_version(tx)


async def lock_service(tx: Transaction, public_service_id: str) -> None:
    """Block other changes of the catalogue until the transaction ends.

    Raises:
        Refused: there is no such service.
    """
    await _lock_service(tx, public_service_id)


async def _lock_service(tx: Transaction, public_service_id: str) -> tuple[PublicService, Override]:
    """Lock the catalogue; return a service of the reference and its override.

    Raises:
        Refused: there is no such service.
    """
    await queries.lock_version(tx)
    for service in await queries.read_public_services(tx):
        if service.public_service_id == public_service_id:
            overrides = await queries.read_overrides(tx)
            return service, overrides.get(public_service_id, Override(public_service_id))
    raise Refused("public_service_not_found")


async def _save_override(
    tx: Transaction, service: PublicService, override: Override, at: datetime
) -> PublicService:
    await queries.save_overrides(tx, [override])
    await queries.raise_version(tx)
    await announce_changes(tx, at)
    return apply_override(service, override)


async def _announcements(tx: Transaction, at: datetime) -> list[Announcement]:
    await queries.lock_version(tx)
    services = await read_services(tx, dhaka_date(at))
    forms = forms_for([service.public_service_id for service in services])
    versions = await routing.read_all(tx)
    adapters = await queries.read_ministry_adapters(tx)
    rules = {
        key: [
            rule.model_copy(update={"ministry_adapter": adapters.get(rule.ministry, NONE_YET)})
            if rule.ministry
            else rule
            for rule in now_or_later(of_service, dhaka_date(at))
        ]
        for key, of_service in versions.items()
    }
    adapters_of_services = {
        key: now_or_later(versions, dhaka_date(at))
        for key, versions in (await queries.read_service_adapters(tx)).items()
    }
    return announce(
        services, forms, rules, adapters_of_services, await queries.read_announced(tx), at
    )


async def _publish(tx: Transaction, announcements: Sequence[Announcement]) -> int:
    await queries.save_announced(tx, [announcement.version for announcement in announcements])
    await outbox.add(tx, [announcement.event for announcement in announcements])
    return len(announcements)
