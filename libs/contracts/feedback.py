"""What citizens say of decided applications, and its counts; the API's shapes."""

from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from libs.contracts.contract import Contract
from libs.contracts.spellings import AS_WHOLE_NUMBER

FEWEST_SHOWN = 5
"""Counts of fewer people than these are not shown: with fewer, one could be known."""

Rating = Annotated[
    int, Field(ge=1, le=5, description="From 1, bad, to 5, very good"), AS_WHOLE_NUMBER
]
Visits = Annotated[
    int,
    Field(ge=0, le=99, description="How often one had to go to an office or a centre"),
    AS_WHOLE_NUMBER,
]
AskedForMore = Annotated[
    bool, Field(description="Whether money was asked for beyond the price", strict=True)
]


class Said(Contract):
    """What a citizen said of how it went."""

    model_config = ConfigDict(extra="forbid")

    rating: Rating
    comment: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    visits: Visits | None = None
    asked_for_more: AskedForMore | None = None


class GiveFeedback(Said):
    """Say how it went, once per application."""

    for_ministry: bool = Field(
        default=False,
        strict=True,
        description="Whether the citizen was told that her ministry's focal point reads the "
        "comment, too; otherwise only the programme's staff does",
    )


class FeedbackView(Contract):
    """The feedback as it was kept."""

    rating: Rating
    comment: str | None = None
    visits: Visits | None = None
    asked_for_more: AskedForMore | None = None
    given_at: AwareDatetime


class SentencesOfFeedback(Contract):
    """What citizens wrote about a public service in a month, the worst ratings first; 500 at most.

    Within a rating they are in no order, and nothing says who it was or which application.
    """

    items: list[Said]
    is_withheld: bool = Field(
        default=False,
        description="For the ministry: whether the month has not ended, or fewer than five wrote",
    )


class MonthOfFeedback(Contract):
    """One month that has ended.

    A number that fewer than five people stand for is left out, and so is each from which it would
    follow.
    """

    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$", examples=["2026-11"])]
    count: int = Field(description="How many gave feedback; five at least")
    mean: float = Field(
        description="The mean of their ratings, with one decimal; without where it would tell what "
        "one to four people said"
    )
    ratings: dict[str, int] = Field(
        description="How often each rating was given; empty where one was given one to four times"
    )
    visits: float | None = Field(
        default=None,
        description="The mean of visits, with one decimal; null where fewer than five said it, or "
        "where they went one to four times together",
    )
    asked_for_more: float | None = Field(
        default=None,
        description="Of those who said it, the share who were asked for more than the price, with "
        "two decimals; null where it would tell of one to four people",
    )


class FeedbackCounts(Contract):
    """Feedback on a public service by month, the newest first; twelve months that have ended.

    A month in which fewer than five people gave feedback is left out.
    """

    public_service_id: str
    months: list[MonthOfFeedback]
