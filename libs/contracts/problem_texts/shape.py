"""The shape of a problem's texts."""

from dataclasses import dataclass

from libs.contracts.language import Text


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What a problem code means: the HTTP status, and title and detail in both languages.

    The detail says what is wrong and what to do next, in plain words.
    """

    status: int
    title: Text
    detail: Text
