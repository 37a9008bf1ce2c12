"""Routes of editors and publishers to what public services are."""

import json
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field

from libs.clock import Clock
from libs.contracts.accounts import RejectProposal
from libs.contracts.language import Text
from libs.contracts.publishing import (
    ProposeService,
    PublishedService,
    PublishedServiceList,
    PublishService,
    ServiceDraft,
    ServiceProposal,
    ServicePublishing,
    ServiceVersionView,
    StopService,
    WriteServiceDraft,
)
from libs.database.transaction import Transaction
from libs.two_people.rules import Act
from libs.web.callers.tokens import Staff
from libs.web.handling.routes import Routes
from services.catalogue.descriptions.rules import FIRST_VERSION, ServiceVersion
from services.catalogue.publishing import use_cases
from services.catalogue.publishing.people import EDITOR, PUBLISHER, Person
from services.catalogue.publishing.use_cases import Publishing

_ANYONE: Final = (EDITOR, PUBLISHER)
_BASE: Final = "/v1/publishing/services"
_SERVICE: Final = f"{_BASE}/{{public_service_id}}"
_PROPOSAL: Final = "/v1/publishing/proposals/{proposal_id}"
_KNOWN: Final = ("role_missing", "public_service_not_found", "service_of_other_ministry")
_ANSWERED: Final = ("approved_before", "rejected_before")

ServiceId = Annotated[str, Field(description="Id of the public service", examples=["S001"])]

routes = Routes()


@routes.get(_BASE, roles=_ANYONE, problems=("role_missing",))
async def list_published_services(
    staff: Staff, tx: Transaction, clock: Clock
) -> PublishedServiceList:
    """List the services that I publish, those that wait for a publisher first (editor, publisher).

    An editor has those of the own ministry, a publisher all.
    """
    found = await use_cases.list_services(tx, Person.of(staff), clock.now())
    found.sort(key=lambda publishing: not publishing.waiting)
    return PublishedServiceList(items=[_summary(publishing) for publishing in found])


@routes.get(_SERVICE, roles=_ANYONE, problems=_KNOWN)
async def read_service_publishing(
    public_service_id: ServiceId, staff: Staff, tx: Transaction, clock: Clock
) -> ServicePublishing:
    """Show versions, draft and proposals of a public service (editor, publisher)."""
    person = Person.of(staff)
    return _view(await use_cases.read_service(tx, public_service_id, person, clock.now()), person)


@routes.put(
    f"{_SERVICE}/draft",
    roles=(EDITOR,),
    problems=_KNOWN,
    example={"content": {"name": {"text": {"bn": "জন্ম নিবন্ধন", "en": "Birth registration"}}}},
)
async def write_service_draft(
    public_service_id: ServiceId,
    body: WriteServiceDraft,
    staff: Staff,
    tx: Transaction,
    clock: Clock,
) -> ServicePublishing:
    """Write the draft of the next version, and say what is wrong with it (editor)."""
    person, now = Person.of(staff), clock.now()
    await use_cases.save_draft(tx, public_service_id, body.content, person, now)
    return _view(await use_cases.read_service(tx, public_service_id, person, now), person)


@routes.post(
    f"{_SERVICE}/proposals",
    status=201,
    roles=(EDITOR,),
    recent_login=True,
    problems=(*_KNOWN, "publication_wrong"),
    example={"reason": "circular of 18 February 2027"},
)
async def propose_service(
    public_service_id: ServiceId, body: ProposeService, staff: Staff, tx: Transaction, clock: Clock
) -> ServicePublishing:
    """Propose that the draft is published; a publisher has to do it (editor)."""
    person, now = Person.of(staff), clock.now()
    await use_cases.propose(tx, public_service_id, person, now, body.reason)
    return _view(await use_cases.read_service(tx, public_service_id, person, now), person)


