"""Public services of the reference, and the overrides of operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from libs.contracts.bounds import MOST_ADAPTER_CHANGES
from libs.contracts.catalogue import (
    Adapter,
    FeeCase,
    MinistryAdapter,
    ServiceAdapter,
    Sourcing,
)
from libs.contracts.language import Text
from libs.errors import Refused
from libs.versions import next_number, now_or_later
from services.catalogue.descriptions.rules import Described, ServiceVersion

NONE_YET: Final[MinistryAdapter] = "none_yet"
"""The adapter of a body for which nobody has set one: its applications wait."""


@dataclass(frozen=True, slots=True)
class PublicService:
    """One public service (সেবা).

    `body` is the id of the responsible ministry, ministry division or office. `days` are working
    days. `fee_bdt` is None if the fee is unknown or depends on `fee_note`, which is in
    English, and `fee_note_bn`. Fee, days and documents
    each have a basis, and a source if the basis is `sourced`. `fee_cases` are what the fee of the
    reference depends on; the day `fee_decided_by` decides, or the case is asked.
    `ministry_adapter` hands its submissions to the body; `own_adapter_passed` says whether the
    body's own adapter passed when it was checked last, `own_adapter_takes_appeals` whether with
    objections among what was checked. `published` is the version of two people
    that holds; its values are in the fields above.
    """

    public_service_id: str
    name_bn: str
    name_en: str
    body: str
    agency_en: str
    category: str
    fee_bdt: int | None
    fee_note: str | None
    fee_note_bn: str | None
    days: int | None
    docs_bn: tuple[str, ...]
    fee_basis: Sourcing
    days_basis: Sourcing
    docs_basis: Sourcing
    fee_source: str | None
    days_source: str | None
    docs_source: str | None
    open: bool
    ministry_adapter: MinistryAdapter = NONE_YET
    own_adapter_passed: bool = False
    own_adapter_takes_appeals: bool = False
    fee_cases: tuple[FeeCase, ...] = ()
    fee_decided_by: Text | None = None
    published: ServiceVersion | None = None

    def cases(self) -> tuple[FeeCase, ...]:
        """Return the cases of a sourced fee; empty where it is one amount, or is not sourced.

        A note without cases says that the amount is not always the right one: the office is asked.
        """
        if self.fee_basis != "sourced" or self.fee_cases:
            return self.fee_cases if self.fee_basis == "sourced" else ()
        bn, en = self.fee_note_bn or self.fee_note, self.fee_note or self.fee_note_bn
        return (FeeCase(case="asked", name=Text(bn=bn, en=en)),) if bn and en else ()


@dataclass(frozen=True, slots=True)
class FeeOverride:
    """A fee that an operator has set; it is official only with a published source."""

    amount_bdt: int | None
    note: str | None
    source: str | None
    note_bn: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Values that an operator has set for a service; None keeps the value of the reference."""

    public_service_id: str
    open: bool | None = None
    fee: FeeOverride | None = None


def apply_override(service: PublicService, override: Override | None) -> PublicService:
    """Return the service with the values that an operator has set."""
    if override is None:
        return service
    if override.open is not None:
        service = replace(service, open=override.open)
    return service if override.fee is None else _with_fee(service, override.fee)


def apply_described(service: PublicService, described: Described, day: date) -> PublicService:
    """Return the service as people have published it by a day, and without what one has stopped."""
    version = described.version_on(day)
    if version is not None:
        service = _as_published(service, version)
    if described.is_stopped("closed", day):
        service = replace(service, open=False)
    if described.is_stopped("ask_office", day):
        service = _with_fee(service, FeeOverride(None, None, None))
    return service


def _as_published(service: PublicService, version: ServiceVersion) -> PublicService:
    content = version.content
    return replace(
        service,
        name_bn=content.name.text.bn,
        name_en=content.name.text.en,
        days=content.days.days if content.days else None,
        days_basis="sourced" if content.days else "unknown",
        days_source=content.days.source if content.days else None,
        docs_bn=tuple(paper.bn for paper in content.papers.papers),
        docs_basis="sourced",
        docs_source=content.papers.source,
        published=version,
    )


def next_adapter(
    versions: Sequence[ServiceAdapter], adapter: Adapter | None, valid_from: date, *, today: date
) -> ServiceAdapter:
    """Return the next version of the adapter of a public service.

    Raises:
        Refused: its day has passed, or too many changes are still to come.
    """
    if valid_from < today:
        raise Refused("adapter_day_passed")
    if len(now_or_later(versions, today)) >= MOST_ADAPTER_CHANGES:
        raise Refused("adapter_changes_too_many")
    return ServiceAdapter(version=next_number(versions, ""), valid_from=valid_from, adapter=adapter)


def describe_state(service: PublicService) -> str:
    """Return `open` or `closed`."""
    return "open" if service.open else "closed"


def describe_fee(service: PublicService) -> str:
    """Return a service's fee, its note, basis and source in one line."""
    amount = "no fixed fee" if service.fee_bdt is None else f"Tk {service.fee_bdt}"
    details = (
        amount,
        service.fee_note,
        service.fee_note_bn,
        service.fee_basis,
        service.fee_source,
    )
    return ", ".join(detail for detail in details if detail)


def _with_fee(service: PublicService, fee: FeeOverride) -> PublicService:
    basis: Sourcing = "illustrative" if fee.source is None else "sourced"
    if fee.amount_bdt is None and fee.note is None and fee.note_bn is None:
        basis = "unknown"
    return replace(
        service,
        fee_bdt=fee.amount_bdt,
        fee_note=fee.note,
        fee_note_bn=fee.note_bn,
        fee_basis=basis,
        fee_source=fee.source,
        fee_cases=(),
        fee_decided_by=None,
    )


def parse_reference(rows: Sequence[Mapping[str, Any]]) -> list[PublicService]:
    """Parse the rows of reference/services.json; every service is open.

    Raises:
        KeyError: a row lacks a field.
    """
    return [_public_service(row) for row in rows]


def _public_service(row: Mapping[str, Any]) -> PublicService:
    return PublicService(
        public_service_id=row["id"],
        name_bn=row["name_bn"],
        name_en=row["name_en"],
        body=row["body"],
        agency_en=row["agency_en"],
        category=row["category"],
        fee_bdt=row["fee_bdt"],
        fee_note=row["fee_note"],
        fee_note_bn=row["fee_note_bn"],
        days=row["days"],
        docs_bn=tuple(row["docs_bn"]),
        fee_basis=row["status"]["fee"],
        days_basis=row["status"]["days"],
        docs_basis=row["status"]["docs"],
        fee_source=row["source"].get("fee"),
        days_source=row["source"].get("days"),
        docs_source=row["source"].get("docs"),
        open=True,
    )
