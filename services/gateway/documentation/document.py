"""The OpenAPI document of the whole public API, put together from what each service exports."""

from collections.abc import Mapping, Sequence
from typing import Any

from libs.web.openapi import Operation, exported, merge

_ABOUT = """One address for all government services of Bangladesh.

Log in with a mobile number and a one-time code, find a service, apply, follow the tracking number.

* **Language:** problems are told in Bangla unless `Accept-Language` prefers English.
* **Once:** send an `Idempotency-Key` with every application and repeat the request with the same
  key whenever an answer is missing; the application is taken once and the first answer given again.
* **Problems** are documents of RFC 9457; `type` is stable, `errors` names the fields, `trace_id`
  is what support asks for.
* **Limits:** a body has at most 64 KiB; `429` says in `Retry-After` when to ask again.
"""
_INFO: Mapping[str, Any] = {
    "title": "নাগরিক সেবা · Nagorik Sheba",
    "version": "1",
    "description": _ABOUT,
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


def api_document(documents: Sequence[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the whole public API.

    Args:
        documents: of the services' public operations, instead of those that they export.
    """
    documents = exported() if documents is None else documents
    return merge(documents, info=_INFO, servers=[{"url": "/"}], more_problems=_of_the_gateway)


def _of_the_gateway(operation: Operation) -> Sequence[str]:
    """The problems that the gateway itself answers with."""
    codes = ("too_many_requests", "answer_late", "service_not_reached")
    if operation.idempotency_key == "required":
        return (*codes, "answer_late_repeat_safe")
    return codes
