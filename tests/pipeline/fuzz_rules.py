"""What the fuzzer does not know of the API; it loads this file."""

import os
from collections.abc import Mapping
from typing import Any, Final

import schemathesis

from tests.pipeline.fuzz_tokens import SPARE_TOKEN, TOKEN

REFUSED_BY_RULE: Final[Mapping[str, str]] = {
    "code_wrong": "only the phone has the code",
    "code_expired": "only the phone has the code",
    "code_too_short": "after wrong codes",
    "phone_unchanged": "depends on the account",
    "details_invalid": "areas are looked up, and nobody was born after today",
    "form_invalid": "each service has its form, in `GET /v1/services/{public_service_id}`",
    "answers_unknown": "each service has its form",
    "documents_invalid": "receipts are signed",
    "document_type_unknown": "a file is known by its content",
    "document_unreadable": "a file is known by its content",
    "document_empty": "a file is known by its content",
    "document_missing": "uploads are looked up",
    "locker_full": "depends on the account",
    "idempotency_key_reused": "the key came with another body before",
    "service_centre_unknown": "centres are looked up",
    "upload_header_wrong": "a name in Base64 is UTF-8",
    "staff_password_common": "common passwords are looked up",
    "staff_password_same": "depends on the account",
    "text/html; charset=utf-8": "a page of the OpenID provider: clients are looked up",
}
"""Problems with a valid request that no schema can say, and why."""

ENDS_A_SESSION: Final = frozenset({"log_out", "end_all_sessions", "end_session"})
_REFUSALS: Final = frozenset(range(400, 500)) - {401, 403, 404, 409, 429}  # who, what, when


@schemathesis.serializer("application/offset+octet-stream")
def as_it_is(_: Any, value: Any) -> bytes:
    """Send bytes, and anything else as text."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.auth(refresh_interval=None)
class Login:
    """The citizen who asks; somebody else where a session ends, or all others would be refused."""

    def get(self, case: Any, _: Any) -> str:
        """Choose the login of a request."""
        name = TOKEN
        if case.operation.definition.raw.get("operationId") in ENDS_A_SESSION:
            name = SPARE_TOKEN
        return os.environ[name]  # noqa: TID251  # the fuzzer has no other settings

    def set(self, case: Any, token: str, _: Any) -> None:
        """Send it."""
        case.headers = {**(case.headers or {}), "Authorization": token}


@schemathesis.check
def valid_request_is_refused_by_rule_only(_: Any, response: Any, case: Any) -> None:
    """A request that is valid by the document is not refused for its form.

    Raises:
        AssertionError: it was.
    """
    is_valid = case.meta is not None and case.meta.generation.mode.is_positive
    if not is_valid or response.status_code not in _REFUSALS:
        return
    kind = response.headers["content-type"][0]
    is_problem = kind == "application/problem+json"
    code = response.json()["type"].rpartition("/")[2] if is_problem else kind
    if code in REFUSED_BY_RULE:
        return
    raise AssertionError(f"a valid request is refused with {response.status_code}, {code}")
