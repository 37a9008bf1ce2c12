"""Write, check, propose and publish workflows, tariffs, years, connections and offices.

Every change locks the catalogue's version, so concurrent changes run one after the other.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.audit.queries import record_action
from libs.bangladesh.calendar import dhaka_date
from libs.bangladesh.geography import areas_by_code, unions_by_id
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.writing import outbox
from libs.two_people import use_cases as two_people
from libs.two_people.rules import Act
from libs.workflows.facts import CaseFacts, place_of
from libs.workflows.parsing import Problem, parse_workflow
from libs.workflows.tariffs import parse_tariffs
from libs.workflows.trying import Station, try_case
from services.catalogue.public_services import use_cases as public_services
from services.catalogue.public_services.forms import COMMON_FORM, forms_for
from services.catalogue.publications import queries, rules
from services.catalogue.publications.kinds import (
    Surroundings,
    adapter_in,
    event_of,
    first_day,
    problems_in,
    rule_in,
)
from services.catalogue.publications.rules import Draft, Kind, Publication
from services.catalogue.routing import use_cases as routing
from services.catalogue.routing_changes import use_cases as routing_changes


@dataclass(frozen=True, slots=True)
class Series:
    """A workflow, a tariff or a year, with what was published and what is being written.

    Args:
        versions: in their order.
        draft: of the next version; None if nobody writes one.
        problems: of the draft; nothing if it can be published.
        acts: proposals, the newest first.
    """

    versions: Sequence[Publication]
    draft: Draft | None
    problems: Sequence[Problem]
    acts: Sequence[Act]


async def load_reference(tx: Transaction, reference: Sequence[Publication]) -> int:
    """Store and announce what the reference publishes and is not there yet; return how many.

    Versions that people published stay, and a later version holds.
    """
    await public_services.lock_catalogue(tx)
    new = await queries.insert_publications(tx, reference)
    return await _announce(
        tx,
        [
            publication
            for publication in reference
            if (publication.kind, publication.series, publication.version) in new
        ],
    )


async def announce_all(tx: Transaction) -> int:
    """Announce again what holds or comes: each version of a workflow, the newest of the others."""
    publications = await queries.read_publications(tx)
    newest = {(publication.kind, publication.series): publication for publication in publications}
    return await _announce(
        tx,
        [
            publication
            for publication in publications
            if publication.kind in rules.ANNOUNCED
            and (
                publication.kind == "workflow"
                or publication is newest[publication.kind, publication.series]
            )
        ],
    )


async def read_publications(
    tx: Transaction, kind: Kind | None = None, series: str | None = None
) -> list[Publication]:
    """Return what was published, in its order."""
    return await queries.read_publications(tx, kind, series)


async def read_series(tx: Transaction, kind: Kind, series: str, at: datetime) -> Series:
    """Return the versions of a series, its draft, and what is wrong with that.

    Raises:
        Refused: there is no such public service.
    """
    around = await _surroundings(tx, kind, series, at)
    draft = await queries.lock_draft(tx, kind, series)
    problems = problems_in(kind, series, draft.content, around) if draft else []
    subject = rules.subject_of(kind, series)
    acts = await two_people.read_acts(tx, subject, after=None, limit=20)
    return Series(around.versions, draft, problems, acts)


async def save_draft(
    tx: Transaction, kind: Kind, series: str, content: dict[str, Any], by: str, at: datetime
) -> Sequence[Problem]:
    """Store a draft of the next version, and return what is wrong with it.

    A draft with problems is kept: it is written step by step. A proposal of the former content
    cannot be approved any more.

    Raises:
        Refused: there is no such public service.
    """
    around = await _surroundings(tx, kind, series, at)
    text = json.dumps(content, ensure_ascii=False)
    await queries.save_draft(tx, Draft(kind, series, text, at, by))
    await record_action(tx, actor=by, action=f"write {kind}", subject=series)
    return problems_in(kind, series, text, around)


async def try_draft(
    tx: Transaction,
    series: str,
    sample: Mapping[str, Any],
    choices: Sequence[str],
    at: datetime,
) -> Sequence[Station]:
    """Lead a sample case through the draft of a workflow, with the tariffs of today.

    Args:
        tx: the transaction.
        series: the public service.
        sample: the facts of the sample: `form`, and what else `CaseFacts` has.
        choices: what happens, one after the other.
        at: the current time.

    Raises:
        Refused: there is no draft, something is wrong with it, or a choice cannot happen.
    """
    draft, around = await _right_draft(tx, "workflow", series, at)
    workflow = parse_workflow(draft.content)
    published = await queries.read_publications(tx, "tariff")
    newest = {publication.series: publication for publication in published}
    rows = [row for tariff in newest.values() for row in parse_tariffs(tariff.content).rows]
    form = sample.get("form", {})
    facts = CaseFacts(
        today=around.today, tariffs=rows, place=place_of(workflow, form), **{"form": {}, **sample}
    )
    return try_case(workflow, facts, choices, around.today)


async def propose(
    tx: Transaction, kind: Kind, series: str, by: UUID, at: datetime, reason: str
) -> Act:
    """Propose that the draft is published; a repeat returns the proposal that waits.

    Raises:
        Refused: there is no draft, or something is wrong with it.
    """
    draft, around = await _right_draft(tx, kind, series, at)
    act = rules.proposal(draft, around.next_version, new_id(), by, at, reason)
    waiting = await two_people.propose(tx, act)
    if waiting is act:
        await record_action(
            tx, actor=f"staff:{by}", action=f"propose {kind}", subject=series, detail=reason
        )
    return waiting


async def approve(tx: Transaction, act_id: UUID, by: UUID, at: datetime) -> Publication:
    """Publish what another person has proposed, and announce it.

    Raises:
        Refused: there is no such proposal, the same person proposed it, it was answered before, or
            the draft was written again since or cannot be published today.
    """
    subject = await two_people.read_subject(tx, act_id)
    kind, series = rules.series_in(subject)
    draft, around = await _right_draft(tx, kind, series, at)
    act = await two_people.approve(tx, subject, act_id, by, at)
    rules.check_unchanged(act, draft, around.next_version)
    publication = Publication(
        kind,
        series,
        around.next_version,
        draft.content,
        first_day(kind, series, draft.content, around.today),
        at,
        f"staff:{act.proposed_by}",
        f"staff:{by}",
        act.reason,
    )
    await queries.insert_publications(tx, [publication])
    await queries.delete_draft(tx, kind, series)
    detail = f"version {publication.version} from {publication.valid_from}"
    await record_action(
        tx, actor=f"staff:{by}", action=f"publish {kind}", subject=series, detail=detail
    )
    await _carry_out(tx, publication, at)
    return publication


async def reject(tx: Transaction, act_id: UUID, by: UUID, at: datetime, because: str | None) -> Act:
    """Reject what another person has proposed, and say why; or take the own proposal back.

    Raises:
        Refused: there is no such proposal, it was answered before, or there is no reason.
    """
    kind, series = rules.series_in(await two_people.read_subject(tx, act_id))
    act = await two_people.reject(tx, act_id, by, at, because)
    await record_action(
        tx, actor=f"staff:{by}", action=f"reject {kind}", subject=series, detail=because or ""
    )
    return act


async def _right_draft(
    tx: Transaction, kind: Kind, series: str, at: datetime
) -> tuple[Draft, Surroundings]:
    """Return a draft that can be published, and what it was checked against.

    Raises:
        Refused: there is none, or something is wrong with it.
    """
    around = await _surroundings(tx, kind, series, at)
    draft = await queries.lock_draft(tx, kind, series)
    if draft is None:
        raise Refused("not_found", "no draft")
    problems = problems_in(kind, series, draft.content, around)
    if problems:
        raise Refused("publication_wrong", str(problems[0]))
    return draft, around


async def _surroundings(tx: Transaction, kind: Kind, series: str, at: datetime) -> Surroundings:
    """Lock the catalogue, and return what a content of a series is checked against."""
    of_service = kind in rules.OF_SERVICE
    if of_service:
        await public_services.lock_service(tx, series)
    else:
        await public_services.lock_catalogue(tx)
    form_of = series if of_service else COMMON_FORM
    today = dhaka_date(at)
    published = await queries.read_publications(tx, "tariff")
    bodies = await public_services.read_bodies(tx)
    return Surroundings(
        today=today,
        versions=await queries.read_publications(tx, kind, series),
        items=frozenset(publication.series.partition("@")[0] for publication in published),
        bodies=frozenset(body.body_id for body in bodies),
        areas=frozenset((*areas_by_code(), *unions_by_id())),
        form=forms_for([form_of])[form_of].schema,
        days=await public_services.read_sourced_days(tx, series, today) if of_service else None,
        routing=[version.rule for version in await routing.read_versions(tx, series)],
        adapters=(await public_services.read_service_adapters(tx)).get(series, []),
    )


async def _carry_out(tx: Transaction, publication: Publication, at: datetime) -> None:
    """Announce a version, or set what it says of its public service, which is announced with it."""
    key, by = publication.series, publication.published_by
    match publication.kind:
        case "connection":
            wanted = adapter_in(publication.content)
            await public_services.set_service_adapter(
                tx, key, wanted.adapter, valid_from=wanted.valid_from, by=by, at=at
            )
        case "offices":
            proposal, because = rule_in(key, publication.content), publication.reason
            if proposal.content.get("ended"):
                await routing_changes.end_rule(tx, proposal, reason=because, by=by, at=at)
            else:
                await routing_changes.set_rule(tx, proposal, reason=because, by=by, at=at)
        case _:
            await _announce(tx, [publication])


async def _announce(tx: Transaction, publications: Sequence[Publication]) -> int:
    await outbox.add(tx, [event_of(publication) for publication in publications])
    return len(publications)
