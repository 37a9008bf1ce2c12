"""A list of the cases of a group, ranked against a quota."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from libs.contracts.language import Text
from libs.contracts.pools import PoolCase, PoolFact, PoolListState, PoolResult
from libs.errors import Refused
from libs.ids import derived_id
from libs.workflows.model import Pool, Workflow
from libs.workflows.ranking import group_of, rank, same_place
from services.cases.work.rules import facts_of
from services.cases.work.values import CaseFile, Content

TIE: Final = "tie"
"""Beside the facts of a case: why a person decided a tie about it."""
_MOMENT: Final = "submitted_at"
_NAMES: Final[Mapping[str, Text]] = {
    "age_years": Text(bn="বয়স, বছর", en="Age in years"),
    "form.landless": Text(bn="ভূমিহীন", en="Landless"),
    _MOMENT: Text(bn="জমা দেওয়ার সময়", en="Sent"),
}


@dataclass(frozen=True, slots=True)
class PoolKey:
    """The pool of a group at an office: for which duty, at which step of which version."""

    duty: str
    workflow_key: str
    step: str
    group: str


@dataclass(frozen=True, slots=True)
class PoolList:
    """A list; its id is also that of the act by which two officers make it.

    Args:
        office_id: where it was drawn.
        ministry: of this office.
        key: which pool.
        quota: how many are selected at most.
        state: `drawn` moves nothing; `placing` does.
        ended_at: when it was carried out or cancelled.
    """

    list_id: UUID
    office_id: str
    ministry: str
    key: PoolKey
    quota: int
    state: PoolListState
    drawn_at: datetime
    ended_at: datetime | None = None

    @property
    def subject(self) -> str:
        """What the act of two people is about."""
        key = self.key
        return f"{self.office_id} {key.duty} {key.workflow_key} {key.step} {key.group}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A case on a list.

    Args:
        ministry: whose case it is.
        visit: of the pool, when the list was drawn.
        place: the same one where no fact decides.
        row_no: the order of the rows only.
        by_choice: whether a person decided a tie about it.
        seen: the facts by which it was ranked; None if they cannot be read.
        done: what became of it: it was placed, or had moved on before.
    """

    case_id: UUID
    row_id: UUID
    row_no: int
    ministry: str
    tracking_number: str
    visit: int
    place: int
    result: PoolResult
    seen: Mapping[str, Any] | None = field(repr=False)
    by_choice: bool = False
    done: Literal["placed", "left"] | None = None


def pool_at(workflow: Workflow | None, step_id: str) -> Pool:
    """Return the pool at a step of a workflow.

    Raises:
        Refused: there is none at this step.
    """
    step = workflow.steps.get(step_id) if workflow else None
    if not isinstance(step, Pool):
        raise Refused("not_found", pointer="/step")
    return step


def in_group(
    pool: Pool, cases: Mapping[UUID, tuple[CaseFile, Content]], group: str
) -> dict[UUID, tuple[CaseFile, Content]]:
    """Return the cases of a group."""
    return {
        case_id: (file, content)
        for case_id, (file, content) in cases.items()
        if group_of(pool, content.form) == group
    }


def listed(
    workflow: Workflow,
    drawn: PoolList,
    cases: Mapping[UUID, tuple[CaseFile, Content]],
    today: date,
) -> Iterator[Listed]:
    """Rank the cases of a group, and yield them in their order.

    Args:
        workflow: their version.
        drawn: the list.
        cases: all of the group.
        today: the day in Dhaka on which facts such as an age are taken.
    """
    pool = pool_at(workflow, drawn.key.step)
    facts: dict[UUID, dict[str, Any]] = {}
    for case_id, (file, content) in cases.items():
        fact_of = facts_of(workflow, file, content, (), today)
        facts[case_id] = {by.fact: fact_of(by.fact) for by in pool.rank_by}
    ranking = rank(pool, facts, drawn.quota)
    results: dict[UUID, PoolResult] = dict.fromkeys(ranking.selected, "selected")
    results |= dict.fromkeys(ranking.tied, "tied")
    place, before = 0, None
    for row_no, case_id in enumerate(ranking.order, start=1):
        if before is None or not same_place(pool, facts[before], facts[case_id]):
            place = row_no
        before = case_id
        file, _ = cases[case_id]
        yield Listed(
            case_id=case_id,
            row_id=derived_id(drawn.list_id, str(case_id)),
            row_no=row_no,
            ministry=file.ministry,
            tracking_number=file.tracking_number,
            visit=file.state.visit,
            place=place,
            result=results.get(case_id, "waiting"),
            seen={**facts[case_id], "pool.place": place, "pool.quota": drawn.quota},
        )


def chosen(
    tied: Sequence[Listed], case_ids: Collection[UUID], places: int, reason: str
) -> list[Listed]:
    """Return tied cases as a person has decided between them.

    Raises:
        Refused: not as many were chosen as there are places, or others than the tied.
    """
    wanted = set(case_ids)
    if len(wanted) != places or not wanted <= {case.case_id for case in tied}:
        raise Refused("tie_choice_differs", f"{places} are to be chosen", pointer="/case_ids")
    return [
        replace(
            case,
            result="selected" if case.case_id in wanted else "waiting",
            by_choice=True,
            seen=None if case.seen is None else {**case.seen, TIE: reason},
        )
        for case in tied
    ]


def check_same(rows: Mapping[UUID, int], cases: Mapping[UUID, tuple[CaseFile, Content]]) -> None:
    """Check that the cases of a group are still those of a list, by their visits.

    Raises:
        Refused: one came, or has gone.
    """
    if rows != {case_id: file.state.visit for case_id, (file, _) in cases.items()}:
        raise Refused("pool_changed")


def shown(case: Listed) -> PoolCase:
    """Return a case of a list as its office sees it."""
    seen = case.seen
    return PoolCase(
        case_id=case.case_id,
        tracking_number=case.tracking_number,
        place=case.place,
        result=case.result,
        by_choice=case.by_choice,
        tie_reason=str(seen[TIE]) if seen and TIE in seen else None,
        facts=None if seen is None else list(_facts(seen)),
        left=case.done == "left",
    )


def _facts(seen: Mapping[str, Any]) -> Iterator[PoolFact]:
    for fact, value in seen.items():
        if fact == TIE or fact.startswith("pool."):
            continue
        is_moment = fact == _MOMENT and value is not None
        yield PoolFact(
            fact=fact,
            name=_NAMES.get(fact),
            value=value,
            moment=datetime.fromisoformat(value) if is_moment else None,
        )
