"""Routes to drafts, proposals and versions of what two people publish."""

import json
from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.language import Text
from libs.contracts.publications import (
    DraftProblem,
    DraftProblems,
    ProposePublication,
    PublicationDraft,
    PublicationList,
    PublicationProposal,
    PublicationSeries,
    PublicationSummary,
    PublishedVersion,
    StationView,
    Tried,
    TryDraft,
    WriteDraft,
)
from libs.database.transaction import Transaction
from libs.two_people.rules import Act
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from libs.workflows.parsing import Problem
from libs.workflows.trying import Station
from services.catalogue.publications import use_cases
from services.catalogue.publications.rules import ANNOUNCED, Kind, Publication

_ROLES: Final = ("operator", "programme")
_BASE: Final = "/v1/operations/publications/{kind}/{series}"
_PROPOSAL: Final = "/v1/operations/publication-proposals/{proposal_id}"
_KNOWN: Final = ("role_missing", "public_service_not_found")
_ANSWERED: Final = ("approved_before", "rejected_before")

KindOf = Annotated[Kind, Field(description="What is published")]
Series = Annotated[
    str,
    Field(
        max_length=60,
        description="A public service, a tariff, or a year",
        examples=["S025", "trade_licence@U0712", "2027"],
    ),
]

routes = Routes()


@routes.get("/v1/operations/publications", roles=_ROLES, problems=("role_missing",))
async def list_publications(
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
) -> PublicationList:
    """List workflows, tariffs and years with the newest version of each.

    What hands over submissions has a list of its own.
    """
    found = await use_cases.read_publications(tx)
    newest = {(publication.kind, publication.series): publication for publication in found}
    return PublicationList(
        items=[
            PublicationSummary(
                kind=kind,
                series=publication.series,
                version=publication.version,
                valid_from=publication.valid_from,
            )
            for publication in newest.values()
            if (kind := ANNOUNCED.get(publication.kind))
        ]
    )


@routes.get(_BASE, roles=_ROLES, problems=_KNOWN)
async def read_publication_series(
    kind: KindOf,
    series: Series,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> PublicationSeries:
    """Show the versions, the draft and the proposals of a workflow, a tariff or a year."""
    found = await use_cases.read_series(tx, kind, series, clock.now())
    draft = found.draft and PublicationDraft(
        content=json.loads(found.draft.content),
        saved_at=found.draft.saved_at,
        saved_by=found.draft.saved_by,
        problems=_problems(found.problems),
    )
    return PublicationSeries(
        versions=[_version(publication) for publication in found.versions],
        draft=draft,
        proposals=[_proposed(act) for act in found.acts],
    )


@routes.put(
    f"{_BASE}/draft",
    roles=_ROLES,
    problems=_KNOWN,
    example={"content": {"source": "gazette of 12 November 2026", "days": []}},
)
async def write_publication_draft(
    kind: KindOf, series: Series, body: WriteDraft, staff: Staff, tx: Transaction, clock: Clock
) -> DraftProblems:
    """Write the draft of the next version, and say what is wrong with it."""
    problems = await use_cases.save_draft(tx, kind, series, body.content, staff.actor, clock.now())
    return DraftProblems(problems=_problems(problems))


@routes.post(
    "/v1/operations/publications/workflow/{series}/trial",
    roles=_ROLES,
    problems=(*_KNOWN, "publication_wrong", "action_unknown"),
    example={"form": {"birth_date": "1990-01-31"}, "choices": ["pay", "act accept"]},
)
async def try_workflow_draft(
    series: Series,
    body: TryDraft,
    staff: Staff,  # noqa: ARG001 -- checked before the handler is called
    tx: Transaction,
    clock: Clock,
) -> Tried:
    """Lead a sample case through the draft of a workflow; nothing is stored."""
    stations = await use_cases.try_draft(
        tx, series, body.model_dump(exclude={"choices"}), body.choices, clock.now()
    )
    return Tried(stations=[_station(station) for station in stations])


@routes.post(
    f"{_BASE}/proposals",
    status=201,
    roles=_ROLES,
    recent_login=True,
    problems=(*_KNOWN, "publication_wrong"),
    example={"reason": "circular of 18 February 2027"},
)
async def propose_publication(
    kind: KindOf,
    series: Series,
    body: ProposePublication,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> PublicationProposal:
    """Propose that the draft is published; a second person has to do it."""
    act = await use_cases.propose(tx, kind, series, staff.staff_id, clock.now(), body.reason)
    return _proposed(act)


@routes.post(
    f"{_PROPOSAL}/approval",
    roles=_ROLES,
    recent_login=True,
    problems=(
        *_KNOWN,
        *_ANSWERED,
        "second_person_needed",
        "publication_wrong",
        "publication_changed",
    ),
)
async def publish_proposed(
    proposal_id: UUID, staff: Staff, tx: Transaction, clock: Clock
) -> PublishedVersion:
    """Publish what another person has proposed, from its day on."""
    return _version(await use_cases.approve(tx, proposal_id, staff.staff_id, clock.now()))


@routes.post(
    f"{_PROPOSAL}/rejection",
    roles=_ROLES,
    recent_login=True,
    problems=("role_missing", *_ANSWERED, "rejection_without_reason"),
    example={"reason": "the order says 45 days"},
)
async def reject_publication(
    proposal_id: UUID, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> PublicationProposal:
    """Reject what another person has proposed and say why, or take the own proposal back."""
    return _proposed(
        await use_cases.reject(tx, proposal_id, staff.staff_id, clock.now(), body.reason)
    )


def _version(publication: Publication) -> PublishedVersion:
    return PublishedVersion(
        version=publication.version,
        valid_from=publication.valid_from,
        published_at=publication.published_at,
        proposed_by=publication.proposed_by,
        published_by=publication.published_by,
        reason=publication.reason,
        content=json.loads(publication.content),
    )


def _problems(problems: Sequence[Problem]) -> list[DraftProblem]:
    return [DraftProblem(place=problem.place, reason=problem.reason) for problem in problems]


def _proposed(act: Act) -> PublicationProposal:
    answered = "published" if act.approved_at else "rejected" if act.rejected_at else "waiting"
    return PublicationProposal(
        proposal_id=act.act_id,
        act=act.kind,
        reason=act.reason,
        proposed_by=act.proposed_by,
        proposed_at=act.proposed_at,
        state=answered,
        rejected_because=act.rejected_because,
    )


def _station(station: Station) -> StationView:
    return StationView(
        choice=station.choice,
        step=station.step,
        name=Text(bn=station.name.bn, en=station.name.en),
        status=station.status,
        waits_for=station.waiting and station.waiting.on,
        roles=list(station.waiting.roles) if station.waiting else [],
        days={clock.kind: clock.days for clock in station.clocks},
        choices=list(station.choices),
    )
