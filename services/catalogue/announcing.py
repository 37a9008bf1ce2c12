"""Which public services the others must be told of: those that are new or have changed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from libs.contracts.catalogue import PublicServiceChanged
from libs.ids import NAMESPACE, derived_id
from services.catalogue.domain import PublicService
from services.catalogue.forms import Form

_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Announced:
    """What the others were told of a public service: which version, and since when it holds."""

    public_service_id: str
    version: int
    digest: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """An event, what is noted of it, and whether it was told before."""

    announced: Announced
    event: PublicServiceChanged
    is_new: bool


def announce(
    services: Sequence[PublicService],
    forms: Mapping[str, Form],
    announced: Mapping[str, Announced],
    at: datetime,
) -> list[Announcement]:
    """Return for each service the event that tells of it as it stands.

    A service that reads as it was last told keeps version, time and event id, so that telling it
    again is the same fact. A changed one gets the next version, and a time after the last.

    Args:
        services: as they stand.
        forms: the form of each service, under its id.
        announced: what was last told, under the service's id.
        at: now.
    """
    return [
        _announcement(
            service.public_service_id,
            _content(service, forms[service.public_service_id]),
            announced.get(service.public_service_id),
            at,
        )
        for service in services
    ]


def _announcement(
    public_service_id: str, content: dict[str, Any], last: Announced | None, at: datetime
) -> Announcement:
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    if last is not None and last.digest == digest:
        now, is_new = last, False
    elif last is None:
        now, is_new = Announced(public_service_id, 1, digest, at), True
    else:
        since = max(at, last.since + _TICK)  # readers keep the newest: never go back in time
        now, is_new = Announced(public_service_id, last.version + 1, digest, since), True
    return Announcement(now, _event(now, content), is_new)


def _event(now: Announced, content: dict[str, Any]) -> PublicServiceChanged:
    # Version and time are part of it: a service that is closed, opened and closed again reads
    # the same twice, and both closings must be heard.
    purpose = f"{now.public_service_id}/{now.version}/{now.since.isoformat()}/{now.digest}"
    event_id = derived_id(NAMESPACE, purpose)
    return PublicServiceChanged(event_id=event_id, occurred_at=now.since, **content)


def _content(service: PublicService, form: Form) -> dict[str, Any]:
    return {
        "public_service_id": service.public_service_id,
        "ministry": service.body,
        "name": {"bn": service.name_bn, "en": service.name_en},
        "category": service.category,
        "fee_bdt": service.fee_bdt,
        "service_deadline_days": service.days,
        "required_documents_bn": service.docs_bn,
        "form_version": form.version,
        "form_schema": form.schema,
        "form_rules": form.rules,
        "open": service.open,
    }
