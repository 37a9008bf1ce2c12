"""Failures as problem documents (RFC 9457) in the caller's language."""

import math
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from libs.contracts.language import Language
from libs.contracts.problems import PROBLEMS, TYPE_PREFIX, Problem, ProblemFieldError
from libs.encryption import Unopened
from libs.errors import FieldError, Refused, Unavailable, Unreadable
from libs.trace_context import current_context

MEDIA_TYPE = "application/problem+json"

_RETRY_AFTER_S = {429: 10.0, 503: 2.0, 504: 2.0}
_CHALLENGES = {
    "token_invalid": 'Bearer error="invalid_token"',
    "token_expired": 'Bearer error="invalid_token", error_description="expired"',
    "signature_invalid": "StandardWebhooks",
}


def problem(
    code: str,
    language: Language,
    *,
    field_errors: Sequence[FieldError] = (),
    retry_after_s: float | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer of a code of `PROBLEMS`."""
    text = PROBLEMS[code]
    context = current_context()
    document = Problem(
        type=TYPE_PREFIX + code,
        title=text.title.in_language(language),
        status=text.status,
        detail=text.detail.in_language(language),
        errors=[field_error_in(field_error, language) for field_error in field_errors],
        trace_id=context.trace_id if context else None,
    )
    return Response(
        document.model_dump_json(exclude_none=True),
        status_code=text.status,
        media_type=MEDIA_TYPE,
        headers={
            "content-language": language,
            "cache-control": "no-store",
            **_retry_after(text.status, retry_after_s),
            **_challenge(code, text.status),
            **({"connection": "close"} if text.status == 408 else {}),  # RFC 9110, 15.5.9
            **(headers or {}),
        },
    )


def problem_for(failure: Exception, language: Language) -> Response | None:
    """Make the answer to an expected failure, or None for a defect."""
    match failure:
        case Refused(code=code, retry_after_s=retry_after_s) if code in PROBLEMS:
            return problem(
                code, language, field_errors=_field_errors_of(failure), retry_after_s=retry_after_s
            )
        case Unreadable(field_errors=field_errors):
            return problem(problem_of(failure), language, field_errors=field_errors)
        case Unavailable(retry_after_s=retry_after_s):
            return problem("unavailable", language, retry_after_s=retry_after_s)
        case Unopened():
            return problem("record_damaged", language)
        case _:
            return None


def problem_of(failure: Refused | Unreadable) -> str:
    """The code of a failure's problem."""
    if isinstance(failure, Refused):
        return failure.code
    return failure.reason if failure.reason in PROBLEMS else "wrong_shape"


def _field_errors_of(refusal: Refused) -> tuple[FieldError, ...]:
    if refusal.pointer is None:
        return ()
    detail = PROBLEMS[refusal.code].detail
    return (FieldError(refusal.pointer, refusal.code, detail.bn, detail.en),)


def field_error_in(field_error: FieldError, language: Language) -> ProblemFieldError:
    """Return a field error in one language, as answers have it."""
    message = field_error.message_bn if language == "bn" else field_error.message_en
    return ProblemFieldError(pointer=field_error.pointer, code=field_error.code, message=message)


def _retry_after(status: int, retry_after_s: float | None) -> dict[str, str]:
    if status not in _RETRY_AFTER_S:
        return {}
    wait_s = _RETRY_AFTER_S[status] if retry_after_s is None else retry_after_s
    return {"retry-after": str(max(1, math.ceil(wait_s)))}


def _challenge(code: str, status: int) -> dict[str, str]:
    return {"www-authenticate": _CHALLENGES.get(code, "Bearer")} if status == 401 else {}
