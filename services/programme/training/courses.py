"""The courses with their banks of questions, from the files of `reference`.

A later version of a course is one more file. The one before stays until no test of it is open.
"""

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
    """A course in one of its versions.

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
def courses(folder: Path = _FOLDER) -> Mapping[str, Course]:
    """Return the newest version of each course, by id."""
    newest: dict[str, Course] = {}
    for (course_id, _), course in sorted(_versions(folder).items()):
        newest[course_id] = course
    return MappingProxyType(newest)


def course_of(course_id: str) -> Course:
    """Return a course in its newest version.

    Raises:
        Refused: there is none with this id.
    """
    if course_id not in courses():
        raise Refused("course_unknown", pointer="/course")
    return courses()[course_id]


def find_version(course_id: str, version: int, folder: Path = _FOLDER) -> Course | None:
    """Return a course in a version; None if its file is not here any more."""
    return _versions(folder).get((course_id, version))


@cache
def _versions(folder: Path) -> Mapping[tuple[str, int], Course]:
    found = [Course.model_validate_json(path.read_bytes()) for path in folder.glob("*.json")]
    return MappingProxyType({(course.course, course.version): course for course in found})
