"""Set and end routing rules, announce them, and read their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.catalogue import RoutingRule, ServiceAdapter
from libs.database.transaction import Transaction
from libs.grievances import is_listed
from libs.versions import now_or_later
from services.catalogue.public_services import use_cases as public_services
from services.catalogue.public_services.forms import forms_for
from services.catalogue.public_services.rules import PublicService
from services.catalogue.routing import rules
from services.catalogue.routing import use_cases as routing
from services.catalogue.routing.rules import Proposal, Version


async def set_rule(
    tx: Transaction, proposal: Proposal, *, reason: str, by: str, at: datetime
) -> Version:
    """Set the responsible office from a day on, and announce it.

    An existing rule gets its next version. Earlier applications stay where they are; the
    applications service moves them (`plan-move`).

    Raises:
        Refused: there is no such service, or the rule cannot be used.
    """
    versions = await _lock_routing(tx, proposal.public_service_id)
    rule = rules.next_version(versions, proposal)
    version = Version(proposal.public_service_id, rule, at, by, reason)
    return await _add_version(tx, version, versions, at)


async def end_rule(
    tx: Transaction, proposal: Proposal, *, reason: str, by: str, at: datetime
) -> Version:
    """End a rule from a day on, and announce it.

    Raises:
        Refused: there is no such service or rule, it has ended, or the day has passed or
            cannot be a rule's.
    """
    versions = await _lock_routing(tx, proposal.public_service_id)
    rule = rules.ending(versions, proposal.rule_id, proposal.valid_from)
    version = Version(proposal.public_service_id, rule, at, by, reason)
    return await _add_version(tx, version, versions, at)


async def read_rules(tx: Transaction, public_service_id: str) -> list[Version]:
    """Read every version of the routing rules of a public service, in their order.

    Raises:
        Refused: there is no such service.
    """
    await public_services.lock_service(tx, public_service_id)
    return await routing.read_versions(tx, public_service_id)


@dataclass(frozen=True, slots=True)
class Connection:
    """A public service with what hands over its submissions, beside what serves its ministry."""

    service: PublicService
    adapters: Sequence[ServiceAdapter]
    rules: Sequence[RoutingRule]


async def read_connections(tx: Transaction, at: datetime) -> list[Connection]:
    """Read what hands over the submissions of each public service, now and later."""
    today = dhaka_date(at)
    adapters = await public_services.read_service_adapters(tx)
    versions = await routing.read_all(tx)
    return [
        Connection(
            service,
            now_or_later(adapters.get(service.public_service_id, []), today),
            [
                rule
                for rule in now_or_later(versions.get(service.public_service_id, []), today)
                if rule.adapter or rule.role
            ],
        )
        for service in await public_services.read_services(tx, today)
        if is_listed(service.public_service_id)
    ]


async def _lock_routing(tx: Transaction, public_service_id: str) -> list[RoutingRule]:
    await public_services.lock_service(tx, public_service_id)
    return [version.rule for version in await routing.read_versions(tx, public_service_id)]


async def _add_version(
    tx: Transaction, version: Version, versions: Sequence[RoutingRule], at: datetime
) -> Version:
    key, rule = version.public_service_id, version.rule
    rules.check(
        rule,
        versions,
        addresses=rules.addresses_in(forms_for([key])[key].schema),
        ministries={body.body_id for body in await public_services.read_bodies(tx)},
        today=dhaka_date(at),
    )
    await routing.add(tx, version)
    before = max(
        (routing_rule.version for routing_rule in versions if routing_rule.rule_id == rule.rule_id),
        default=0,
    )
    await record_action(
        tx,
        actor=version.added_by,
        action=f"{'end' if rule.ended else 'set'} routing {rule.rule_id}",
        subject=key,
        detail=f"version {before} → version {rule.version} from {rule.valid_from}",
    )
    await public_services.announce_changes(tx, at)
    return version
