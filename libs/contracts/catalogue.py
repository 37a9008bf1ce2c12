"""Events and HTTP bodies that the catalogue owns."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from libs.bangladesh.text import ascii_digits, parse_int
from libs.contracts.bounds import (
    MOST_ADAPTER_CHANGES,
    MOST_ROUTING_RULES,
    CategoryId,
    DeadlineDays,
    DocumentNames,
    Duty,
    EventDay,
    FeeBdt,
    FormAnswers,
    FormRules,
    FormVersion,
    MinistryId,
    Name,
    OfficeId,
    PublicServiceId,
    RoutingRuleId,
)
from libs.contracts.contract import Contract
from libs.contracts.documents import DocumentKind
from libs.contracts.events import Event
from libs.contracts.language import Text
from libs.contracts.publishing import PublishedDescription

Sourcing = Literal["sourced", "illustrative", "unknown"]
FormOrigin = Literal["this_project", "public_descriptions", "ministry"]
"""Who made a form: this project on its own, this project after public descriptions, or the
ministry. Only the last is an official form."""
MinistryAdapter = Literal["hosted", "own", "none_yet"]
"""The adapter that hands submissions to a ministry: one that we host, its own, or none yet."""
Adapter = Literal["hosted", "own", "none_yet", "desk"]
"""What hands over the submissions of one public service, or to one office: as `MinistryAdapter`, or
`desk`, where the office has no system and its officers work on them here."""
AreaKind = Literal["geo_division", "district", "upazila", "city_corporation", "union"]
OfficeKind = Literal[
    "city_corporation",
    "city_corporation_zone",
    "municipality",
    "union",
    "upazila",
    "district",
    "police_station",
    "land_office",
    "passport_office",
    "head_office",
    "ward",
    "agency_office",
]
"""The kind of an office (কার্যালয়); `land_office`: the Assistant Commissioner (Land);
`agency_office`: of an agency (অধিদপ্তর) at a place."""
PaperLooks = Literal["card", "booklet", "photo", "certificate", "receipt", "deed", "table", "form"]
"""The look of a paper, for a drawing of it."""
PartOfPaper = Literal[
    "photo", "name", "number", "date", "lines", "face", "shoulders", "ground", "seal", "amount",
    "rows",
]  # fmt: skip
"""A part of a paper, or of the picture on a passport photo."""
AreaLevel = Literal[
    "union", "municipality", "city_corporation", "upazila", "district", "ward", "geo_division"
]
"""A part of an address. `municipality`: an upazila's address without a union, its পৌরসভা. A `ward`
is one of a union, a municipality or a city corporation."""


def _read_number(value: Any) -> Any:
    return parse_int(value) if isinstance(value, str) else value


_Number = Annotated[int, BeforeValidator(_read_number)]
_Code = Annotated[str, AfterValidator(lambda text: ascii_digits(text.strip()))]


def _area_code(digits: int) -> Any:
    return Field(
        None,
        description="Only those inside it; a code",
        json_schema_extra={"pattern": f"^ *[0-9০-৯]{{{digits}}} *$"},
    )


class Claim(Contract):
    """The basis of a value.

    Only a `sourced` value may be shown as official; an `illustrative` one is plausible and
    invented; an `unknown` one is missing.
    """

    model_config = ConfigDict(frozen=True)

    status: Sourcing
    source: str | None = Field(default=None, description="Where a sourced value was published")


class FeeCase(Contract):
    """A case on which a published fee depends, and the amount then.

    Where a day decides, the first case that the day is not too old for is the right one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    case: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    name: Name
    amount_bdt: FeeBdt | None = Field(
        default=None, description="Null where no amount was published: as the office tells"
    )
    most_days: int | None = Field(
        default=None, ge=0, le=1_000, strict=True, description="Days since the day that decides"
    )
    under_years: int | None = Field(
        default=None, ge=1, le=150, strict=True, description="Full years since then are fewer"
    )


AreaCode = Annotated[str, Field(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{8}|U[0-9]{1,5})$")]
"""Of a geo division (2 digits), district (4), upazila (6), city corporation (8), or union."""


TariffId = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}(@(U[0-9]{1,5}|[0-9]{6}|[0-9]{8}))?$")
]
"""An item, and behind `@` the one area in which its rows apply, such as `trade_licence@U0712`."""


