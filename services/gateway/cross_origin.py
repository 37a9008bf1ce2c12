"""Pages of other origins that may call the API from a browser (CORS, WHATWG Fetch, 3.2)."""

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from libs.web.handling.openapi import Operation

_PREFLIGHT_VALID_S: Final = 2 * 3600  # Chromium's longest
_ALLOWED_HEADERS: Final = (
    "Authorization", "Cache-Control", "Content-Type", "DPoP", "Idempotency-Key", "If-None-Match",
    "Last-Event-ID", "traceparent", "tracestate",
    # tus 1.0
    "Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "X-Requested-With",
)  # fmt: skip
_EXPOSED_HEADERS: Final = (
    "Content-Disposition", "ETag", "Link", "Location", "Retry-After", "WWW-Authenticate",
    "Tus-Extension", "Tus-Max-Size", "Tus-Resumable", "Tus-Version", "Upload-Expires",
    "Upload-Length", "Upload-Offset",
)  # fmt: skip


def cross_origin(origins: Sequence[str], operations: Iterable[Operation]) -> Middleware:
    """Make the middleware that lets pages of these origins call the API.

    Without credentials: a page sends its token in a header, never a cookie of ours. So a page of a
    listed origin cannot act with the login that a browser has with our OpenID provider.

    Args:
        origins: scheme, host and port of each.
        operations: whose methods are allowed.
    """
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=sorted({operation.method for operation in operations}),
        allow_headers=_ALLOWED_HEADERS,
        expose_headers=_EXPOSED_HEADERS,
        max_age=_PREFLIGHT_VALID_S,
    )
