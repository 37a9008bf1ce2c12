"""The courses with their banks of questions, from the files of `reference`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict

from libs.contracts.language import Text
from libs.contracts.programme import Audience
from libs.errors import Refused

_FOLDER = Path(__file__).with_name("reference")


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Read):
    """A question of a bank; the first option is the right one."""

    text: Text
    options: tuple[Text, ...]


class Course(_Read):
    """A course in its present version.

    Args:
        course: its id.
        version: a later one has other questions; whoever passed an earlier one stays qualified.
        audiences: who it is for.
        drawn: questions of a test.
        pass_mark: right answers that are needed.
        months_valid: of a qualification.
        status: `illustrative` until an official has approved the questions.
        questions: the bank.
    """

    course: str
    version: int
    name: Text
    audiences: tuple[Audience, ...]
    drawn: int
    pass_mark: int
    months_valid: int
    status: str
    source: str
    questions: tuple[Question, ...]


@cache
def courses() -> Mapping[str, Course]:
    """Return the courses by id."""
    found = [Course.model_validate_json(path.read_bytes()) for path in _FOLDER.glob("*.json")]
    return MappingProxyType({course.course: course for course in found})


def course_of(course_id: str) -> Course:
    """Return a course.

    Raises:
        Refused: there is none with this id.
    """
    if course_id not in courses():
        raise Refused("course_unknown", pointer="/course")
    return courses()[course_id]
