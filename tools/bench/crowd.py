"""Enough citizens, logged in, and the requests that they will make, ready to be sent.

A citizen may ask 30 times a second, and an address 1,000 times: so there are many citizens, each
seen from an address of its own, as through the load balancer of a real site. No limit is lifted.
"""

import asyncio
import secrets
from collections.abc import Iterator, Sequence
from itertools import count, cycle

import aiohttp
import orjson

from libs.telemetry.tracing import Tracing
from tools.ledger.ledger import Ledger
from tools.virtual_users.citizen import SERVICE_CENTRES, Api, Citizen
from tools.virtual_users.wishes import Wish

_LOGINS_AT_ONCE = 16


async def log_in_crowd(http: aiohttp.ClientSession, api: Api, sandbox: str, many: int) -> list[str]:
    """Log citizens in, each by the code on its phone; return what each sends as authorization.

    NotServed and NoCode come out where one is not let in.
    """
    ledger, tracing, stop = Ledger(http, sandbox), Tracing("bench"), asyncio.Event()
    await ledger.skip_to_end()
    places = asyncio.Semaphore(_LOGINS_AT_ONCE)
    citizens = [Citizen(api, ledger, tracing, traced=False) for _ in range(many)]

    async def one(citizen: Citizen) -> None:
        async with places:
            await citizen.log_in()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ledger.follow(stop))
        async with asyncio.TaskGroup() as logins:
            for citizen in citizens:
                logins.create_task(one(citizen))
        stop.set()
    return [citizen.authorization for citizen in citizens]


def requests(
    path: str, wishes: Sequence[Wish], authorizations: Sequence[str] = ("",)
) -> Iterator[bytes]:
    """Applications without end: citizens and public services in turn, each under a fresh key.

    Args:
        path: where to apply.
        wishes: what for.
        authorizations: of the citizens.
    """
    run = secrets.token_hex(4)
    heads = [_head(path, *each) for each in enumerate(authorizations)]
    bodies = [_body(wish, place) for place, wish in enumerate(wishes)]
    for number, head, body in zip(count(), cycle(heads), _shuffled(bodies), strict=False):
        yield b"%sidempotency-key: bench-%s-%d\r\n%s" % (head, run.encode(), number, body)


def _shuffled(bodies: Sequence[bytes]) -> Iterator[bytes]:
    """In turn, but one further each round, so that every citizen comes to every service."""
    for start in count():
        yield from (bodies[(start + place) % len(bodies)] for place in range(len(bodies)))


def _head(path: str, number: int, authorization: str) -> bytes:
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return (
        f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"authorization: {authorization}\r\nx-forwarded-for: {address}\r\n"
    ).encode()


def _body(wish: Wish, place: int) -> bytes:
    command = {
        "public_service_id": wish.public_service_id,
        "form": wish.form,
        "service_centre_id": SERVICE_CENTRES[place % len(SERVICE_CENTRES)],
    }
    body = orjson.dumps(command)
    return b"content-length: %d\r\n\r\n%s" % (len(body), body)
