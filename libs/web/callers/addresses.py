"""The address that an HTTP request comes from."""

from starlette.requests import Request

from libs.addresses import TrustedProxies


def client_address(request: Request, trusted: TrustedProxies) -> str:
    """Return the address that a request comes from, or `UNKNOWN`; a client cannot choose it."""
    # A proxy may add a line of its own instead of an entry (RFC 9110, 5.3).
    lines = [value for name, value in request.headers.raw if name == b"x-forwarded-for"]
    peer = request.client.host if request.client else ""
    return trusted.client_of(peer, b",".join(lines).decode("latin-1"))
