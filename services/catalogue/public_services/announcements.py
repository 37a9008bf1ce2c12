"""Announcements of public services: their versions and events."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from libs.contracts.catalogue import PublicServiceChanged, RoutingRule, ServiceAdapter
from libs.ids import NAMESPACE, derived_id
from services.catalogue.public_services.forms import Form
from services.catalogue.public_services.rules import PublicService

_RESOLUTION: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AnnouncedVersion:
    """The last announced version of a public service; valid since `valid_from`."""

    public_service_id: str
    version: int
    digest: str
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """The event of a version, and whether the version is new."""

    version: AnnouncedVersion
    event: PublicServiceChanged
    is_new: bool


def announce(
    services: Sequence[PublicService],
    forms: Mapping[str, Form],
    routing: Mapping[str, Sequence[RoutingRule]],
    adapters: Mapping[str, Sequence[ServiceAdapter]],
    announced: Mapping[str, AnnouncedVersion],
    at: datetime,
) -> list[Announcement]:
    """Return an announcement for every service.

    An unchanged service keeps its version, time and event id, so that consumers drop a repeat. A
    changed service gets the next version and a later time.

    Args:
        services: the current services.
        forms: the form of every service, by id.
        routing: the versions of routing rules to announce, by id.
        adapters: the versions of services' own adapters to announce, by id.
        announced: the last announced version, by id.
        at: the current time.
    """
    return [
        _announcement(
            announced.get(key),
            key,
            _content(service, forms[key], routing.get(key, ()), adapters.get(key, ())),
            at,
        )
        for service in services
        for key in [service.public_service_id]
    ]


def _announcement(
    last: AnnouncedVersion | None, public_service_id: str, content: dict[str, Any], at: datetime
) -> Announcement:
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    if last is None:
        version = AnnouncedVersion(public_service_id, 1, digest, at)
    elif last.digest == digest:
        version = last
    else:
        # Consumers keep the newest event, so a change must be newer than the last one.
        valid_from = max(at, last.valid_from + _RESOLUTION)
        version = AnnouncedVersion(public_service_id, last.version + 1, digest, valid_from)
    return Announcement(version, _event(version, content), is_new=version is not last)


def _event(version: AnnouncedVersion, content: dict[str, Any]) -> PublicServiceChanged:
    # Version and time are in the id: a service that is closed, opened and closed again has the same
    # content twice, and consumers must not drop the second closing.
    valid_from = version.valid_from.isoformat()
    identity = f"{version.public_service_id}/{version.version}/{valid_from}/{version.digest}"
    event_id = derived_id(NAMESPACE, identity)
    return PublicServiceChanged(event_id=event_id, occurred_at=version.valid_from, **content)


def _content(
    service: PublicService,
    form: Form,
    routing: Sequence[RoutingRule],
    adapters: Sequence[ServiceAdapter],
) -> dict[str, Any]:
    return {
        "public_service_id": service.public_service_id,
        "ministry": service.body,
        "name": {"bn": service.name_bn, "en": service.name_en},
        "category": service.category,
        "fee_bdt": service.fee_bdt,
        "fee_status": service.fee_basis,
        "fee_cases": [case.model_dump(mode="json") for case in service.cases()],
        "fee_decided_by": service.fee_decided_by and service.fee_decided_by.model_dump(),
        "service_deadline_days": service.days,
        "service_deadline_status": service.days_basis,
        "required_documents_bn": service.docs_bn,
        "required_documents_status": service.docs_basis,
        "form_origin": form.origin,
        "form_version": form.version,
        "form_schema": form.schema,
        "form_rules": form.rules,
        "open": service.open,
        "published": service.published is not None,
        "ministry_adapter": service.ministry_adapter,
        "own_adapter_passed": service.own_adapter_passed,
        "own_adapter_takes_appeals": service.own_adapter_takes_appeals,
        "adapters": [version.model_dump(mode="json") for version in adapters],
        "routing": [rule.model_dump(mode="json") for rule in routing if rule.role is None],
        "role_offices": [rule.model_dump(mode="json") for rule in routing if rule.role],
    }
