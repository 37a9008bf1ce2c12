"""Write, propose and publish what a public service is; close one, or send people to its office.

Every change locks the catalogue's version, so concurrent changes run one after the other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.contracts.publishing import ServiceContent, ServiceDraftProblem, StopKind
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.grievances import is_listed
from libs.ids import new_id
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from services.catalogue.descriptions import rules
from services.catalogue.descriptions import use_cases as descriptions
from services.catalogue.descriptions.rules import Described, Draft, ServiceVersion, Stop
from services.catalogue.public_services import use_cases as public_services
from services.catalogue.public_services.rules import PublicService
from services.catalogue.publishing.people import Person

_MOST_ACTS: Final = 20
_MOST_WAITING: Final = 1_000


@dataclass(frozen=True, slots=True)
class Publishing:
    """A public service, with what was published and what is being written.

    Args:
        service: as it is today.
        described: all versions, and what was stopped.
        draft: of the next version; None if nobody writes one.
        problems: of the draft; nothing if it can be proposed.
        acts: proposals, the newest first.
    """

    service: PublicService
    described: Described
    draft: Draft | None
    problems: Sequence[ServiceDraftProblem]
    acts: Sequence[Act]

    @property
    def waiting(self) -> Sequence[Act]:
        """Proposals of the draft as it is now that nobody has answered."""
        return [
            act
            for act in self.acts
            if self.draft and act.kind == self.draft.act and not act.approved_at
            if not act.rejected_at
        ]


async def list_services(tx: Transaction, person: Person, at: datetime) -> list[Publishing]:
    """Return the services that a person publishes: of the own ministry, or all of them."""
    services = await public_services.read_services(tx, dhaka_date(at))
    described = await descriptions.read_described(tx)
    drafts = await descriptions.read_drafts(tx)
    waiting = await two_people.read_waiting(tx, limit=_MOST_WAITING)
    return [
        _publishing(service, described, drafts, waiting, at)
        for service in services
        if person.sees(service.body) and is_listed(service.public_service_id)
    ]


async def read_service(
    tx: Transaction, public_service_id: str, person: Person, at: datetime
) -> Publishing:
    """Return a public service for those who publish it.

    Raises:
        Refused: there is no such service, or it is of another ministry.
    """
    service = await _service_of(tx, public_service_id, person, at)
    described, drafts = await descriptions.read_described(tx), await descriptions.read_drafts(tx)
    subject = rules.subject_of(public_service_id)
    acts = await two_people.read_acts(tx, subject, after=None, limit=_MOST_ACTS)
    return _publishing(service, described, drafts, acts, at)


async def save_draft(
    tx: Transaction,
    public_service_id: str,
    content: Mapping[str, Any],
    person: Person,
    at: datetime,
) -> Sequence[ServiceDraftProblem]:
    """Store a draft of the next version, and return what is wrong with it.

    A draft with problems is kept: it is written step by step. A proposal of the former content
    cannot be approved any more.

    Raises:
        Refused: there is no such service, or the person does not write for its ministry.
    """
    await public_services.lock_catalogue(tx)
    person.check_writes(await _service_of(tx, public_service_id, person, at))
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    await descriptions.save_draft(tx, Draft(public_service_id, text, at, person.actor))
    await record_action(tx, actor=person.actor, action="write service", subject=public_service_id)
    return rules.problems_in(content, dhaka_date(at))


async def propose(
    tx: Transaction, public_service_id: str, person: Person, at: datetime, reason: str
) -> Act:
    """Propose that the draft is published; a repeat returns the proposal that waits.

    Raises:
        Refused: there is no such service or no draft, something is wrong with it, or the person
            does not write for its ministry.
    """
    await public_services.lock_catalogue(tx)
    person.check_writes(await _service_of(tx, public_service_id, person, at))
    draft = await _right_draft(tx, public_service_id, dhaka_date(at))
    act = rules.proposal(draft, new_id(), person.staff_id, at, reason)
    waiting = await two_people.propose(tx, act)
    if waiting is act:
        await _recorded(tx, public_service_id, person, "propose service", reason)
    return waiting


async def approve(
    tx: Transaction, act_id: UUID, person: Person, at: datetime, valid_from: date | None
) -> ServiceVersion:
    """Publish what another person has proposed, from a day on, and announce it when it holds.

    Raises:
        Refused: there is no such proposal, the same person proposed it, it was answered before, the
            draft was written again since or has problems by now, or the day has passed.
    """
    await public_services.lock_catalogue(tx)
    subject = await two_people.read_subject(tx, act_id)
    public_service_id = rules.service_in(subject)
    today = dhaka_date(at)
    if valid_from is not None and valid_from < today:
        raise Refused("publication_day_passed", pointer="/valid_from")
    act = await two_people.approve(tx, subject, act_id, person.staff_id, at)
    draft = await _right_draft(tx, public_service_id, today)
    rules.check_unchanged(act, draft)
    described = await descriptions.read_described(tx)
    version = ServiceVersion(
        public_service_id=public_service_id,
        version=described.get(public_service_id, Described()).next_version,
        valid_from=valid_from or today,
        content=ServiceContent.model_validate_json(draft.content),
        published_at=at,
        proposed_by=f"staff:{act.proposed_by}",
        published_by=person.actor,
        reason=act.reason,
    )
    await descriptions.add_version(tx, version)
    detail = f"version {version.version} from {version.valid_from}"
    await _changed(tx, public_service_id, person, "publish service", detail, at)
    return version


async def reject(
    tx: Transaction, act_id: UUID, person: Person, at: datetime, because: str | None
) -> Act:
    """Reject what another person has proposed, and say why; or take the own proposal back.

    Raises:
        Refused: there is no such proposal, it is of another ministry, it was answered before, or
            there is no reason.
    """
    public_service_id = rules.service_in(await two_people.read_subject(tx, act_id))
    await _service_of(tx, public_service_id, person, at)
    act = await two_people.reject(tx, act_id, person.staff_id, at, because)
    await _recorded(tx, public_service_id, person, "reject service", because or "")
    return act


async def stop(
    tx: Transaction,
    public_service_id: str,
    kind: StopKind,
    person: Person,
    at: datetime,
    reason: str,
) -> None:
    """Close a service or send people to its office for the fee, at once; a repeat changes nothing.

    It holds until two people publish a version.

    Raises:
        Refused: there is no such service, or it is of another ministry.
    """
    await public_services.lock_catalogue(tx)
    await _service_of(tx, public_service_id, person, at)
    described = (await descriptions.read_described(tx)).get(public_service_id, Described())
    if described.is_stopped(kind, dhaka_date(at)):
        return
    await descriptions.add_stop(tx, Stop(public_service_id, kind, at, person.actor, reason))
    await _changed(tx, public_service_id, person, f"stop service: {kind}", reason, at)


async def _changed(
    tx: Transaction, public_service_id: str, person: Person, action: str, detail: str, at: datetime
) -> None:
    """Record a change, announce it, and let every replica read it."""
    await _recorded(tx, public_service_id, person, action, detail)
    await public_services.raise_version(tx)
    await public_services.announce_changes(tx, at)


async def _recorded(
    tx: Transaction, public_service_id: str, person: Person, action: str, detail: str
) -> None:
    await record_action(
        tx, actor=person.actor, action=action, subject=public_service_id, detail=detail
    )


async def _service_of(
    tx: Transaction, public_service_id: str, person: Person, at: datetime
) -> PublicService:
    """Return a service as it is today.

    Raises:
        Refused: there is no such service, or the person has nothing to do with its ministry.
    """
    for service in await public_services.read_services(tx, dhaka_date(at)):
        if service.public_service_id == public_service_id:
            person.check_sees(service)
            return service
    raise Refused("public_service_not_found")


async def _right_draft(tx: Transaction, public_service_id: str, today: date) -> Draft:
    """Return a draft that can be published.

    Raises:
        Refused: there is none, or something is wrong with it.
    """
    draft = (await descriptions.read_drafts(tx)).get(public_service_id)
    if draft is None:
        raise Refused("not_found", "no draft")
    problems = rules.problems_in(json.loads(draft.content), today)
    if problems:
        raise Refused("publication_wrong", f"{problems[0].place}: {problems[0].wrong}")
    return draft


def _publishing(
    service: PublicService,
    described: Mapping[str, Described],
    drafts: Mapping[str, Draft],
    acts: Sequence[Act],
    at: datetime,
) -> Publishing:
    draft = drafts.get(service.public_service_id)
    subject = rules.subject_of(service.public_service_id)
    return Publishing(
        service,
        described.get(service.public_service_id, Described()),
        draft,
        rules.problems_in(json.loads(draft.content), dhaka_date(at)) if draft else (),
        [act for act in acts if act.subject == subject],
    )
