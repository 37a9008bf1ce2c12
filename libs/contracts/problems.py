"""Every problem an answer may carry: one code, one meaning, in both languages (RFC 9457)."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field

from libs.contracts.problem_texts import (
    applications,
    catalogue,
    gateway,
    general,
    identity,
    ministries,
    notifications,
    operations,
    sandbox,
    web,
)
from libs.contracts.problem_texts.shape import ProblemText

TYPE_PREFIX = "/problems/"


class ProblemFieldError(BaseModel):
    """One field that is wrong, by which rule, and what to do."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="JSON pointer (RFC 6901) into the body; empty for the whole")
    code: str
    message: str


class Problem(BaseModel):
    """A problem document: what went wrong and what to do next, in the language asked for."""

    model_config = ConfigDict(frozen=True)

    type: str = Field(description="Stable address of the kind of problem, `/problems/<code>`")
    title: str
    status: int
    detail: str
    errors: list[ProblemFieldError] = Field(default_factory=list)
    trace_id: str | None = Field(default=None, description="Quote it to support")


def merged(*tables: Mapping[str, ProblemText]) -> Mapping[str, ProblemText]:
    """All rows of several tables in one.

    Raises:
        ValueError: when two tables have the same code, which would then mean two things.
    """
    together: dict[str, ProblemText] = {}
    for table in tables:
        if twice := together.keys() & table.keys():
            raise ValueError(f"problem codes with two meanings: {', '.join(sorted(twice))}")
        together |= table
    return together


PROBLEMS = merged(
    general.PROBLEMS,
    web.PROBLEMS,
    identity.PROBLEMS,
    catalogue.PROBLEMS,
    applications.PROBLEMS,
    ministries.PROBLEMS,
    notifications.PROBLEMS,
    gateway.PROBLEMS,
    operations.PROBLEMS,
    sandbox.PROBLEMS,
)
