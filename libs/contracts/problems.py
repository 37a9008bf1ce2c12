"""Every problem an answer may carry: one code, one meaning, in both languages (RFC 9457)."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

from pydantic import ConfigDict, Field

from libs.contracts import problem_texts
from libs.contracts.contract import Contract
from libs.contracts.problem_texts.shape import ProblemText

TYPE_PREFIX = "/problems/"


class ProblemFieldError(Contract):
    """A wrong field, the rule that it breaks, and how to correct it."""

    model_config = ConfigDict(frozen=True)

    pointer: str = Field(description="JSON pointer (RFC 6901) into the body; empty for the whole")
    code: str
    message: str


class Problem(Contract):
    """A problem document: the error and the way on, in the language asked for."""

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


def _tables() -> Iterator[Mapping[str, ProblemText]]:
    """The texts of every file in `problem_texts`."""
    for module in pkgutil.iter_modules(problem_texts.__path__):
        if module.name != "shape":
            yield import_module(f"{problem_texts.__name__}.{module.name}").PROBLEMS


PROBLEMS = merged(*_tables())
