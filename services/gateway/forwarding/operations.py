"""Every operation of the public API: who owns it, what it takes, what it answers.

The running routes and the OpenAPI document are both made from this table.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, Field

from libs.contracts.applications import (
    ApplicationList,
    ApplicationSummary,
    ApplicationView,
    CorrectApplication,
    SubmitApplication,
)
from libs.contracts.catalogue import (
    AreaPage,
    BodyList,
    CategoryList,
    PostOfficePage,
    ServiceList,
    ServiceView,
)
from libs.contracts.identity import (
    CodeSent,
    ExchangeCode,
    Profile,
    RefreshTokens,
    RequestCode,
    Tokens,
    UpdateProfile,
)
from libs.contracts.operations import (
    DeadLetterContent,
    DeadLetterList,
    DeadLettersQuery,
    DeadLetterView,
    Journal,
    JournalQuery,
    LookAtDeadLetter,
    ReplayDeadLetters,
    ReplayReport,
    SettleDeadLetters,
)

ReaderName = Literal["applications", "ministries", "notifications"]
UpstreamName = Literal["identity", "catalogue", ReaderName, "gateway", "named in the path"]
READERS: tuple[ReaderName, ...] = get_args(ReaderName)
UPSTREAMS: tuple[UpstreamName, ...] = ("identity", "catalogue", *READERS)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Args:
        method: HTTP method.
        path: with parameters in braces.
        upstream: the service that answers it; or the one that `{service}` in the path names.
        name: the operation's id, for generated clients.
        summary: one line for people.
        answer: the model of the answer, or None where it has no body.
        status: of the answer.
        needs_token: whether only who has logged in may ask.
        body: the model of the request's body.
        query: the model of the query.
        idempotency_key: whether the header is required, taken where given, or unknown here.
        problems: codes of problems beside those that any operation of its kind may answer.
        cached: whether an answer may be given again for a few seconds.
    """

    method: Literal["GET", "POST", "PATCH"]
    path: str
    upstream: UpstreamName
    name: str
    summary: str
    answer: type[BaseModel] | None
    status: int = 200
    needs_token: bool = False
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    idempotency_key: Literal["required", "optional", "none"] = "none"
    problems: tuple[str, ...] = ()
    cached: bool = False

    @property
    def repeat_safe(self) -> bool:
        """Whether asking twice does no more than asking once."""
        return self.method == "GET" or self.idempotency_key == "required"


class ServicesQuery(BaseModel):
    """What to look for among the public services."""

    q: Annotated[str | None, Field(description="Words in Bangla or English, in any spelling")] = (
        None
    )
    category: Annotated[str | None, Field(description="A category's id")] = None
    body: Annotated[str | None, Field(description="A ministry's id")] = None
    open: Annotated[
        Literal["true", "false"] | None, Field(description="Only those that take applications")
    ] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Most rows in one answer")] = 100


class AreasQuery(BaseModel):
    """Which areas, and which part of the list."""

    geo_division: Annotated[str | None, Field(description="Only those inside it; a code")] = None
    district: Annotated[str | None, Field(description="Only those inside it; a code")] = None
    upazila: Annotated[str | None, Field(description="Only those inside it; a code")] = None
    offset: Annotated[int, Field(ge=0, le=1_000_000, description="Rows to pass over")] = 0
    limit: Annotated[int, Field(ge=1, le=500, description="Most rows in one answer")] = 100


class PostOfficesQuery(AreasQuery):
    """Which post offices, and which part of the list."""

    post_code: Annotated[str | None, Field(description="Four digits, Bangla or Latin")] = None