class RoutingRule(Contract):
    """One version of a rule that says which office is responsible for an application.

    Of a rule's versions, the newest whose day has come holds. Of the rules that match an address,
    the one for the smallest area decides. With a `level`, there is one office for every area of
    that level: the area's code follows its id, and the area's name stands for `{area}` in its name.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule_id: RoutingRuleId
    version: int = Field(ge=1, le=1_000_000, strict=True)
    valid_from: EventDay = Field(description="The first day in Dhaka on which the version holds")
    ended: bool = Field(default=False, description="From that day on there is no such rule")
    address: RoutingRuleId = Field(
        description="Name of the form's field with the address that decides"
    )
    area: AreaCode | None = Field(
        default=None, description="Code of the area where it holds; null for the whole country"
    )
    wards: Annotated[
        tuple[Annotated[int, Field(ge=1, le=99, strict=True)], ...], Field(max_length=99)
    ] = Field(default=(), description="Only these wards of the area; empty for all of them")
    level: AreaLevel | None = None
    match: Literal["area", "body"] = Field(
        default="area",
        description="What `address` has: an address, or the id of a body. Without `ministry` it is "
        "an office of that body, whose id follows, and whose name stands for `{body}`; rules with "
        "one come after it, by their ids. An office complained of is passed over",
    )
    office_kind: OfficeKind
    office_id: OfficeId
    office_name: Name
    ministry: MinistryId | None = Field(
        default=None, description="Whose office it is; null for the public service's own ministry"
    )
    ministry_adapter: MinistryAdapter = "hosted"
    adapter: Adapter | None = Field(
        default=None,
        description="Hands submissions over to this office; null for the adapter of the public "
        "service, or of the ministry that the rule names",
    )
    confirmed: bool = Field(
        default=False,
        strict=True,
        description="Whether the ministry has confirmed it or it was published; the reason in the "
        "history says which",
    )

    role: Duty | None = Field(
        default=None,
        description="The duty whose office this is; null for the office that is responsible",
    )
    told: bool = Field(
        default=True,
        strict=True,
        description="Of a duty's office: whether the citizen is told it while it works on the "
        "application; otherwise she is told the responsible one",
    )

    @property
    def series(self) -> str:
        """The rule of which this is a version."""
        return self.rule_id


class ServiceAdapter(Contract):
    """The adapter for a public service's submissions, from a day on.

    Of the versions, the newest whose day has come holds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = Field(ge=1, le=1_000_000, strict=True)
    valid_from: EventDay = Field(description="The first day in Dhaka on which it holds")
    adapter: Adapter | None = Field(description="Null: from then on that of the ministry again")

    @property
    def series(self) -> str:
        """Empty: all versions of a public service are one series."""
        return ""

    @property
    def ended(self) -> bool:
        """Whether the ministry's adapter holds again."""
        return self.adapter is None


class PublicServiceChanged(Event):
    """The current state of a public service; the newest event of a key counts.

    `form_schema` is self-contained: its references point into its own `$defs`. A list that is empty
    by default says that there is nothing of the kind.
    """

    public_service_id: PublicServiceId
    ministry: MinistryId
    name: Name
    category: CategoryId
    fee_bdt: FeeBdt | None
    fee_status: Sourcing = Field(
        description="Only a `sourced` fee is shown or charged as the ministry's"
    )
    fee_cases: Annotated[tuple[FeeCase, ...], Field(max_length=10)] = Field(
        default=(), description="What a sourced fee depends on; empty where it is one amount"
    )
    fee_decided_by: Name | None = Field(
        default=None,
        description="The day that decides on the case, such as the date of birth; null where the "
        "case is asked",
    )
    service_deadline_days: DeadlineDays | None
    service_deadline_status: Sourcing = Field(
        description="Only a `sourced` deadline is a promise; no due date comes from another one",
    )
    required_documents_bn: DocumentNames
    required_documents_status: Sourcing
    form_origin: FormOrigin
    form_version: FormVersion
    form_schema: FormAnswers
    form_rules: FormRules = ()
    open: bool = Field(strict=True)
    published: bool = Field(
        default=False,
        strict=True,
        description="Whether two people have published what it is; of the reference nobody has",
    )
    ministry_adapter: MinistryAdapter
    own_adapter_passed: bool = Field(
        default=False,
        strict=True,
        description="Whether the ministry's own adapter passed when it was checked last",
    )
    own_adapter_takes_appeals: bool = Field(
        default=False,
        strict=True,
        description="Whether it passed with objections to refusals among what was checked",
    )
    adapters: Annotated[tuple[ServiceAdapter, ...], Field(max_length=MOST_ADAPTER_CHANGES)] = Field(
        default=(), description="Adapters of its own, now and later; empty where it has none"
    )
    routing: Annotated[tuple[RoutingRule, ...], Field(max_length=MOST_ROUTING_RULES)] = ()
    role_offices: Annotated[tuple[RoutingRule, ...], Field(max_length=MOST_ROUTING_RULES)] = Field(
        default=(), description="Rules with a duty; those of `routing` have none"
    )


