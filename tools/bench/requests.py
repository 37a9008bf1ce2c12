"""Prepared HTTP requests of many citizens.

A citizen may send 30 requests a second, and an address 1,000. So there are many citizens, and every
one has an address of its own, as behind the load balancer of a real site. No limit is lifted.
"""

import secrets
from collections.abc import Iterator, Sequence
from itertools import count, cycle

import orjson

from tools.virtual_users.scenarios import Scenario


def requests(
    path: str, scenarios: Sequence[Scenario], authorizations: Sequence[str] = ("",)
) -> Iterator[bytes]:
    """Make applications without end: citizens and public services in turn, with fresh keys.

    Services whose forms need a paper are left out: opening photos would take more CPU than the
    applications that are measured, and the textbook pipeline takes none.

    Args:
        path: of the route that takes applications.
        scenarios: what is applied for.
        authorizations: the Authorization headers of the citizens.
    """
    run = secrets.token_hex(4)
    heads = [_head(path, number, value) for number, value in enumerate(authorizations)]
    measured = [scenario for scenario in scenarios if not scenario.needs_a_paper]
    bodies = [_body(scenario) for scenario in measured]
    for number, head, body in zip(count(), cycle(heads), _rotated(bodies), strict=False):
        yield b"%sidempotency-key: bench-%s-%d\r\n%s" % (head, run.encode(), number, body)


def _rotated(bodies: Sequence[bytes]) -> Iterator[bytes]:
    """All bodies again and again, one further every round: every citizen meets every service."""
    for start in count():
        yield from (bodies[(start + number) % len(bodies)] for number in range(len(bodies)))


def _head(path: str, number: int, authorization: str) -> bytes:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"authorization: {authorization}\r\nx-forwarded-for: {address}\r\n"
    ).encode()


def _body(scenario: Scenario) -> bytes:
    command = {
        "public_service_id": scenario.public_service_id,
        "form": scenario.form,
    }
    body = orjson.dumps(command)
    return b"content-length: %d\r\n\r\n%s" % (len(body), body)
