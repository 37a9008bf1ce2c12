"""Files that a page passes on to the API while they arrive, and the messages for refusals."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from starlette.requests import Request

from libs.contracts.language import Language, Text
from libs.contracts.papers import LARGEST_BYTES
from libs.contracts.problems import PROBLEMS
from libs.errors import Refused, Unavailable, Unreadable
from libs.pages.errors import PageError
from libs.pages.gateway import ApiProblem
from libs.web.handling.limits import RouteLimits, check_announced_size

DEADLINE_S: Final = 900.0
LIMITS: Final = RouteLimits(
    body_bytes=8 * LARGEST_BYTES,
    deadline_s=DEADLINE_S,
    streamed=True,
    too_large="document_too_large",
)
"""The body may have more than a paper, so that its own page says that it is too large."""

WrongUpload: TypeAlias = ApiProblem | Refused | Unreadable | Unavailable

_MISSING: Final = Text(
    bn="আগে ফোন বা কম্পিউটার থেকে ফাইলটি বেছে নিন, তারপর জমা দিন।",
    en="Choose the file on your phone or computer first, and then upload it.",
)
NOT_A_PHOTO: Final = Text(
    bn="এখানে ছবি দিতে হবে, পিডিএফ চলে না। ছবি তুলে বা বেছে নিয়ে দিন।",
    en="Give a photo here. A PDF will not do: take a photo, or choose one.",
)
_UNAVAILABLE: Final = Text(
    bn="ফাইলটি এখন নেওয়া যায়নি। কিছুক্ষণ পর আবার দিন; আগে যা সংরক্ষণ হয়েছে, সব রাখা আছে।",
    en="The file could not be taken just now. Give it again in a while; what was saved is kept.",
)


def passed_on(request: Request) -> Mapping[str, str]:
    """Return the headers that go with a body to the API.

    Raises:
        Refused: the body is announced to be larger than a paper may be.
    """
    check_announced_size(request.scope["headers"], LARGEST_BYTES, "document_too_large")
    return {
        name: value
        for name in ("content-type", "content-length")
        if (value := request.headers.get(name)) is not None
    }


def upload_error(failure: WrongUpload, language: Language) -> PageError:
    """Return the error on the page of a failed upload, with the way to correct it.

    If the same files may be sent again later, the status says so, as that of the API.
    """
    return PageError("file", _text(failure).in_language(language), _status(failure))


def _status(failure: WrongUpload) -> int:
    match failure:
        case Unavailable():
            return 503
        case ApiProblem() if failure.retry_after_s is not None:
            return failure.problem.status
        case _:
            return 422


def _text(failure: WrongUpload) -> Text:
    match failure:
        case ApiProblem(code="document_missing"):
            return _MISSING
        case ApiProblem():
            return Text(bn=failure.message, en=failure.message)
        case Unavailable():
            return _UNAVAILABLE
        case Refused(code=code) | Unreadable(reason=code):
            return PROBLEMS[code].detail
