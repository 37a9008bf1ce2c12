"""Responses that are wrong in form, as weak systems give them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse

from sandbox.faults.rules import Malformed

_HUGE_BYTES: Final = 50_000_000
_DRIP_EVERY_S: Final = 1.0
_ERRORS_INSIDE: Final = {
    True: '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    "<faultcode>s:Server</faultcode><faultstring>failed</faultstring></s:Fault></s:Body>"
    "</s:Envelope>",
    False: '{"error": "failed"}',
}


def malformed(kind: Malformed, response: Response) -> Response:
    """Return a response with one thing wrong."""
    media_type = response.media_type or ""
    body = bytes(response.body)
    match kind:
        case "empty":
            return Response(b"", media_type=media_type)
        case "error_inside":
            return Response(_ERRORS_INSIDE["xml" in media_type], media_type=media_type)
        case "wrong_type":
            return Response(body, media_type="text/html")
        case "huge":
            return Response(b" " * _HUGE_BYTES + body, media_type=media_type)
        case "drip":
            return StreamingResponse(_drip(body), media_type=media_type)
        case "windows_1252":
            return Response(_mangled(body), media_type=media_type)


def _mangled(body: bytes) -> bytes:
    """Text as a program writes it that knows Windows-1252 only, between two elements or fields."""
    return body.replace(b"</", "\u00e9</".encode("cp1252"), 1).replace(b'"', b'"\xe9', 1)


async def _drip(body: bytes) -> AsyncIterator[bytes]:
    for byte in body:
        yield bytes([byte])
        await asyncio.sleep(_DRIP_EVERY_S)
