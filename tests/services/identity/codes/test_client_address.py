import pytest
from starlette.requests import Request

from services.identity.codes.client_address import UNKNOWN, TrustedProxies, client_address

TRUSTED = TrustedProxies.parse("127.0.0.0/8, ::1/128, 10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "counted"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("127.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("127.0.0.1", "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("::ffff:203.0.113.7", "", "203.0.113.7"),
        ("", "203.0.113.7", UNKNOWN),
        ("127.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_a_client_cannot_choose_its_address(peer: str, forwarded_for: str, counted: str) -> None:
    """Only entries of trusted proxies count; an IPv6 address is counted as its /64."""
    headers = [(b"x-forwarded-for", forwarded_for.encode())] if forwarded_for else []
    client = (peer, 1234) if peer else None
    request = Request({"type": "http", "headers": headers, "client": client})
    assert client_address(request, TRUSTED) == counted
