"""Bodies as the API shows them."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from libs.bangladesh.bodies import bodies_by_id
from libs.contracts.language import Text
from libs.contracts.programme import (
    BodyDetails,
    BodyPage,
    BodySummary,
    ConnectionView,
    FactView,
    ServiceOfBody,
    StepView,
)
from services.programme.bodies.contents import ConnectionAnnounced, ServiceChanged
from services.programme.bodies.facts import Fact, corrections_of
from services.programme.bodies.rules import BodyState, StepState, answered_by


def page(
    states: Mapping[str, BodyState], show: str, words: str, *, after: str | None, limit: int
) -> BodyPage:
    """Return a page of the bodies in a state whose name or id has these words."""
    found = sorted(
        (state for state in states.values() if _is_shown(state, show) and _matches(state, words)),
        key=_by_rank if show == "league" else _place,
    )
    ids = [state.body for state in found]
    start = ids.index(after) + 1 if after in ids else 0
    shown = found[start : start + limit]
    has_more = len(found) > start + limit
    return BodyPage(
        items=[_summary(state) for state in shown],
        owing=sum(state.owes_list for state in states.values()),
        bodies=sum(state.replaced_by is None for state in states.values()),
        next=shown[-1].body if has_more else None,
    )


def details(state: BodyState, facts: Iterable[Fact]) -> BodyDetails:
    """Return all that is known of a body."""
    facts = list(facts)
    corrections = corrections_of(facts)
    own = sorted((fact for fact in facts if fact.body == state.body), key=lambda fact: fact.order)
    corrected_by = {
        fact.fact_id: corrections[fact.fact_id].fact_id
        for fact in own
        if fact.fact_id in corrections
    }
    return BodyDetails(
        summary=_summary(state),
        steps=[step_view(step, state.today) for step in state.steps.values()],
        public_services=[
            ServiceOfBody(
                public_service_id=service.public_service_id,
                name=service.name,
                adapter=service.adapter,
                is_online=service.is_online,
                is_connected=service.is_connected,
                is_live=service.is_live,
            )
            for service in state.services
        ],
        connection=connection_view(state),
        reached_on=state.target.reached_on,
        below_since=state.target.below_since,
        facts=[fact_view(fact, corrected_by.get(fact.fact_id)) for fact in reversed(_news(own))],
    )


def connection_view(state: BodyState) -> ConnectionView | None:
    """Return the connection of a body's system; None if none was announced."""
    said = state.connection
    if said is None:
        return None
    return ConnectionView(
        adapter=said.adapter,
        checked_at=said.checked_at,
        is_connected=said.is_connected,
        despite=said.despite,
        stopped=said.stopped,
    )


def fact_view(fact: Fact, corrected_by: UUID | None) -> FactView:
    """Return a fact."""
    return FactView(
        **fact.content.model_dump(include=set(FactView.model_fields)),
        fact_id=fact.fact_id,
        day=fact.day,
        evidence=fact.evidence,
        recorded_by=fact.recorded_by,
        recorded_at=fact.recorded_at,
        corrects=fact.corrects,
        corrected_by=corrected_by,
    )


def step_view(step: StepState, today: date) -> StepView:
    """Return a step."""
    return StepView(
        step=step.step,
        asked_on=step.asked_on,
        due_on=step.due_on,
        done_on=step.done_on,
        is_overdue=step.is_overdue(today),
        late_working_days=step.late_working_days,
        extensions=step.extensions,
    )


def _summary(state: BodyState) -> BodySummary:
    overdue, following = state.overdue, state.next
    return BodySummary(
        body=state.body,
        name=name_of(state.body),
        owes_list=state.owes_list,
        answered_by=list(answered_by(state.body)),
        replaced_by=state.replaced_by,
        rank=state.rank,
        listed=state.listed,
        services=len(state.services),
        online=state.online,
        connected=state.connected,
        live=state.live,
        target=state.target.state,
        overdue=overdue and step_view(overdue, state.today),
        next=following and step_view(following, state.today),
    )


def name_of(body_id: str) -> Text:
    """Return the name of a body."""
    body = bodies_by_id()[body_id]
    return Text(bn=body.name_bn, en=body.name_en)


def _is_shown(state: BodyState, show: str) -> bool:
    match show:
        case "overdue":
            return state.overdue is not None
        case "due":
            return state.next is not None
        case "not_asked":
            return state.owes_list and all(step.due_on is None for step in state.steps.values())
        case "listed":
            return state.owes_list and state.listed is not None
        case "league":
            return state.owes_list
        case "reached":
            return state.target.state in {"reached", "below"}
        case _:
            return True


def _matches(state: BodyState, words: str) -> bool:
    body, words = bodies_by_id()[state.body], words.casefold().strip()
    return any(words in text.casefold() for text in (body.body_id, body.name_bn, body.name_en))


def _place(state: BodyState) -> tuple[bool, date, date, str]:
    """The longest overdue body first, then the one that is due next; those that owe none last."""
    overdue, following = state.overdue, state.next
    return (
        not state.owes_list,
        (overdue and overdue.due_on) or date.max,
        (following and following.due_on) or date.max,
        state.body,
    )


def _by_rank(state: BodyState) -> tuple[int, str]:
    """The best rank first; those that owe none last."""
    return (state.rank or len(bodies_by_id()) + 1, state.body)


def _news(facts: list[Fact]) -> list[Fact]:
    """Leave out announcements that say what the one before about the same has said."""
    last: dict[str, object] = {}
    found = []
    for fact in facts:
        match fact.content:
            case ServiceChanged() as content:
                about, said = content.public_service_id, content.is_online
            case ConnectionAnnounced() as content:
                about, said = "connection", content.is_connected
            case _:
                about, said = str(fact.fact_id), True
        if last.get(about) != said:
            found.append(fact)
        last[about] = said
    return found
