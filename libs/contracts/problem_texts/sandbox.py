"""Problems that only sandbox answers with."""

from collections.abc import Mapping

from libs.contracts.problem_texts.base import ProblemText

PROBLEMS: Mapping[str, ProblemText] = {}
