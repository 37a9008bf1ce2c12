"""Events and HTTP bodies that the catalogue owns."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.events import Event
from libs.contracts.language import Text

Sourcing = Literal["sourced", "illustrative"]


class Claim(BaseModel):
    """Where a value comes from: `illustrative` values are invented and never shown as official."""

    model_config = ConfigDict(frozen=True)

    status: Sourcing
    source: str | None = None


class PublicServiceChanged(Event):
    """A public service as it stands now, whole; the newest one per key is the truth."""

    public_service_id: str
    ministry: str
    name: Text
    category: str
    fee_bdt: int | None
    service_deadline_days: int | None
    required_documents_bn: tuple[str, ...]
    form_version: int
    form_schema: dict[str, Any]
    form_rules: tuple[dict[str, Any], ...] = ()
    open: bool


class ServiceSummary(BaseModel):
    """One row of the list of public services."""

    public_service_id: str
    name: Text
    ministry: str
    ministry_name: Text
    category: str
    fee_bdt: int | None
    service_deadline_days: int | None
    open: bool


class ServiceList(BaseModel):
    """Public services, best match first where something was searched for."""

    items: list[ServiceSummary]
    total: int


class Fee(BaseModel):
    """What the service costs, in whole taka; null where it depends (see the note)."""

    amount_bdt: int | None
    note: str | None
    claim: Claim


class ServiceDeadline(BaseModel):
    """Within how many working days the service is given."""

    days: int | None
    claim: Claim


class RequiredDocuments(BaseModel):
    """Papers to bring, in Bangla."""

    names_bn: list[str]
    claim: Claim


class ServiceView(BaseModel):
    """One public service with everything that an applicant needs."""

    public_service_id: str
    name: Text
    ministry: str
    ministry_name: Text
    agency_en: str
    category: str
    fee: Fee
    service_deadline: ServiceDeadline
    required_documents: RequiredDocuments
    open: bool
    form_version: int
    form: dict[str, Any] = Field(description="JSON Schema 2020-12 with `ui` annotations")
    form_sections: list[dict[str, Any]]
    form_rules: list[dict[str, Any]]
