"""Logins of a bench: each citizen once, with the code that was sent, failures counted."""

from tests.tools.fake_platform import fake_platform
from tools.bench.logins import log_in
from tools.ledger import LedgerReader


async def test_every_citizen_logs_in_once() -> None:
    """As many as asked for, over fewer connections; each has a token."""
    async with fake_platform() as (fake, http):
        reader = LedgerReader(http, fake.url)
        async with reader.following():
            logins = await log_in(fake.url, reader, 7, at_once=3)
    assert (logins.count, logins.failed, len(logins.tokens)) == (7, 0, 7)
    assert all(token.startswith("Bearer ") for token in logins.tokens)


async def test_a_refused_login_is_counted_as_failed() -> None:
    """It is not repeated, and the others go on."""
    async with fake_platform(refused_logins=2) as (fake, http):
        reader = LedgerReader(http, fake.url)
        async with reader.following():
            logins = await log_in(fake.url, reader, 5, at_once=1)
    assert (logins.failed, len(logins.tokens)) == (2, 3)