@routes.post(
    f"{_SERVICE}/stops",
    roles=_ANYONE,
    recent_login=True,
    problems=_KNOWN,
    example={"kind": "closed", "reason": "the register is rebuilt"},
)
async def stop_service(
    public_service_id: ServiceId, body: StopService, staff: Staff, tx: Transaction, clock: Clock
) -> ServicePublishing:
    """Close a service, or send people to its office for the fee, at once (editor, publisher).

    It holds until two people publish a version.
    """
    person, now = Person.of(staff), clock.now()
    await use_cases.stop(tx, public_service_id, body.kind, person, now, body.reason)
    return _view(await use_cases.read_service(tx, public_service_id, person, now), person)


@routes.post(
    f"{_PROPOSAL}/approval",
    roles=(PUBLISHER,),
    recent_login=True,
    problems=(
        "role_missing",
        *_ANSWERED,
        "second_person_needed",
        "publication_wrong",
        "publication_changed",
        "publication_day_passed",
    ),
    example={"valid_from": "2027-03-01"},
)
async def publish_service(
    proposal_id: UUID, body: PublishService, staff: Staff, tx: Transaction, clock: Clock
) -> ServiceVersionView:
    """Publish what an editor has proposed, from a day on (publisher)."""
    person = Person.of(staff)
    return _version(await use_cases.approve(tx, proposal_id, person, clock.now(), body.valid_from))


@routes.post(
    f"{_PROPOSAL}/rejection",
    roles=_ANYONE,
    recent_login=True,
    problems=(*_KNOWN, *_ANSWERED, "rejection_without_reason"),
    example={"reason": "the order says 45 days"},
)
async def reject_service(
    proposal_id: UUID, body: RejectProposal, staff: Staff, tx: Transaction, clock: Clock
) -> ServiceProposal:
    """Reject a proposal and say why, or take the own one back (editor, publisher)."""
    person = Person.of(staff)
    act = await use_cases.reject(tx, proposal_id, person, clock.now(), body.reason)
    return _proposed(act, person, None)


def _summary(publishing: Publishing) -> PublishedService:
    service = publishing.service
    return PublishedService(
        public_service_id=service.public_service_id,
        name=Text(bn=service.name_bn, en=service.name_en),
        ministry=service.body,
        open=service.open,
        version=service.published.version if service.published else FIRST_VERSION,
        has_draft=publishing.draft is not None,
        waits=bool(publishing.waiting),
    )


def _view(publishing: Publishing, person: Person) -> ServicePublishing:
    draft = publishing.draft and ServiceDraft(
        content=json.loads(publishing.draft.content),
        saved_at=publishing.draft.saved_at,
        saved_by=publishing.draft.saved_by,
        problems=list(publishing.problems),
    )
    kind = publishing.draft.act if publishing.draft else None
    return ServicePublishing(
        service=_summary(publishing),
        may_write=person.ministry == publishing.service.body,
        may_publish=person.publishes,
        fee_is_said=publishing.service.fee_basis != "unknown",
        beginning=_beginning(publishing),
        versions=[_version(version) for version in reversed(publishing.described.versions)],
        draft=draft,
        proposals=[_proposed(act, person, kind) for act in publishing.acts],
    )


def _beginning(publishing: Publishing) -> dict[str, Any]:
    """Return what a draft begins with: the last version, or the names of the reference."""
    if publishing.described.versions:
        return publishing.described.versions[-1].content.model_dump(mode="json")
    service = publishing.service
    return {"name": {"text": {"bn": service.name_bn, "en": service.name_en}}}


def _version(version: ServiceVersion) -> ServiceVersionView:
    return ServiceVersionView(
        version=version.version,
        valid_from=version.valid_from,
        published_at=version.published_at,
        proposed_by=version.proposed_by,
        published_by=version.published_by,
        reason=version.reason,
        content=version.content,
    )


def _proposed(act: Act, person: Person, kind: str | None) -> ServiceProposal:
    """Return a proposal; it is outdated where the draft is another one by now."""
    if act.approved_at:
        state = "published"
    elif act.rejected_at:
        state = "rejected"
    else:
        state = "waiting" if act.kind == kind else "outdated"
    return ServiceProposal(
        proposal_id=act.act_id,
        reason=act.reason,
        proposed_by=f"staff:{act.proposed_by}",
        proposed_at=act.proposed_at,
        state=state,
        is_mine=act.proposed_by == person.staff_id,
        rejected_because=act.rejected_because,
    )
