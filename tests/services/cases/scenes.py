"""Submissions to offices whose officers work here, and what becomes of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from libs.contracts.applications import (
    ResponsibleOffice,
    SubmissionAppealed,
    SubmissionCorrected,
    SubmissionMade,
    SubmissionWithdrawn,
)
from libs.contracts.cases import ActOnCase, CasesErased, CaseView
from libs.contracts.catalogue import PublicServiceChanged, RoutingRule, TariffChanged
from libs.contracts.identity import CitizenErased, OfficerChanged
from libs.contracts.language import Text
from libs.contracts.ministries import PaperGranted, PaperRevoked
from libs.database.pool import Database
from libs.errors import Refused
from libs.ids import new_id
from libs.messaging.envelope import trace_of, unpack_headers
from libs.messaging.reading.batch import Batch
from libs.messaging.writing import outbox
from libs.trace_context import TraceContext
from libs.workflows.case import replay
from libs.workflows.model import Workflow
from services.cases.acts import use_cases as acts
from services.cases.clocks.use_cases import OF_STEPS, run_out
from services.cases.erasure.consumers import router
from services.cases.intake.rules import Submission
from services.cases.intake.use_cases import take_in
from services.cases.officers.rules import Officer
from services.cases.offices.use_cases import copy_rules
from services.cases.tariffs.use_cases import copy_tariffs
from services.cases.work import queries
from services.cases.work.values import CaseFile
from services.cases.workflows.use_cases import copy_workflows
from services.catalogue.workflows.reference import reference_tariffs, reference_workflows
from tests.ciphers import outbox_rows
from tests.consuming import consuming
from tests.contract.frozen import samples

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
RAHIMA = UUID("0192f3a0-0000-7000-8000-0000000000a1")
TRACE = TraceContext(f"00-{'a' * 32}-{'b' * 16}-01")
KARIM = UUID(int=7)
UNION = ResponsibleOffice(
    office_id="union-U2393",
    kind="union",
    name=Text(bn="আমতলী ইউনিয়ন পরিষদ", en="Amtali Union Parishad"),
    rule_id="union",
    rule_version=1,
)
MEMBER = Officer(UUID(int=1), "lgd", "union-U2393", frozenset({"ward_member"}))
SECRETARY = Officer(UUID(int=2), "lgd", "union-U2393", frozenset({"secretary"}))
CHAIRMAN = Officer(UUID(int=3), "lgd", "union-U2393", frozenset({"chairman"}))
FORMS: dict[str, dict[str, Any]] = {
    "S001": {"name_bn": "রহিমা খাতুন", "birth_date": "2026-02-20"},
    "S005": {"name_bn": "রহিমা খাতুন", "permanent_address": {"area": "100409", "union": "U2393"}},
    "S024": {"kind": "lost_item", "description": "a bag"},
    "S031": {"name_bn": "রহিমা খাতুন", "circle": {"area": "302625"}},
}


def submitted(public_service_id: str = "S005", **fields: Any) -> SubmissionMade:
    """Return a submission as applications publishes it."""
    answers = {**FORMS.get(public_service_id, {}), **fields.pop("answers", {})}
    return SubmissionMade(
        **{
            "event_id": new_id(),
            "occurred_at": NOW,
            "application_id": new_id(),
            "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
            "public_service_id": public_service_id,
            "ministry": "lgd",
            "served_by": "desk",
            "applicant_id": RAHIMA,
            "actor_id": RAHIMA,
            "office": UNION,
            "form": answers,
            "form_version": 1,
            **fields,
        }
    ).in_trace(TRACE)


def corrected(first: SubmissionMade, **fields: Any) -> SubmissionCorrected:
    """Return the corrected form of an application."""
    later = {"event_id": new_id(), "occurred_at": NOW + timedelta(hours=1)}
    return SubmissionCorrected(**{**first.model_dump(), **later, **fields}).in_trace(TRACE)


def withdrawn(first: SubmissionMade, **fields: Any) -> SubmissionWithdrawn:
    """Return the withdrawal of an application."""
    shared = SubmissionWithdrawn.model_fields.keys() - {"event_id", "moved_to"}
    return SubmissionWithdrawn(**{**first.model_dump(include=shared), **fields}).in_trace(TRACE)


def appealed(first: SubmissionMade, **fields: Any) -> SubmissionAppealed:
    """Return the objection of a citizen to the refusal of an application."""
    own = {"event_id", "grounds", "documents", "mandate_id"}
    shared = SubmissionAppealed.model_fields.keys() - own
    said = {"event_id": new_id(), "grounds": "কাগজটি আবেদনের সঙ্গে ছিল"}
    return SubmissionAppealed(**{**first.model_dump(include=shared), **said, **fields}).in_trace(
        TRACE
    )


def changed_officer(**fields: Any) -> OfficerChanged:
    """An officer as identity announces one."""
    return OfficerChanged(
        **{
            "occurred_at": NOW,
            "officer_id": KARIM,
            "ministry": "lgd",
            "office_id": "union-U1",
            "area": None,
            "duties": ("secretary",),
            "active": True,
            **fields,
        }
    )


def changed_tariffs() -> list[TariffChanged]:
    """The tariffs of the reference, as the catalogue announces them."""
    rows = [row.model_dump(mode="json", exclude_none=True) for row in reference_tariffs().rows]
    by_item: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        area = next(iter(row.get("locality", {}).values()), None)
        by_item.setdefault(f"{row['item']}@{area}" if area else row["item"], []).append(row)
    return [
        TariffChanged(tariff_id=tariff_id, version=1, rows=tuple(found))
        for tariff_id, found in by_item.items()
    ]


def service_with(public_service_id: str, rules: Sequence[RoutingRule]) -> PublicServiceChanged:
    """A public service as the catalogue announces it, with rules of roles' offices."""
    sample = next(each for each in samples() if each.event_class is PublicServiceChanged)
    fields = {"public_service_id": public_service_id, "role_offices": tuple(rules)}
    return PublicServiceChanged(**{**sample.fields, **fields, "occurred_at": NOW})


