"""The texts of a problem."""

from dataclasses import dataclass

from libs.contracts.language import Text


@dataclass(frozen=True, slots=True)
class ProblemText:
    """The meaning of a problem code: the HTTP status, and title and detail in both languages.

    The detail says what is wrong and what to do next, in plain words.
    """

    status: int
    title: Text
    detail: Text
