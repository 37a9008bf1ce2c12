"""Give feedback on an application, read it again, and read the counts of a public service."""

from typing import Annotated

from pydantic import BaseModel, Field

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.bounds import Day
from libs.contracts.feedback import (
    FeedbackCounts,
    FeedbackView,
    GiveFeedback,
    SentencesOfFeedback,
)
from libs.database.transaction import Transaction
from libs.errors import Refused
from libs.web.callers.tokens import Citizen, Staff
from libs.web.handling.routes import Routes
from services.applications.feedback import use_cases
from services.applications.feedback.rules import Feedback
from services.applications.public_services.cache import PublicServiceCache

PublicServiceId = Annotated[str, Field(description="As in the list of services", examples=["S001"])]

routes = Routes()


class SentencesQuery(BaseModel):
    """Of which month."""

    month: Annotated[Day, Field(description="A day of it; also of the month that has not ended")]


@routes.post(
    "/v1/applications/{tracking_number}/feedback",
    status=201,
    problems=("application_unknown", "feedback_before_decision", "feedback_given"),
    example={
        "rating": 5,
        "comment": "সনদ তিন দিনেই পেয়েছি।",
        "visits": 1,
        "asked_for_more": False,
    },
)
async def give_feedback(
    tracking_number: TrackingNumber,
    body: GiveFeedback,
    citizen: Citizen,
    tx: Transaction,
    clock: Clock,
) -> FeedbackView:
    """Give feedback after the decision."""
    return _view(
        await use_cases.give_feedback(tx, citizen.citizen_id, tracking_number, body, at=clock.now())
    )


@routes.get(
    "/v1/applications/{tracking_number}/feedback",
    problems=("application_unknown", "feedback_not_given"),
)
async def read_feedback(
    tracking_number: TrackingNumber, citizen: Citizen, tx: Transaction
) -> FeedbackView:
    """My own feedback on an application."""
    return _view(await use_cases.read_feedback(tx, citizen.citizen_id, tracking_number))


@routes.get("/v1/services/{public_service_id}/feedback", cached=True)
async def count_feedback(
    public_service_id: PublicServiceId, tx: Transaction, clock: Clock
) -> FeedbackCounts:
    """Feedback on a public service, by month that has ended."""
    months = await use_cases.count_feedback(tx, public_service_id, at=clock.now())
    return FeedbackCounts(public_service_id=public_service_id, months=months)


@routes.get(
    "/v1/services/{public_service_id}/feedback/sentences", roles=("programme", "focal_point")
)
async def read_sentences(
    public_service_id: PublicServiceId,
    query: SentencesQuery,
    staff: Staff,
    tx: Transaction,
    services: PublicServiceCache,
    clock: Clock,
) -> SentencesOfFeedback:
    """Read what citizens wrote about a public service in a month; it is noted (programme).

    A focal point reads it of the own ministry's services: of months that have ended, in which five
    or more wrote since the form says so.

    Raises:
        Refused: the service is another ministry's.
    """
    if "programme" in staff.roles:
        found = await use_cases.read_sentences(tx, public_service_id, query.month, by=staff.actor)
        return SentencesOfFeedback(items=found)
    ministry = services.find(public_service_id).public_service.ministry
    if staff.post is None or staff.post.ministry != ministry:
        raise Refused("role_missing")
    shown = await use_cases.read_sentences_for_ministry(
        tx, public_service_id, query.month, by=staff.actor, at=clock.now()
    )
    return SentencesOfFeedback(items=shown or [], is_withheld=shown is None)


def _view(feedback: Feedback) -> FeedbackView:
    return FeedbackView(
        rating=feedback.rating,
        comment=feedback.comment,
        visits=feedback.visits,
        asked_for_more=feedback.asked_for_more,
        given_at=feedback.given_at,
    )