class Desk:
    """The service's database with the workflows of the reference, and what was announced."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.refused: list[Refused] = []

    async def prepare(
        self,
        workflows: Sequence[Workflow] = (),
        tariffs: Sequence[TariffChanged] = (),
        offices: Mapping[str, Sequence[RoutingRule]] | None = None,
    ) -> "Desk":
        """Store the workflows, tariffs and rules of offices.

        Without tariffs nothing costs anything; without rules all roles are at one office.
        """
        services = [service_with(key, rules) for key, rules in (offices or {}).items()]
        async with self.database.transaction() as tx:
            await copy_workflows(tx, workflows or reference_workflows())
            await copy_tariffs(tx, tariffs)
            await copy_rules(tx, services)
        return self

    async def take_in(self, *events: Any, at: datetime = NOW) -> None:
        """Read submissions, as one batch."""
        batch: Batch[Submission] = Batch.of(*events)
        async with self.database.transaction() as tx:
            await outbox.add(tx, await take_in(tx, batch, at=at))
        self.refused += [refusal for _, refusal in batch.refused]

    async def run_out(self, at: datetime) -> int:
        """Let clocks run out."""
        async with self.database.transaction() as tx:
            return await run_out(tx, OF_STEPS, at=at, limit=100)

    async def said(self) -> list[dict[str, Any]]:
        """Return what was announced about applications: type, topic, trace and value, in order."""
        about_papers = {PaperGranted.type, PaperRevoked.type}
        return [said for said in await self.decisions() if said["type"] not in about_papers]

    async def papers(self) -> list[dict[str, Any]]:
        """Return the papers that were granted, likewise."""
        return [said for said in await self.decisions() if said["type"] == PaperGranted.type]

    async def decisions(self) -> list[dict[str, Any]]:
        """Return all that was announced, likewise."""
        async with self.database.transaction() as tx:
            return [
                {
                    "topic": row.topic,
                    "type": dict(headers)["ce_type"].decode(),
                    "id": dict(headers)["ce_id"].decode(),
                    "source": dict(headers)["ce_source"].decode(),
                    "trace_id": trace.trace_id if (trace := trace_of(headers)) else None,
                    "value": orjson.loads(row.value or b""),
                }
                for row in await outbox_rows(tx)
                for headers in [unpack_headers(row.headers)]
            ]

    async def file(self, first: SubmissionMade) -> CaseFile:
        """Return a case, whose history gives it."""
        async with self.database.transaction() as tx:
            file = (await queries.lock_cases(tx, [first.event_id]))[first.event_id]
            history = await queries.read_history(tx, first.event_id, file.ministry)
        assert replay(entry.event for entry in history) == file.state
        return file

    async def damage(self, first: SubmissionMade) -> None:
        """Change what is stored of where a case is."""
        async with self.database.transaction() as tx:
            await tx.execute(
                "UPDATE cases SET state = left(state, -5) WHERE case_id = $1", first.event_id
            )

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a statement."""
        async with self.database.transaction() as tx:
            return [tuple(row.values()) for row in await tx.fetch(sql)]


async def looked(desk: Desk, officer: Officer, case_id: UUID) -> CaseView:
    """A case as an officer sees it."""
    async with desk.database.transaction() as tx:
        return await acts.read_case(tx, officer, case_id, NOW)


async def acted(
    desk: Desk, officer: Officer, case_id: UUID, action: str, *, at: datetime = NOW, **fields: Any
) -> str:
    """Act as an officer on the case as it is now; return the name of its step."""
    if "revision" not in fields:
        fields["revision"] = (await looked(desk, officer, case_id)).revision
    body = ActOnCase(duty=next(iter(officer.duties)), action=action, **fields)
    async with desk.database.transaction() as tx:
        return (await acts.act(tx, officer, case_id, body, at)).step.en


async def erase(database: Database, citizen_id: UUID = RAHIMA) -> dict[str, dict[str, int]]:
    """Erase a citizen; return what was deleted and what was kept."""
    async with database.transaction() as tx, consuming(router, tx) as consume:
        (erased,) = await consume(CitizenErased(citizen_id=citizen_id, occurred_at=NOW))
    assert isinstance(erased, CasesErased)
    return {"deleted": dict(erased.deleted), "kept": dict(erased.kept)}
