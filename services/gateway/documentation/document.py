"""The OpenAPI document of the public API, merged from the documents of the services."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from libs.contracts.check import OPENAPI_FILE
from libs.contracts.export import SCHEMAS
from libs.web.handling.openapi import Operation, merge

_ABOUT = """One address for all government services of Bangladesh.

Log in with a mobile number and a one-time code, find a service, apply, follow the tracking number.

* **Language:** problems are in Bangla unless `Accept-Language` prefers English.
* **Idempotency:** send an `Idempotency-Key` with every application. If you get no response, repeat
  the request with the same key: the application is accepted once, and you get the first response.
* **Problems** are documents of RFC 9457. `type` is stable, `errors` names the fields. Give the
  `trace_id` to support.
* **Papers** are uploaded by a form or by tus 1.0. The receipt goes into `documents` of an
  application.
* **Limits:** a body has at most 64 KiB, a file 20 MB. After `429`, repeat the request after
  `Retry-After`.
"""
_INFO: Mapping[str, Any] = {
    "title": "নাগরিক সেবা · Nagorik Sheba",
    "version": "1",
    "description": _ABOUT,
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}


def api_document() -> dict[str, Any]:
    """Read the OpenAPI 3.1 document of the public API that `contracts export` wrote."""
    document: dict[str, Any] = orjson.loads((SCHEMAS / OPENAPI_FILE).read_bytes())
    return document


def make_document(documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Make the OpenAPI 3.1 document of the public API.

    Args:
        documents: of the services' operations.
    """
    return merge(documents, info=_INFO, servers=[{"url": "/"}], more_problems=_gateway_problems)


def _gateway_problems(operation: Operation) -> Sequence[str]:
    """Return the problems that the gateway adds to those of the service."""
    codes = ("https_needed", "too_many_requests", "answer_late", "service_not_reached")
    if operation.idempotency_key == "required":
        return (*codes, "answer_late_repeat_safe")
    return codes
