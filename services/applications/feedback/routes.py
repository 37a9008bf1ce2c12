"""Give feedback on an application, and read the counts of a public service."""

from collections import defaultdict
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.clock import Clock
from libs.contracts.applications import TrackingNumber
from libs.contracts.spellings import AS_WHOLE_NUMBER
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen
from libs.web.handling.routes import Routes
from services.applications.feedback import use_cases

PublicServiceId = Annotated[str, Field(description="As in the list of services", examples=["S001"])]
Rating = Annotated[
    int, Field(ge=1, le=5, description="From 1, bad, to 5, very good"), AS_WHOLE_NUMBER
]

routes = Routes()


class GiveFeedback(BaseModel):
    """Say how it went, once per application."""

    model_config = ConfigDict(extra="forbid")

    rating: Rating
    comment: Annotated[str, Field(min_length=1, max_length=500)] | None = None


class FeedbackView(BaseModel):
    """The feedback as it was kept."""

    rating: Rating
    comment: str | None = None
    given_at: AwareDatetime


class MonthOfFeedback(BaseModel):
    """One month: how often each rating was given."""

    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-11"])]
    count: int
    ratings: dict[str, int]


class FeedbackCounts(BaseModel):
    """Feedback on a public service by month, the newest first; a year at most."""

    public_service_id: str
    months: list[MonthOfFeedback]


@routes.post(
    "/v1/applications/{tracking_number}/feedback",
    status=201,
    problems=("application_unknown", "feedback_before_decision", "feedback_given"),
    example={"rating": 5, "comment": "সনদ তিন দিনেই পেয়েছি।"},
)
async def give_feedback(
    tracking_number: TrackingNumber,
    body: GiveFeedback,
    citizen: Citizen,
    tx: Transaction,
    clock: Clock,
) -> FeedbackView:
    """Give feedback after the decision."""
    feedback = await use_cases.give_feedback(
        tx, citizen.citizen_id, tracking_number, body.rating, body.comment, at=clock.now()
    )
    return FeedbackView(
        rating=feedback.rating, comment=feedback.comment, given_at=feedback.given_at
    )


@routes.get("/v1/services/{public_service_id}/feedback", cached=True)
async def read_feedback(
    public_service_id: PublicServiceId, tx: Transaction, clock: Clock
) -> FeedbackCounts:
    """Feedback on a public service, by month."""
    by_month: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for month_count in await use_cases.count_feedback(tx, public_service_id, at=clock.now()):
        by_month[f"{month_count.month:%Y-%m}"][str(month_count.rating)] = month_count.count
    return FeedbackCounts(
        public_service_id=public_service_id,
        months=[
            MonthOfFeedback(month=month, count=sum(ratings.values()), ratings=ratings)
            for month, ratings in by_month.items()
        ],
    )
