"""What a public service is: what it is called, its fee, its days, its documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Basis = Literal["sourced", "illustrative", "unknown"]
"""Where a value comes from: only what is sourced may be shown as official."""


@dataclass(frozen=True, slots=True)
class Sourcing:
    """How sure fee, days and documents are, and where a sourced one was published."""

    fee: Basis
    days: Basis
    docs: Basis
    fee_source: str | None
    days_source: str | None
    docs_source: str | None


@dataclass(frozen=True, slots=True)
class PublicService:
    """One public service (সেবা) as the catalogue offers it.

    `body` is the id of the ministry, ministry division or office that answers for it; `days` are
    working days; `fee_bdt` is None where the fee is unknown or depends on what fee_note says.
    """

    public_service_id: str
    name_bn: str
    name_en: str
    body: str
    agency_en: str
    category: str
    fee_bdt: int | None
    fee_note: str | None
    days: int | None
    docs_bn: tuple[str, ...]
    sourcing: Sourcing
    open: bool


@dataclass(frozen=True, slots=True)
class FeeRuling:
    """A fee that an operator laid down; official only when it names where it was published."""

    amount_bdt: int | None
    note: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an operator laid down for a service above the reference; None leaves the reference."""

    public_service_id: str
    open: bool | None = None
    fee: FeeRuling | None = None


def as_it_stands(service: PublicService, ruling: Ruling | None) -> PublicService:
    """Return the service as the reference has it, but for what an operator laid down."""
    if ruling is None:
        return service
    if ruling.open is not None:
        service = replace(service, open=ruling.open)
    return service if ruling.fee is None else _with_fee(service, ruling.fee)


def _with_fee(service: PublicService, fee: FeeRuling) -> PublicService:
    basis: Basis = "illustrative" if fee.source is None else "sourced"
    if fee.amount_bdt is None and fee.note is None:
        basis = "unknown"
    return replace(
        service,
        fee_bdt=fee.amount_bdt,
        fee_note=fee.note,
        sourcing=replace(service.sourcing, fee=basis, fee_source=fee.source),
    )


def parse_reference(rows: Sequence[Mapping[str, Any]]) -> tuple[PublicService, ...]:
    """Read the rows of reference/services.json; every service begins open.

    A KeyError comes out when a row lacks a field: the file is ours and complete.
    """
    return tuple(_public_service(row) for row in rows)


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
        days=row["days"],
        docs_bn=tuple(row["docs_bn"]),
        sourcing=_sourcing(row["status"], row["source"]),
        open=True,
    )


def _sourcing(status: Mapping[str, Basis], source: Mapping[str, str | None]) -> Sourcing:
    return Sourcing(
        fee=status["fee"],
        days=status["days"],
        docs=status["docs"],
        fee_source=source.get("fee"),
        days_source=source.get("days"),
        docs_source=source.get("docs"),
    )