class WorkflowPublished(Event):
    """A version of the way of applications through offices without a system of their own.

    Two people published it. It holds from a day on; open cases keep their version. A version stays:
    each has a key of its own.
    """

    workflow_version: Annotated[str, Field(pattern=r"^[GS][0-9]{3}@[1-9][0-9]{0,4}$")]
    public_service_id: PublicServiceId
    version: int = Field(ge=1, le=10_000, strict=True)
    valid_from: EventDay
    content: FormAnswers = Field(description="As `libs/workflows/model.py` reads it")


class TariffChanged(Event):
    """All rows of what an item costs, in one area or everywhere; the newest event of a key counts.

    A row has the day from which it holds, so a reader knows today what comes.
    """

    tariff_id: TariffId
    version: int = Field(ge=1, le=10_000, strict=True)
    rows: Annotated[tuple[FormAnswers, ...], Field(min_length=1, max_length=200)] = Field(
        description="As `libs/workflows/tariffs.py` reads them"
    )


class CalendarDay(Contract):
    """A day on which offices are shut though they would be open, or the other way round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: EventDay
    working: bool = Field(default=False, strict=True, description="True for a working Saturday")
    name: Name
    source: Annotated[str, Field(min_length=3, max_length=500)]


class CalendarChanged(Event):
    """The days of a year on which offices are shut; the newest event of a year counts.

    A year without an event is not known, and nothing is promised in it.
    """

    year: Annotated[str, Field(pattern=r"^20(1[6-9]|[2-9][0-9])$")]
    version: int = Field(ge=1, le=10_000, strict=True)
    source: Annotated[str, Field(min_length=3, max_length=500)]
    days: Annotated[tuple[CalendarDay, ...], Field(max_length=366)]


class ServicesQuery(Contract):
    """A search for public services."""

    model_config = ConfigDict(frozen=True)

    q: str | None = Field(None, description="Words in Bangla or English, in any spelling")
    category: str | None = Field(None, description="A category's id")
    life_event: str | None = Field(
        None, description="A life event's id; the services are in the order of need then"
    )
    body: str | None = Field(None, description="A ministry's id")
    open: Literal["true", "false"] | None = Field(
        None, description="Only those that take applications"
    )
    after: _Number = Field(0, ge=0, le=1_000_000, description="`next` of the page before")
    limit: _Number = Field(100, ge=1, le=100, description="Most rows in one answer")


class ServiceSummary(Contract):
    """One row of the list of public services."""

    public_service_id: str
    name: Text
    ministry: str
    ministry_name: Text
    category: str
    fee_bdt: int | None
    fee_status: Sourcing
    service_deadline_days: int | None
    service_deadline_status: Sourcing
    open: bool
    weak_match: bool = Field(
        default=False, description="The words of the search may mean something else; show it apart"
    )


class Helpline(Contract):
    """A helpline of the state, for a person who needs help rather than a service."""

    number: str
    name: Text
    purpose: Text = Field(description="What it is for, when it is answered, what it costs")
    source: str = Field(description="Who says so, and where")


class ServiceList(Contract):
    """Public services; the results of a search have the best match first."""

    items: list[ServiceSummary]
    total: int = Field(description="How many there are, though `limit` may have cut the list")
    next: int | None = Field(None, description="Continues the list (`?after=`)")
    helplines: list[Helpline] = Field(
        default_factory=list, description="Whom to call if the words ask for help; best first"
    )


class Fee(Contract):
    """The fee in whole taka; null if it depends on the case in the note."""

    amount_bdt: int | None
    cases: list[FeeCase] = Field(
        default=[], description="What a sourced fee depends on; empty where it is one amount"
    )
    decided_by: Text | None = Field(
        default=None, description="The day that decides on the case; null where it is asked"
    )
    note: str | None = Field(description="What it depends on, in English")
    note_bn: str | None = Field(default=None, description="The same in Bangla")
    claim: Claim


class ServiceDeadline(Contract):
    """The number of working days within which the service is given."""

    days: int | None
    claim: Claim


class RequiredDocument(Contract):
    """A paper to bring, or something else to have at hand, such as a number."""

    name: Text
    kinds: list[DocumentKind] = Field(
        description="As in `GET /v1/document-kinds`; one of them does. Empty if it is no paper"
    )


class RequiredDocuments(Contract):
    """Papers to bring."""

    names_bn: list[str]
    items: list[RequiredDocument] = Field(default=[], description="The same in both languages")
    claim: Claim


class ServiceView(Contract):
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
    elsewhere: Text | None = Field(
        default=None,
        description="Where it is done, if it cannot be done here, such as a payment",
    )
    published: PublishedDescription | None = Field(
        default=None, description="As two people published it; null for the reference"
    )
    form_origin: FormOrigin
    form_version: int
    form: dict[str, Any] = Field(description="JSON Schema 2020-12 with `ui` annotations")
    form_sections: list[dict[str, Any]]
    form_rules: list[dict[str, Any]]


class Category(Contract):
    """A category of public services, with their number."""

    category: str
    name: Text
    public_services: int


class CategoryList(Contract):
    """All categories, in alphabetical order of their ids."""

    items: list[Category]


class LifeEvent(Contract):
    """Something that happens in a life or a business, and the services that one needs then."""

    life_event: str
    kind: Literal["life", "business"]
    name: Text
    public_services: list[str] = Field(description="Their ids, the most often needed first")


class LifeEventList(Contract):
    """All life events; every public service is in at least one."""

    items: list[LifeEvent]


class Readable(Contract):
    """A part of a paper that must be readable, and where a drawing of the paper shows it."""

    at: PartOfPaper
    label: Text


class DocumentKindView(Contract):
    """A kind of paper, and how a photo of one has to look; a help, and no official rule."""

    kind: DocumentKind = Field(description="As `kind` of an upload, and `ui.document_kind`")
    name: Text
    looks: PaperLooks
    shown: Text = Field(description="Which side of it must be on the photo")
    readable: list[Readable]
    refused: Text = Field(description="Why it can be sent back")
    held_before: bool = Field(description="Whether one has to have it before one applies")


class DocumentKindList(Contract):
    """All kinds of papers that forms and lists of papers name."""

    items: list[DocumentKindView]


class BodyView(Contract):
    """A ministry, a ministry division or an office, with the number of its services."""

    body_id: str
    kind: Literal["ministry", "ministry_division", "office"]
    parent: str | None
    name: Text
    website: str
    public_services: int
    adapter: MinistryAdapter = Field(
        default="hosted", description="What hands submissions to it; `none_yet`: they wait"
    )


class BodyList(Contract):
    """All bodies of government, each after its parent."""

    items: list[BodyView]


class AreasQuery(Contract):
    """A selection of areas, and a page of it."""

    model_config = ConfigDict(frozen=True)

    geo_division: _Code | None = _area_code(2)
    district: _Code | None = _area_code(4)
    upazila: _Code | None = _area_code(6)
    after: _Number = Field(0, ge=0, le=1_000_000, description="`next` of the page before")
    offset: _Number = Field(
        0, ge=0, le=1_000_000, description="Rows to pass over after that; `after` alone is enough"
    )
    limit: _Number = Field(100, ge=1, le=500, description="Most rows in one answer")


class PostOfficesQuery(AreasQuery):
    """A selection of post offices, and a page of it."""

    post_code: _Code | None = Field(None, description="Four digits, Bangla or Latin")


class Area(Contract):
    """A place with its Bureau of Statistics code; a union's id is ours."""

    code: str
    kind: AreaKind
    parent: str | None = Field(description="Code of the area around it; null for a geo division")
    name: Text
    other_name_bn: str | None = None
    other_name_en: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    ward_count: int | None = None


class AreaPage(Contract):
    """Areas of one kind in the order of their codes, from `offset` on."""

    items: list[Area]
    total: int
    offset: int
    next: int | None = Field(None, description="Continues the list (`?after=`)")


class PostOffice(Contract):
    """A post office and its code; several offices can share a code."""

    post_code: str
    district: str
    thana_en: str
    thana_bn: str | None
    office_en: str
    office_bn: str | None


class PostOfficePage(Contract):
    """Post offices in the order of their codes, from `offset` on."""

    items: list[PostOffice]
    total: int
    offset: int
    next: int | None = Field(None, description="Continues the list (`?after=`)")