class ApplicationsQuery(BaseModel):
    """Which part of the list of my applications."""

    after: Annotated[UUID | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Most rows in one answer")] = 20


_OPERATIONS = "/v1/operations/{service}"

ROUTES: tuple[Operation, ...] = (
    Operation(
        "POST", "/v1/login/codes", "identity", "request_code",
        "Ask for a one-time code by SMS", CodeSent, 202, body=RequestCode,
        problems=("codes_too_many_for_phone", "codes_too_many_for_address"),
    ),
    Operation(
        "POST", "/v1/login/tokens", "identity", "exchange_code",
        "Show the code, get tokens", Tokens, body=ExchangeCode,
        problems=("code_wrong", "code_expired"),
    ),
    Operation(
        "POST", "/v1/login/refresh", "identity", "refresh_tokens",
        "Show the refresh token, get new ones", Tokens, body=RefreshTokens,
        problems=("refresh_token_invalid", "session_ended"),
    ),
    Operation(
        "POST", "/v1/logout", "identity", "log_out",
        "End this login", None, 204, needs_token=True,
    ),
    Operation(
        "GET", "/v1/me", "identity", "read_profile",
        "What the platform knows of me", Profile, needs_token=True,
    ),
    Operation(
        "PATCH", "/v1/me", "identity", "update_profile",
        "Change my language or numbers", Profile, needs_token=True, body=UpdateProfile,
    ),
    Operation(
        "GET", "/v1/services", "catalogue", "list_services",
        "Find public services", ServiceList, query=ServicesQuery, cached=True,
        problems=("category_not_found", "body_not_found"),
    ),
    Operation(
        "GET", "/v1/services/{public_service_id}", "catalogue", "read_service",
        "One public service with its form", ServiceView, cached=True,
        problems=("public_service_not_found",),
    ),
    Operation(
        "GET", "/v1/categories", "catalogue", "list_categories",
        "Kinds of public services", CategoryList, cached=True,
    ),
    Operation(
        "GET", "/v1/bodies", "catalogue", "list_bodies",
        "Ministries, ministry divisions and offices", BodyList, cached=True,
    ),
    Operation(
        "GET", "/v1/areas/postcodes", "catalogue", "list_post_offices",
        "Post offices and their codes", PostOfficePage, query=PostOfficesQuery, cached=True,
        problems=("area_not_found",),
    ),
    Operation(
        "GET", "/v1/areas/{kind}", "catalogue", "list_areas",
        "Divisions, districts, upazilas, city corporations, unions", AreaPage,
        query=AreasQuery, cached=True, problems=("area_not_found",),
    ),
    Operation(
        "POST", "/v1/applications", "applications", "submit_application",
        "Apply for a public service", ApplicationSummary, 201, needs_token=True,
        body=SubmitApplication, idempotency_key="required",
        problems=(
            "public_service_unknown", "public_service_closed", "form_invalid",
            "service_centre_unknown",
        ),
    ),
    Operation(
        "GET", "/v1/applications", "applications", "list_applications",
        "My applications, newest first", ApplicationList, needs_token=True,
        query=ApplicationsQuery,
    ),
    Operation(
        "GET", "/v1/applications/{tracking_number}", "applications", "read_application",
        "One application and what happened to it", ApplicationView, needs_token=True,
        problems=("application_unknown",),
    ),
    Operation(
        "POST", "/v1/applications/{tracking_number}/corrections", "applications",
        "correct_application", "Answer a ministry's request for correction", ApplicationSummary,
        needs_token=True, body=CorrectApplication, idempotency_key="optional",
        problems=(
            "application_unknown", "application_closed", "correction_not_asked", "form_invalid",
        ),
    ),
    Operation(
        "POST", "/v1/applications/{tracking_number}/withdrawal", "applications",
        "withdraw_application", "Withdraw the application", ApplicationSummary, needs_token=True,
        problems=("application_unknown", "application_closed", "already_decided"),
    ),
    Operation(
        "GET", "/v1/applications/{tracking_number}/events", "gateway", "watch_application",
        "Follow the application live (server-sent events)", None, needs_token=True,
        problems=("application_unknown", "too_many_watchers"),
    ),
    Operation(
        "GET", f"{_OPERATIONS}/dead-letters", "named in the path", "list_dead_letters",
        "What a service could not process or finish (operators)", DeadLetterList,
        needs_token=True, query=DeadLettersQuery, problems=("role_missing",),
    ),
    Operation(
        "GET", f"{_OPERATIONS}/dead-letters/{{dead_letter_id}}", "named in the path",
        "read_dead_letter", "One of them, without its content (operators)", DeadLetterView,
        needs_token=True, problems=("role_missing", "dead_letter_unknown"),
    ),
    Operation(
        "POST", f"{_OPERATIONS}/looks", "named in the path", "look_at_dead_letter",
        "One of them in full, journalled (dead_letter_viewer)", DeadLetterContent,
        needs_token=True, body=LookAtDeadLetter, problems=("role_missing", "dead_letter_unknown"),
    ),
    Operation(
        "POST", f"{_OPERATIONS}/replays", "named in the path", "replay_dead_letters",
        "Give them their effect, or send again (operators)", ReplayReport,
        needs_token=True, body=ReplayDeadLetters, problems=("role_missing",),
    ),
    Operation(
        "POST", f"{_OPERATIONS}/settlements", "named in the path", "settle_dead_letters",
        "Close them by hand, and let go what waits behind (operators)", ReplayReport,
        needs_token=True, body=SettleDeadLetters, problems=("role_missing",),
    ),
    Operation(
        "GET", f"{_OPERATIONS}/journal", "named in the path", "read_operators_journal",
        "Who did what with dead letters, and why (operators)", Journal,
        needs_token=True, query=JournalQuery, problems=("role_missing",),
    ),
)  # fmt: skip
